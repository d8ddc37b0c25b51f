"""KerasHub where it is installed, and its networks beside what is made of them."""

from __future__ import annotations

import importlib
import importlib.util

import pytest

import poise
import poise_keras_hub
from poise import registry
from poise.testing import standins

HEAD = standins.DOT
"""A head of one channel, since no plugin with heads is needed here."""


@pytest.fixture(autouse=True)
def only_these_plugins():
    """This plugin and a head, whatever else is installed."""
    made = registry.Registry(plugins=[poise_keras_hub, standins.plugin_of(HEAD)])
    registry.reset(made)
    yield made
    registry.reset()


@pytest.fixture(scope="session")
def keras_hub(keras):
    """KerasHub, which brings TensorFlow, whichever backend Keras has."""
    if importlib.util.find_spec("keras_hub") is None:
        pytest.skip("needs KerasHub, which brings TensorFlow")
    return importlib.import_module("keras_hub")


@pytest.fixture(scope="session")
def spec():
    """The backbone's spec."""
    (found,) = poise_keras_hub.poise_backbones()
    return found


@pytest.fixture
def build(keras_hub, keras):
    """``build(image, **fields)`` → a model with one map of the output stride."""

    def build(image, **fields):
        fields.setdefault("decoder_filters", 4)
        config = poise_keras_hub.KerasHubConfig(**fields)
        return poise.build(
            poise.ModelConfig(
                backbone=poise.BackboneConfig(keras_hub=config),
                heads=poise.HeadsConfig(
                    poise_testing_dot=HEAD.config(output_stride=config.output_stride)
                ),
            ),
            image,
        )

    yield build
    keras.backend.clear_session()


@pytest.fixture
def library_model(keras_hub, keras):
    """``library_model(variant)`` → KerasHub's own model, with numbers in every weight.

    So that a weight in a wrong place shows: batch norms and biases begin as ones and zeros.
    """
    import numpy as np

    from poise_keras_hub.build import backbone

    def library_model(variant, channels=3):
        model = backbone(variant, channels)
        random = np.random.default_rng(0)
        for weight in model.weights:
            if not weight.path.endswith("kernel"):
                weight.assign(random.uniform(0.5, 1.5, weight.shape))
        return model

    yield library_model
    keras.backend.clear_session()

"""KerasCV where it is installed, and its networks beside what is made of them."""

from __future__ import annotations

import importlib
import importlib.util

import pytest

import poise
import poise_keras_cv
from poise import registry
from poise.testing import standins

HEAD = standins.DOT
"""A head of one channel, since no plugin with heads is needed here."""


@pytest.fixture(autouse=True)
def only_these_plugins():
    """This plugin and a head, whatever else is installed."""
    made = registry.Registry(plugins=[poise_keras_cv, standins.plugin_of(HEAD)])
    registry.reset(made)
    yield made
    registry.reset()


@pytest.fixture(scope="session")
def keras_cv(keras):
    """KerasCV; it needs TensorFlow, whichever backend Keras has."""
    for name in ("keras_cv", "tensorflow"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"needs KerasCV, which needs TensorFlow: {name} is not installed")
    return importlib.import_module("keras_cv")


@pytest.fixture(scope="session")
def spec():
    """The backbone's spec."""
    (found,) = poise_keras_cv.poise_backbones()
    return found


@pytest.fixture
def build(keras_cv, keras):
    """``build(image, **fields)`` → a model with one map of the output stride."""

    def build(image, **fields):
        fields.setdefault("decoder_filters", 4)
        config = poise_keras_cv.KerasCVConfig(**fields)
        return poise.build(
            poise.ModelConfig(
                backbone=poise.BackboneConfig(keras_cv=config),
                heads=poise.HeadsConfig(
                    poise_testing_dot=HEAD.config(output_stride=config.output_stride)
                ),
            ),
            image,
        )

    yield build
    keras.backend.clear_session()


@pytest.fixture
def library_model(keras_cv, keras):
    """``library_model(variant)`` → KerasCV's own model, with numbers in every weight.

    So that a weight in a wrong place shows: batch norms and biases begin as ones and zeros.
    """
    import numpy as np

    from poise_keras_cv.build import backbone

    def library_model(variant, channels=3):
        model = backbone(variant, channels)
        random = np.random.default_rng(0)
        for weight in model.weights:
            if not weight.path.endswith("kernel"):
                weight.assign(random.uniform(0.5, 1.5, weight.shape))
        return model

    yield library_model
    keras.backend.clear_session()

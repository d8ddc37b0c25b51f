"""A plugin beside a head, models of it, and the library's own models.

They build on two fixtures of a plugin's ``conftest.py``: ``plugin``, its package, and
``library``, its ``poise.libraries.library.Library``. The latter skips the test if the library is
not installed.
"""

from __future__ import annotations

import gc
import importlib

import numpy as np
import pytest

import poise
from poise import registry
from poise.testing import standins

HEAD = standins.DOT
"""A head of one channel, which spares the tests a plugin with heads."""


@pytest.fixture(autouse=True)
def only_these_plugins(plugin):
    """Register this plugin and a head only, whatever else is installed."""
    plugin_registry = registry.Registry(plugins=[plugin, standins.plugin_of(HEAD)])
    registry.reset(plugin_registry)
    yield plugin_registry
    registry.reset()


@pytest.fixture(scope="session")
def spec(plugin):
    """The backbone's spec."""
    (backbone,) = plugin.poise_backbones()
    return backbone


@pytest.fixture(scope="session")
def imported(library):
    """The imported library, with the objects of its module hidden from the garbage collector.

    The collector runs after every test and would scan all imported objects each time.
    """
    importlib.import_module(library.module)
    gc.collect()
    gc.freeze()
    return library


@pytest.fixture
def cleared(imported, keras):
    """Keras, whose state is cleared after the test."""
    yield keras
    keras.backend.clear_session()


@pytest.fixture
def build(spec, cleared):
    """``build(image, **fields)`` → a model with one map of the output stride."""

    def build(image, **fields):
        config = spec.config(**{"decoder_filters": 4, **fields})
        return poise.build(
            poise.ModelConfig(
                backbone=poise.BackboneConfig(**{spec.key: config}),
                heads=poise.HeadsConfig(
                    poise_testing_dot=HEAD.config(output_stride=config.output_stride)
                ),
            ),
            image,
        )

    return build


@pytest.fixture
def library_model(library, cleared):
    """``library_model(variant)`` → the library's own model, with numbers in every weight.

    A misplaced weight then shows. By default batch norms and biases are ones and zeros.
    """

    def library_model(variant, channels=3):
        model = library.model(variant, channels)
        random = np.random.default_rng(0)
        for weight in model.weights:
            if not weight.path.endswith("kernel"):
                weight.assign(random.uniform(0.5, 1.5, weight.shape))
        return model

    return library_model

"""KerasHub where it is installed, and its networks beside what is made of them."""

from __future__ import annotations

import importlib.util

import pytest

import poise_keras_hub
from libraries.fixtures import build, cleared, imported, library_model, only_these_plugins, spec
from poise_keras_hub.build import LIBRARY

__all__ = ["build", "cleared", "imported", "library_model", "only_these_plugins", "spec"]


@pytest.fixture(scope="session")
def plugin():
    """The plugin's package."""
    return poise_keras_hub


@pytest.fixture(scope="session")
def library(keras):
    """KerasHub, which brings TensorFlow, whichever backend Keras has."""
    if importlib.util.find_spec("keras_hub") is None:
        pytest.skip("needs KerasHub, which brings TensorFlow")
    return LIBRARY

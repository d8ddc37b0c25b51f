"""KerasCV where it is installed, and its networks beside what is made of them."""

from __future__ import annotations

import importlib.util

import pytest

import poise_keras_cv
from libraries.fixtures import build, cleared, imported, library_model, only_these_plugins, spec
from poise_keras_cv.build import LIBRARY

__all__ = ["build", "cleared", "imported", "library_model", "only_these_plugins", "spec"]


@pytest.fixture(scope="session")
def plugin():
    """The plugin's package."""
    return poise_keras_cv


@pytest.fixture(scope="session")
def library(keras):
    """KerasCV; it needs TensorFlow, whichever backend Keras has."""
    for name in ("keras_cv", "tensorflow"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"needs KerasCV, which needs TensorFlow: {name} is not installed")
    return LIBRARY

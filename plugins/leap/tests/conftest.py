"""Networks to look at."""

from __future__ import annotations

import pytest

from poise_leap import LEAPConfig, poise_backbones


@pytest.fixture(scope="session")
def spec():
    """What the plugin's hook returns for its one key."""
    (only,) = poise_backbones()
    return only


@pytest.fixture
def grow(keras, spec):
    """``grow(config, image)`` → the input tensor and the features of each stack."""

    def grow(config: LEAPConfig, image=(64, 64, 1)):
        entry = keras.Input(image, name="input")
        return entry, spec.build(config, entry)

    yield grow
    keras.backend.clear_session()


@pytest.fixture
def backbone(keras, grow):
    """``backbone(config, image)`` → a model of the network alone, its main features as output."""

    def backbone(config: LEAPConfig, image=(64, 64, 1)):
        entry, stacks = grow(config, image)
        return keras.Model(entry, [features[config.output_stride] for features in stacks])

    return backbone

"""Fixtures to inspect the networks of backbones with stacks.

They build on a fixture of a plugin's ``conftest.py``: ``spec``, which its hook returns.
"""

from __future__ import annotations

import pytest


@pytest.fixture
def grow(keras, spec):
    """``grow(config, image)`` → the input tensor and the features of each stack."""

    def grow(config, image=(64, 64, 1)):
        entry = keras.Input(image, name="input")
        return entry, spec.build(config, entry)

    yield grow
    keras.backend.clear_session()


@pytest.fixture
def backbone(keras, grow):
    """``backbone(config, image)`` → a model of the network alone, its main features as output."""

    def backbone(config, image=(64, 64, 1)):
        entry, stacks = grow(config, image)
        return keras.Model(entry, [features[config.output_stride] for features in stacks])

    return backbone


def assert_offers_every_stride(grow, config):
    """Every stack has features of each stride from max to output, each in its own size."""
    height, width = 2 * config.max_stride, 3 * config.max_stride
    _, stacks = grow(config, (height, width, 2))
    assert len(stacks) == config.stacks
    for features in stacks:
        assert list(features) == [
            config.max_stride >> i
            for i in range((config.max_stride // config.output_stride).bit_length())
        ]
        for stride, tensor in features.items():
            assert tensor.shape[1:3] == (height // stride, width // stride)

"""A network in blocks: every layer is in one of them, and what they use is told."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

import poise
from poise.inspection.blocks import Block, blocks

pytestmark = pytest.mark.usefixtures("keras")


def model_of(build: Any) -> Any:
    import keras

    images = keras.Input((32, 48, 1), name="images")
    return keras.Model(images, build(keras.layers, images))


def blocks_of(build: Any) -> tuple[Block, ...]:
    model = model_of(build)
    return blocks(model, poise.inspect(model))


def u_shaped(layers: Any, x: Any) -> dict[str, Any]:
    fine = layers.Conv2D(4, 3, padding="same", name="down0_conv")(x)
    coarse = layers.MaxPooling2D(2, name="down0_pool")(fine)
    coarse = layers.Conv2D(8, 3, padding="same", name="down1_conv")(coarse)
    up = layers.UpSampling2D(2, name="up_upsample")(coarse)
    up = layers.Concatenate(name="up_concat")([fine, up])
    up = layers.Conv2D(4, 3, padding="same", name="up_conv")(up)
    return {
        "maps": layers.Conv2D(2, 1, name="MapsHead")(up),
        "coarse": layers.Conv2D(3, 1, name="CoarseHead")(coarse),
    }


def test_layers_of_one_part_and_one_stride_are_a_block() -> None:
    grouped = blocks_of(u_shaped)

    assert grouped[0].name == "image"
    assert {block.name: (block.stride, block.layers) for block in grouped} == {
        "image": (1, ("images",)),
        "down0": (1, ("down0_conv",)),
        "down1": (2, ("down0_pool", "down1_conv")),
        "coarse": (2, ("CoarseHead",)),
        "up": (1, ("up_upsample", "up_concat", "up_conv")),
        "maps": (1, ("MapsHead",)),
    }


def test_what_a_block_uses_includes_what_skips_others() -> None:
    grouped = blocks_of(u_shaped)

    assert {block.name: {grouped[each].name for each in block.sources} for block in grouped} == {
        "image": set(),
        "down0": {"image"},
        "down1": {"down0"},
        "coarse": {"down1"},
        "up": {"down0", "down1"},
        "maps": {"up"},
    }
    assert {block.name: block.outputs for block in grouped if block.outputs} == {
        "maps": ("maps",),
        "coarse": ("coarse",),
    }


def test_a_block_costs_what_its_layers_cost() -> None:
    model = model_of(u_shaped)
    costs = poise.inspect(model)
    layers = {layer.name: layer for layer in costs.layers}

    for block in blocks(model, costs):
        own = [layers[name] for name in block.layers]
        assert block.parameters == sum(layer.parameters for layer in own)
        assert block.operations == sum(layer.operations for layer in own)
        assert block.bytes == sum(layer.bytes for layer in own)
        assert block.with_weights == sum(bool(layer.parameters) for layer in own)
    assert blocks(model, costs)[2].shape == (16, 24, 8)
    assert blocks(model, costs)[2].receptive_field == costs.receptive_fields["coarse"]


def unnamed(layers: Any, x: Any) -> Any:
    for filters in (4, 4, 8):
        x = layers.Conv2D(filters, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
    return layers.Conv2D(2, 1, name="out")(layers.MaxPooling2D(2)(x) * 0.5)


def test_names_that_keras_made_are_no_parts() -> None:
    counts = [(block.name, len(block.layers)) for block in blocks_of(unnamed)]

    assert counts == [("image", 1), ("Conv2D", 6), ("MaxPooling2D", 2), ("out", 1)]


def shared(layers: Any, x: Any) -> Any:
    same = layers.Conv2D(1, 3, padding="same", name="same_conv")
    return layers.Conv2D(2, 1, name="out")(same(layers.MaxPooling2D(2, name="pool")(same(x))))


def branches(layers: Any, x: Any) -> Any:
    x = layers.Conv2D(4, 3, padding="same", name="a_conv")(x)
    left = layers.Conv2D(4, 3, strides=2, padding="same", name="b1_conv")(x)
    right = layers.Conv2D(4, 1, strides=2, name="b1_shortcut")(x)
    return layers.Dense(3, name="out")(layers.GlobalAveragePooling2D(name="p")(left + right))


@pytest.mark.parametrize("build", [u_shaped, unnamed, shared, branches])
def test_every_layer_is_in_one_block(build: Any) -> None:
    model = model_of(build)
    costs = poise.inspect(model)
    grouped = blocks(model, costs)

    names = Counter(name for block in grouped for name in block.layers)
    assert set(names.values()) == {1}
    assert names.keys() == {layer.name for layer in costs.layers}
    assert sum(block.parameters for block in grouped) == costs.parameters
    assert sum(block.operations for block in grouped) == costs.operations
    assert all(source < index for index, block in enumerate(grouped) for source in block.sources)


def test_two_branches_from_one_block_are_one_block() -> None:
    names = {block.name: block for block in blocks_of(branches)}

    assert names["b1"].layers[:2] == ("b1_conv", "b1_shortcut")
    assert names["b1"].sources == (1,)

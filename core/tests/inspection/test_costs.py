"""What ``poise.inspect`` counts and what it says that outputs see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import poise
from poise import BuildError
from poise.testing.measured_receptive_field import receptive_field

pytestmark = pytest.mark.usefixtures("keras")


def model_of(build: Any, image: tuple[int | None, int | None, int] = (64, 64, 3)) -> Any:
    import keras

    images = keras.Input(image)
    return keras.Model(images, {"out": build(keras.layers, images)})


def test_operations_are_two_for_each_multiplication_of_a_convolution() -> None:
    def build(layers: Any, x: Any) -> Any:
        x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="whole")(x)
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
        x = layers.Conv2DTranspose(4, 4, strides=2, padding="same", use_bias=False, name="up")(x)
        x = layers.Conv2D(4, 1, groups=2, name="grouped")(x)
        return layers.Dense(5, use_bias=False, name="dense")(layers.Flatten(name="flat")(x))

    found = poise.inspect(model_of(build))

    assert {one.name: one.operations for one in found.layers if one.operations} == {
        "whole": 2 * 32 * 32 * 3 * 3 * 3 * 8,
        "depthwise": 2 * 32 * 32 * 3 * 3 * 8,
        "up": 2 * 32 * 32 * 4 * 4 * 8 * 4,
        "grouped": 2 * 64 * 64 * 2 * 4 + 64 * 64 * 4,
        "dense": 2 * (64 * 64 * 4) * 5,
    }
    assert found.operations == sum(one.operations for one in found.layers)


def test_parameters_and_memory_are_those_of_the_weights_and_of_the_outputs() -> None:
    def build(layers: Any, x: Any) -> Any:
        frozen = layers.Conv2D(4, 1, name="frozen", trainable=False)(x)
        wide = layers.Conv2D(16, 1, name="wide")(frozen)
        return layers.Conv2D(1, 1, name="last")(wide)

    found = poise.inspect(model_of(build))

    frozen, wide, last = 3 * 4 + 4, 4 * 16 + 16, 16 + 1
    assert (found.parameters, found.trainable) == (frozen + wide + last, wide + last)
    assert found.weight_bytes == 4 * found.parameters
    assert found.training_bytes == 4 * 64 * 64 * (3 + 4 + 16 + 1)
    # While the second convolution runs, its input and its output are there, and no more.
    assert found.inference_bytes == 4 * 64 * 64 * (4 + 16)


def test_what_is_needed_later_is_held_until_then() -> None:
    def build(layers: Any, x: Any) -> Any:
        skip = layers.Conv2D(8, 1, name="skip")(x)
        pooled = layers.MaxPooling2D(2, name="pooled")(skip)
        up = layers.UpSampling2D(2, name="up")(pooled)
        return layers.Add(name="joined")([skip, up])

    found = poise.inspect(model_of(build))

    assert found.inference_bytes == 4 * 64 * 64 * (8 + 8 + 8)


def strided(layers: Any, x: Any) -> Any:
    x = layers.Conv2D(2, 3, strides=2, padding="same", dilation_rate=1, name="a")(x)
    x = layers.Conv2D(2, 3, dilation_rate=2, padding="same", name="b")(x)
    return layers.MaxPooling2D(2, name="c")(x)


def padded(layers: Any, x: Any) -> Any:
    x = layers.ZeroPadding2D(((3, 1), (2, 2)), name="a")(x)
    x = layers.Conv2D(2, 5, name="b")(x)
    return layers.Cropping2D(((1, 0), (0, 0)), name="c")(x)


def doubled(interpolation: str) -> Any:
    def build(layers: Any, x: Any) -> Any:
        x = layers.AveragePooling2D(4, name="a")(x)
        x = layers.UpSampling2D(2, interpolation=interpolation, name="b")(x)
        return layers.Conv2D(2, 3, padding="same", name="c")(x)

    return build


def transposed(size: int, padding: str) -> Any:
    def build(layers: Any, x: Any) -> Any:
        x = layers.AveragePooling2D(4, name="a")(x)
        x = layers.Conv2DTranspose(2, size, strides=2, padding=padding, name="b")(x)
        return layers.Conv2D(2, 3, padding="same", name="c")(x)

    return build


def joined(layers: Any, x: Any) -> Any:
    wide = layers.Conv2D(2, 9, padding="same", name="a")(x)
    narrow = layers.Conv2D(2, 1, name="b")(x)
    return layers.Concatenate(name="c")([narrow, wide])


@pytest.mark.parametrize(
    ("build", "pixels"),
    [
        (strided, 1 + 2 + 8 + 2),
        (padded, 5),
        (joined, 9),
        (doubled("nearest"), 8),
        (doubled("bilinear"), 12),
        (transposed(2, "same"), 8),
        (transposed(4, "same"), 12),
        (transposed(3, "valid"), 12),
    ],
)
def test_a_receptive_field_is_the_one_that_is_measured(build: Any, pixels: int) -> None:
    model = model_of(build, (128, 128, 1))
    (found,) = poise.inspect(model).receptive_fields.values()
    assert found is not None

    measured = receptive_field(model.input, model.output["out"])

    assert found[0] == pixels
    # Cells of different phases see differently much; the largest is what is told.
    assert pixels - 4 <= measured <= pixels


def test_a_kernel_that_is_no_square_sees_no_square() -> None:
    model = model_of(lambda layers, x: layers.Conv2D(1, (1, 7), padding="same", name="a")(x))

    assert poise.inspect(model).receptive_fields == {"out": (1, 7)}


@pytest.mark.parametrize("kind", ["GlobalAveragePooling2D", "Flatten"])
def test_what_is_computed_of_the_whole_image_sees_all_of_it(kind: str) -> None:
    model = model_of(lambda layers, x: getattr(layers, kind)(name="all")(x))

    assert poise.inspect(model).receptive_fields == {"out": None}


def test_receptive_fields_that_are_larger_than_usual_are_followed_further() -> None:
    def build(layers: Any, x: Any) -> Any:
        return layers.Conv2D(1, 3, dilation_rate=400, padding="same", name="a")(x)

    assert poise.inspect(model_of(build)).receptive_fields == {"out": (801, 801)}


def test_layers_of_unknown_kinds_are_named() -> None:
    import keras

    class Mixing(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x

    model = model_of(lambda layers, x: Mixing(name="mixing")(x))

    found = poise.inspect(model)

    assert found.assumed == ("mixing",)
    assert "not known        mixing" in str(found)


def test_a_model_of_open_size_is_asked_with_one() -> None:
    model = model_of(
        lambda layers, x: layers.Conv2D(1, 3, padding="same", name="a")(x), (None, None, 1)
    )

    with pytest.raises(BuildError, match=r"give one, as in inspect\(model, \(512, 512\)\) @ image"):
        poise.inspect(model)
    assert poise.inspect(model, (32, 16)).operations == 32 * 16 * (2 * 9 + 1)


def test_another_size_than_the_models_is_refused() -> None:
    model = model_of(lambda layers, x: x + 0)

    with pytest.raises(BuildError, match=r"takes images of 64 × 64 pixels, got \(32, 32\)"):
        poise.inspect(model, (32, 32))


def test_half_precision_takes_half_the_memory() -> None:
    def build(layers: Any, x: Any) -> Any:
        return layers.Conv2D(4, 1, dtype="mixed_bfloat16", name="half")(x)

    half = {one.name: one for one in poise.inspect(model_of(build)).layers}["half"]

    assert half.bytes == 2 * 64 * 64 * 4


def test_a_model_of_poise_is_told_in_a_few_lines() -> None:
    fly = poise.Skeleton(["head", "tail"], [])
    config = (
        poise.ModelConfig(
            backbone=poise.backbones["leap"].config(filters=4, max_stride=4),
            heads=poise.heads["single_instance"].config(output_stride=2),
        )
        if "leap" in poise.backbones
        else pytest.skip("needs poise-leap")
    )
    model = poise.build(config, (60, 70, 1), fly, auto_pad=True)

    found = poise.inspect(model)

    assert found.parameters == model.count_params()
    assert found.assumed == ()
    assert str(found).splitlines()[0] == "one image of 60 × 70 pixels"
    assert "receptive field  34 × 34 pixels (confmaps)" in str(found)
    assert np.isfinite(found.operations)


def operated(layers: Any, x: Any) -> Any:
    from keras import ops

    left, right = ops.split(layers.Conv2D(4, 3, padding="same", name="a")(x), 2, axis=-1)
    x = ops.concatenate([left * 0.5, ops.relu(right) + 1.0], axis=-1)
    x = ops.max_pool(x, 2, padding="same")
    return layers.Conv2D(1, 3, padding="same", name="b")(x)


def shared(layers: Any, x: Any) -> Any:
    same = layers.Conv2D(3, 3, padding="same", name="same")
    return layers.MaxPooling2D(2, name="last")(same(same(x)))


@pytest.mark.parametrize(("build", "pixels"), [(operated, 8), (shared, 6)])
def test_operations_and_shared_layers_are_seen_through(build: Any, pixels: int) -> None:
    model = model_of(build)
    found = poise.inspect(model)

    assert found.receptive_fields == {"out": (pixels, pixels)}
    assert receptive_field(model.input, model.output["out"]) == pixels
    assert found.assumed == ()
    assert found.parameters == sum(one.parameters for one in found.layers)


def test_a_shared_layer_costs_its_parameters_once_and_its_operations_at_every_call() -> None:
    found = poise.inspect(model_of(shared))
    same = {one.name: one for one in found.layers}["same"]

    assert same.parameters == 3 * 3 * 3 * 3 + 3
    assert same.operations == 2 * (2 * 64 * 64 * 3 * 3 * 3 * 3 + 64 * 64 * 3)
    assert same.bytes == 2 * 4 * 64 * 64 * 3
    assert same.receptive_field == (5, 5)


def test_what_resizes_in_a_way_that_is_not_known_may_see_all_of_the_image() -> None:
    found = poise.inspect(model_of(lambda layers, x: layers.Conv2D(1, 3, name="a")(x[:, 8:, 8:])))

    assert found.receptive_fields == {"out": None}
    assert len(found.assumed) == 1


def test_what_a_model_inside_of_the_model_computes_is_not_known() -> None:
    import keras

    def build(layers: Any, x: Any) -> Any:
        inner = keras.Input((None, None, 3))
        nested = keras.Model(inner, layers.Conv2D(4, 3, padding="same")(inner), name="nested")
        return layers.Conv2D(1, 1, name="last")(nested(x))

    found = poise.inspect(model_of(build))

    assert found.assumed == ("nested",)
    assert {one.name: one.operations for one in found.layers if one.operations} == {
        "last": 64 * 64 * (2 * 4 + 1)
    }
    assert {one.name: one.parameters for one in found.layers}["nested"] == 3 * 3 * 3 * 4 + 4

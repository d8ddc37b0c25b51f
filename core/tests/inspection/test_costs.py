"""The costs and receptive fields that ``poise.inspect`` reports."""

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


def test_a_multiplication_of_a_convolution_counts_as_two_flops() -> None:
    def build(layers: Any, x: Any) -> Any:
        x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="whole")(x)
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
        x = layers.Conv2DTranspose(4, 4, strides=2, padding="same", use_bias=False, name="up")(x)
        x = layers.Conv2D(4, 1, groups=2, name="grouped")(x)
        return layers.Dense(5, use_bias=False, name="dense")(layers.Flatten(name="flat")(x))

    inspection = poise.inspect(model_of(build))

    assert {layer.name: layer.operations for layer in inspection.layers if layer.operations} == {
        "whole": 2 * 32 * 32 * 3 * 3 * 3 * 8,
        "depthwise": 2 * 32 * 32 * 3 * 3 * 8,
        "up": 2 * 32 * 32 * 4 * 4 * 8 * 4,
        "grouped": 2 * 64 * 64 * 2 * 4 + 64 * 64 * 4,
        "dense": 2 * (64 * 64 * 4) * 5,
    }
    assert inspection.operations == sum(layer.operations for layer in inspection.layers)


def test_parameters_and_memory_are_those_of_the_weights_and_of_the_outputs() -> None:
    def build(layers: Any, x: Any) -> Any:
        frozen = layers.Conv2D(4, 1, name="frozen", trainable=False)(x)
        wide = layers.Conv2D(16, 1, name="wide")(frozen)
        return layers.Conv2D(1, 1, name="last")(wide)

    inspection = poise.inspect(model_of(build))

    frozen, wide, last = 3 * 4 + 4, 4 * 16 + 16, 16 + 1
    assert (inspection.parameters, inspection.trainable) == (frozen + wide + last, wide + last)
    assert inspection.weight_bytes == 4 * inspection.parameters
    assert inspection.training_bytes == 4 * 64 * 64 * (3 + 4 + 16 + 1)
    # While the second convolution runs, only its input and its output are in memory.
    assert inspection.inference_bytes == 4 * 64 * 64 * (4 + 16)


def test_an_output_is_kept_until_its_last_use() -> None:
    def build(layers: Any, x: Any) -> Any:
        skip = layers.Conv2D(8, 1, name="skip")(x)
        pooled = layers.MaxPooling2D(2, name="pooled")(skip)
        up = layers.UpSampling2D(2, name="up")(pooled)
        return layers.Add(name="joined")([skip, up])

    inspection = poise.inspect(model_of(build))

    assert inspection.inference_bytes == 4 * 64 * 64 * (8 + 8 + 8)


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
def test_a_receptive_field_equals_the_measured_one(build: Any, pixels: int) -> None:
    model = model_of(build, (128, 128, 1))
    (field,) = poise.inspect(model).receptive_fields.values()
    assert field is not None

    measured = receptive_field(model.input, model.output["out"])

    assert field[0] == pixels
    # Cells of different phases see different extents; the report gives the largest.
    assert pixels - 4 <= measured <= pixels


def test_a_kernel_that_is_not_square_sees_a_field_that_is_not_square() -> None:
    model = model_of(lambda layers, x: layers.Conv2D(1, (1, 7), padding="same", name="a")(x))

    assert poise.inspect(model).receptive_fields == {"out": (1, 7)}


@pytest.mark.parametrize("kind", ["GlobalAveragePooling2D", "Flatten"])
def test_an_output_computed_from_the_whole_image_sees_all_of_it(kind: str) -> None:
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

    inspection = poise.inspect(model)

    assert inspection.assumed == ("mixing",)
    assert "unknown layers   mixing" in str(inspection)


@pytest.mark.parametrize(("declared", "seen"), [(True, (3, 3)), (False, None)])
def test_a_layer_may_say_what_its_cells_see(declared: bool, seen: Any) -> None:
    import keras

    class Own(keras.layers.Layer):
        cell_by_cell = declared

        def call(self, x: Any) -> Any:
            return x

    def build(layers: Any, x: Any) -> Any:
        return Own(name="own")(layers.Conv2D(1, 3, padding="same", name="a")(x))

    inspection = poise.inspect(model_of(build))

    assert inspection.assumed == ()
    assert inspection.receptive_fields == {"out": seen}


def test_a_layer_may_count_its_own_flops() -> None:
    """Attention of 64 × 64 cells to 8 × 8 cells multiplies each with each, twice."""
    from poise.libraries.mix_transformer import MapAttention

    def build(layers: Any, x: Any) -> Any:
        small = layers.AveragePooling2D(8, name="small")(x)
        return MapAttention(1, name="attention")([x, small, small])

    inspection = poise.inspect(model_of(build))

    channels = model_of(build).inputs[0].shape[-1]
    assert inspection.operations == 2 * 2 * (64 * 64) * (8 * 8) * channels
    assert inspection.assumed == ()
    assert inspection.receptive_fields == {"out": None}


def test_a_model_of_open_size_needs_an_image_size() -> None:
    model = model_of(
        lambda layers, x: layers.Conv2D(1, 3, padding="same", name="a")(x), (None, None, 1)
    )

    with pytest.raises(BuildError, match=r"pass one, as in inspect\(model, \(512, 512\)\) @ image"):
        poise.inspect(model)
    assert poise.inspect(model, (32, 16)).operations == 32 * 16 * (2 * 9 + 1)


def test_another_size_than_the_models_is_refused() -> None:
    model = model_of(lambda layers, x: x + 0)

    with pytest.raises(
        BuildError, match=r"must be 64 × 64 pixels, as in the model, got \(32, 32\)"
    ):
        poise.inspect(model, (32, 32))


def test_half_precision_takes_half_the_memory() -> None:
    def build(layers: Any, x: Any) -> Any:
        return layers.Conv2D(4, 1, dtype="mixed_bfloat16", name="half")(x)

    half = {layer.name: layer for layer in poise.inspect(model_of(build)).layers}["half"]

    assert half.bytes == 2 * 64 * 64 * 4


def test_the_report_on_a_model_is_a_few_lines() -> None:
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

    inspection = poise.inspect(model)

    assert inspection.parameters == model.count_params()
    assert inspection.assumed == ()
    assert str(inspection).splitlines()[0] == "one image of 60 × 70 pixels"
    assert "receptive field  34 × 34 pixels (confmaps)" in str(inspection)
    assert np.isfinite(inspection.operations)


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
    inspection = poise.inspect(model)

    assert inspection.receptive_fields == {"out": (pixels, pixels)}
    assert receptive_field(model.input, model.output["out"]) == pixels
    assert inspection.assumed == ()
    assert inspection.parameters == sum(layer.parameters for layer in inspection.layers)


def test_a_shared_layer_costs_its_parameters_once_and_its_flops_at_every_call() -> None:
    inspection = poise.inspect(model_of(shared))
    same = {layer.name: layer for layer in inspection.layers}["same"]

    assert same.parameters == 3 * 3 * 3 * 3 + 3
    assert same.operations == 2 * (2 * 64 * 64 * 3 * 3 * 3 * 3 + 64 * 64 * 3)
    assert same.bytes == 2 * 4 * 64 * 64 * 3
    assert same.receptive_field == (5, 5)


def test_a_layer_that_resizes_in_an_unknown_way_is_assumed_to_see_the_whole_image() -> None:
    inspection = poise.inspect(
        model_of(lambda layers, x: layers.Conv2D(1, 3, name="a")(x[:, 8:, 8:]))
    )

    assert inspection.receptive_fields == {"out": None}
    assert len(inspection.assumed) == 1


def test_the_cost_of_a_nested_model_is_unknown() -> None:
    import keras

    def build(layers: Any, x: Any) -> Any:
        inner = keras.Input((None, None, 3))
        nested = keras.Model(inner, layers.Conv2D(4, 3, padding="same")(inner), name="nested")
        return layers.Conv2D(1, 1, name="last")(nested(x))

    inspection = poise.inspect(model_of(build))

    assert inspection.assumed == ("nested",)
    assert {layer.name: layer.operations for layer in inspection.layers if layer.operations} == {
        "last": 64 * 64 * (2 * 4 + 1)
    }
    assert {layer.name: layer.parameters for layer in inspection.layers}[
        "nested"
    ] == 3 * 3 * 3 * 4 + 4

"""The network down to its coarsest features: sourced figures, and laws of both editions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise import editions
from poise.errors import BuildError
from poise.testing import reference_weights
from poise_resnet import ResNetConfig

pytestmark = pytest.mark.usefixtures("keras")

Encoder = Callable[..., Any]

CONV2_BLOCK1 = {
    "conv2_block1_0_conv": 16_640,
    "conv2_block1_0_bn": 1_024,
    "conv2_block1_1_conv": 4_160,
    "conv2_block1_1_bn": 256,
    "conv2_block1_2_conv": 36_928,
    "conv2_block1_2_bn": 256,
    "conv2_block1_3_conv": 16_640,
    "conv2_block1_3_bn": 1_024,
}

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the README's table whose head begins with ``heading``."""
    after = README.split(f"\n| {heading} |", 1)[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in after]


def number(cell: str) -> int:
    return int(cell.replace(",", ""))


def receptive_field(model: Any) -> int:
    """Pixels that a cell at the end sees, from what the layers on the longest way say."""
    seen, step = 1, 1
    for layer in model.layers:
        if layer.name.endswith(("conv1_conv", "pool1_pool", "_1_conv", "_2_conv")):
            size = getattr(layer, "pool_size", None) or layer.kernel_size
            dilation = getattr(layer, "dilation_rate", (1, 1))
            seen += (size[0] - 1) * dilation[0] * step
            step *= layer.strides[0]
    return seen


@pytest.mark.parametrize(
    ("version", "channels", "layers", "parameters"),
    [
        ("ResNet50", 1, 175, 23_581_440),
        ("ResNet50", 3, 175, 23_587_712),
        ("ResNet101", 1, 345, 42_651_904),
        pytest.param("ResNet152", 1, 515, 58_364_672, marks=pytest.mark.slow),
    ],
)
def test_layers_and_parameters_are_those_of_the_original(
    encoder: Encoder, version: str, channels: int, layers: int, parameters: int
) -> None:
    model = encoder(version=version, image=(None, None, channels))
    assert (len(model.layers), model.count_params()) == (layers, parameters)


@pytest.mark.slow
def test_the_readmes_table_of_versions_tells_the_truth(encoder: Encoder) -> None:
    for version, convolutions, parameters in table("version"):
        model = encoder(version=version.strip("`"), image=(None, None, 3))
        names = [layer.name for layer in model.layers]
        on_the_way = [name for name in names if name.endswith("_conv") and "_0_" not in name]
        assert len(on_the_way) + 1 == number(convolutions)  # and the classifier that was cut off
        assert model.count_params() == number(parameters)


def test_the_stem_and_the_first_block_have_the_parameters_of_the_worked_example(
    encoder: Encoder,
) -> None:
    actual = {layer.name: layer.count_params() for layer in encoder().layers}
    assert actual["conv1_conv"] == 3_200
    assert actual["conv1_bn"] == 256
    assert {name: actual[name] for name in CONV2_BLOCK1} == CONV2_BLOCK1


def test_parameters_of_blocks_follow_the_general_formulas(encoder: Encoder) -> None:
    counts: dict[str, int] = {}
    for layer in encoder().layers:
        block = layer.name.rsplit("_", 2)[0]
        counts[block] = counts.get(block, 0) + layer.count_params()
    came_in = 64
    for stage, n in zip(("conv2", "conv3", "conv4", "conv5"), (64, 128, 256, 512), strict=True):
        assert counts[f"{stage}_block1"] == 5 * came_in * n + 13 * n**2 + 50 * n
        assert counts[f"{stage}_block2"] == 17 * n**2 + 30 * n
        came_in = 4 * n


def test_building_twice_gives_the_same_network(encoder: Encoder) -> None:
    def settings() -> list[Any]:
        layers = encoder(max_stride=8, edition=editions.SLEAP).layers
        kept = ("name", "strides", "dilation_rate", "filters")
        return [{key: layer.get_config().get(key) for key in kept} for layer in layers]

    assert settings() == settings()


@pytest.mark.slow
def test_the_readmes_table_of_receptive_fields_tells_the_truth(encoder: Encoder) -> None:
    for max_stride, in_2026, in_sleap in table("max_stride"):
        for edition, pixels in ((editions.DOCUMENTED, in_2026), (editions.SLEAP, in_sleap)):
            model = encoder(number(max_stride), image=(None, None, 1), edition=edition)
            assert receptive_field(model) == number(pixels), (max_stride, edition)


def test_the_receptive_field_is_483_pixels_as_designed(encoder: Encoder) -> None:
    assert receptive_field(encoder()) == 483


@pytest.mark.slow
@pytest.mark.backends
@pytest.mark.parametrize("max_stride", [16, 8, 4, 2])
def test_dilated_features_are_the_designed_ones_with_more_between_them(
    encoder: Encoder, max_stride: int
) -> None:
    from keras import ops

    images = reference_weights.images((64, 96, 1), batch=1)
    designed, dilated = (encoder(stride, image=(64, 96, 1)) for stride in (32, max_stride))
    for model in (designed, dilated):
        reference_weights.fill(model, gain=1.0)
    expected = ops.convert_to_numpy(designed(images, training=False))
    actual = ops.convert_to_numpy(dilated(images, training=False))
    step = 32 // max_stride
    apart = np.abs(actual[:, ::step, ::step] - expected).max()
    assert apart <= 1e-4 * np.abs(expected).max()


def test_in_sleaps_edition_only_1_by_1_convolutions_are_dilated(encoder: Encoder) -> None:
    convolutions = [
        layer
        for layer in encoder(max_stride=8, edition=editions.SLEAP).layers
        if hasattr(layer, "dilation_rate")
    ]
    dilated = {
        layer.name: layer.dilation_rate[0] for layer in convolutions if layer.dilation_rate[0] > 1
    }
    assert dilated == {
        "conv4_block1_0_conv": 2,
        "conv4_block1_1_conv": 2,
        "conv5_block1_0_conv": 4,
        "conv5_block1_1_conv": 4,
    }
    assert all(layer.kernel_size == (1, 1) for layer in convolutions if layer.name in dilated)


@pytest.mark.parametrize(
    ("max_stride", "made_in_2026", "made_in_sleap"),
    [
        (
            32,
            {2: "conv1_relu", 4: "conv2_block3_out", 8: "conv3_block4_out"}
            | {16: "conv4_block6_out", 32: "conv5_block3_out"},
            {2: "conv1_relu", 4: "pool1_pool", 8: "conv3_block4_out"}
            | {16: "conv4_block6_out", 32: "conv5_block3_out"},
        ),
        (
            8,
            {2: "conv1_relu", 4: "conv2_block3_out", 8: "conv5_block3_out"},
            {2: "conv1_relu", 4: "pool1_pool", 8: "conv5_block3_out"},
        ),
        (4, {2: "conv1_relu", 4: "conv5_block3_out"}, {2: "conv1_relu", 4: "conv5_block3_out"}),
        (2, {2: "conv5_block3_out"}, {2: "conv5_block3_out"}),
        (1, {1: "conv5_block3_out"}, {1: "conv5_block3_out"}),
    ],
)
def test_a_stride_is_offered_by_its_deepest_features_or_as_in_sleap_by_its_first(
    grow: Callable[..., Any],
    made_by: Callable[[Any], str],
    max_stride: int,
    made_in_2026: dict[int, str],
    made_in_sleap: dict[int, str],
) -> None:
    finest = min(made_in_2026)
    for edition, expected in (
        (editions.DOCUMENTED, made_in_2026),
        (editions.SLEAP, made_in_sleap),
    ):
        _, features = grow(max_stride=max_stride, output_stride=finest, edition=edition)
        assert {stride: made_by(tensor) for stride, tensor in features.items()} == expected
        for stride, tensor in features.items():
            assert tensor.shape[1:3] == (64 // stride, 64 // stride)


def test_sleaps_max_stride_64_is_the_network_of_32_by_another_name(
    grow: Callable[..., Any], made_by: Callable[[Any], str]
) -> None:
    _, features = grow(max_stride=64, output_stride=32, edition=editions.SLEAP)
    assert {stride: made_by(tensor) for stride, tensor in features.items()} == {
        32: "conv5_block3_out",
        64: "conv5_block3_out",
    }


def test_a_frozen_encoder_has_no_trainable_weight_and_keeps_its_statistics(
    keras: Any, encoder: Encoder
) -> None:
    model = encoder(weights="frozen", image=(64, 64, 3))
    assert model.trainable_weights == []
    assert not any(layer.trainable for layer in model.layers[1:])
    reference_weights.fill(model, gain=1.0)
    images = reference_weights.images((64, 64, 3))
    before = keras.ops.convert_to_numpy(model(images, training=False))
    in_training = keras.ops.convert_to_numpy(model(images, training=True))
    after = keras.ops.convert_to_numpy(model(images, training=False))
    np.testing.assert_allclose(in_training, before, rtol=1e-4, atol=1e-4 * np.abs(before).max())
    np.testing.assert_array_equal(after, before)


@pytest.mark.backends
def test_batch_norm_statistics_of_a_frozen_encoder_survive_training(
    keras: Any, grow: Callable[..., Any]
) -> None:
    entry, features = grow(weights="frozen", output_stride=4, image=(32, 32, 1))
    head = keras.layers.Conv2D(1, 1, name="head")(features[4])
    model = keras.Model(entry, head)
    before = {weight.path: keras.ops.convert_to_numpy(weight) for weight in model.weights}
    model.compile("sgd", "mean_squared_error")
    model.train_on_batch(reference_weights.images((32, 32, 1)), np.ones((2, 8, 8, 1), "float32"))
    changed = {
        weight.path
        for weight in model.weights
        if not np.array_equal(before[weight.path], keras.ops.convert_to_numpy(weight))
    }
    assert changed == {"head/kernel", "head/bias"}


def test_a_tunable_encoder_trains_all_but_its_statistics(encoder: Encoder) -> None:
    model = encoder(weights="tunable", image=(64, 64, 3))
    frozen = {weight.name for weight in model.non_trainable_weights}
    assert frozen == {"moving_mean", "moving_variance"}


@pytest.mark.backends
def test_preprocessing_is_that_of_the_published_weights(
    keras: Any, grow: Callable[..., Any]
) -> None:
    for channels, names in ((1, ["tile_channels", "imagenet_preproc_v1"]), (3, None)):
        entry, features = grow(weights="frozen", image=(32, 32, channels))
        model = keras.Model(entry, features[4])
        layer = model.get_layer("imagenet_preproc_v1")
        if names:
            assert [layer.name for layer in model.layers[1:3]] == names
        preprocessed = keras.Model(entry, layer.output)
        images = reference_weights.images((32, 32, channels))
        rgb = images if channels == 3 else np.repeat(images, 3, axis=-1)
        expected = rgb[..., ::-1] * 255 - np.array([103.939, 116.779, 123.68])
        actual = keras.ops.convert_to_numpy(preprocessed(images))
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-4)


def test_random_weights_take_images_as_they_are(grow: Callable[..., Any], keras: Any) -> None:
    entry, features = grow(image=(32, 32, 5))
    names = [layer.name for layer in keras.Model(entry, features[4]).layers]
    assert names[:2] == ["input", "conv1_pad"]


def test_preprocessing_of_other_than_1_or_3_channels_is_refused(
    grow: Callable[..., Any],
) -> None:
    with pytest.raises(
        BuildError,
        match=r"^images must have 1 or 3 channels for ImageNet weights, got 2; 'random' takes any",
    ) as raised:
        grow(ResNetConfig(), image=(32, 32, 2))
    assert raised.value.faults[0].path == "model.backbone.resnet.weights"


def test_preprocessing_layers_are_saved_and_loaded_by_keras(
    keras: Any, grow: Callable[..., Any], tmp_path: Path
) -> None:
    entry, features = grow(weights="frozen", image=(32, 32, 1))
    model = keras.Model(entry, features[4])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    images = reference_weights.images((32, 32, 1))
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(loaded(images)),
        keras.ops.convert_to_numpy(model(images)),
        rtol=1e-5,
    )
    assert not loaded.get_layer("conv1_conv").trainable

"""The upsampling steps: sourced figures, and what each setting changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise import editions
from poise.errors import BuildError
from poise_resnet import ResNetConfig, UpsamplingConfig

pytestmark = pytest.mark.usefixtures("keras")

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")

Grow = Callable[..., Any]

# Transposed, concatenated, 16 filters, 32 to 4, image 64×64×1: shape and parameters.
WORKED_EXAMPLE = {
    "upsample_s32_to_s16_trans_conv": ((4, 4, 16), 524_304),
    "upsample_s32_to_s16_bn": ((4, 4, 16), 64),
    "upsample_s32_to_s16_refine0_conv": ((4, 4, 16), 149_776),
    "upsample_s32_to_s16_refine0_bn": ((4, 4, 16), 64),
    "upsample_s32_to_s16_refine1_conv": ((4, 4, 16), 2_320),
    "upsample_s32_to_s16_refine1_bn": ((4, 4, 16), 64),
    "upsample_s16_to_s8_trans_conv": ((8, 8, 16), 4_112),
    "upsample_s16_to_s8_bn": ((8, 8, 16), 64),
    "upsample_s16_to_s8_refine0_conv": ((8, 8, 16), 76_048),
    "upsample_s16_to_s8_refine0_bn": ((8, 8, 16), 64),
    "upsample_s16_to_s8_refine1_conv": ((8, 8, 16), 2_320),
    "upsample_s16_to_s8_refine1_bn": ((8, 8, 16), 64),
    "upsample_s8_to_s4_trans_conv": ((16, 16, 16), 4_112),
    "upsample_s8_to_s4_bn": ((16, 16, 16), 64),
    "upsample_s8_to_s4_refine0_conv": ((16, 16, 16), 39_184),
    "upsample_s8_to_s4_refine0_bn": ((16, 16, 16), 64),
    "upsample_s8_to_s4_refine1_conv": ((16, 16, 16), 2_320),
    "upsample_s8_to_s4_refine1_bn": ((16, 16, 16), 64),
}


def decoder_of(model: Any) -> dict[str, Any]:
    return {layer.name: layer for layer in model.layers if layer.name.startswith("upsample_")}


def sources(model: Any, name: str) -> list[str]:
    """The layers whose outputs the layer called ``name`` takes."""
    tensors = model.get_layer(name).input
    tensors = tensors if isinstance(tensors, list) else [tensors]
    return [tensor._keras_history.operation.name for tensor in tensors]


@pytest.fixture
def network(keras: Any, grow: Grow) -> Callable[..., Any]:
    """``network(decoder, …)`` as ``grow`` → the model that ends at the finest features."""

    def network(decoder: UpsamplingConfig, output_stride: int = 4, **given: Any) -> Any:
        entry, features = grow(upsampling=decoder, output_stride=output_stride, **given)
        return keras.Model(entry, features[output_stride])

    return network


def test_the_worked_example_has_its_layers_shapes_and_parameters(
    network: Callable[..., Any],
) -> None:
    model = network(
        UpsamplingConfig(method="transposed_conv", skip_connections="concatenate", filters=16)
    )
    actual = {
        name: (tuple(layer.output.shape[1:]), layer.count_params())
        for name, layer in decoder_of(model).items()
        if layer.weights
    }
    assert actual == WORKED_EXAMPLE
    assert sources(model, "upsample_s32_to_s16_skip_concat") == [
        "conv4_block6_out",
        "upsample_s32_to_s16_relu",
    ]


@pytest.mark.parametrize(
    ("method", "skip", "parameters", "layers"),
    [
        ("interpolation", None, 23_888_403, 197),
        ("interpolation", "concatenate", 24_146_451, 200),
        ("transposed_conv", None, 24_128_515, 203),
        ("transposed_conv", "concatenate", 24_386_563, 206),
    ],
)
def test_with_a_head_of_three_parts_counts_are_those_of_the_original(
    keras: Any,
    network: Callable[..., Any],
    method: str,
    skip: str | None,
    parameters: int,
    layers: int,
) -> None:
    model = network(UpsamplingConfig(method=method, skip_connections=skip, filters=16))
    whole = keras.Model(model.input, keras.layers.Conv2D(3, 1)(model.output))
    assert (whole.count_params(), len(whole.layers)) == (parameters, layers)


def test_adding_maps_the_source_to_as_many_channels_as_come_in(
    network: Callable[..., Any],
) -> None:
    model = network(UpsamplingConfig(skip_connections="add", filters=16))
    mapping = model.get_layer("upsample_s32_to_s16_skip_conv1x1")
    assert mapping.count_params() == 2_099_200
    assert sources(model, "upsample_s32_to_s16_skip_add") == [
        "upsample_s32_to_s16_skip_conv1x1",
        "upsample_s32_to_s16_interp",
    ]


def test_equal_channels_are_added_without_a_mapping(network: Callable[..., Any]) -> None:
    model = network(
        UpsamplingConfig(method="transposed_conv", skip_connections="add", filters=1024),
        output_stride=16,
    )
    assert "upsample_s32_to_s16_skip_add" in decoder_of(model)
    assert "upsample_s32_to_s16_skip_conv1x1" not in decoder_of(model)


def test_stem_features_are_never_joined(network: Callable[..., Any]) -> None:
    model = network(UpsamplingConfig(skip_connections="concatenate", filters=4), output_stride=1)
    joined = [name for name in decoder_of(model) if name.endswith("_skip_concat")]
    assert joined == [
        "upsample_s32_to_s16_skip_concat",
        "upsample_s16_to_s8_skip_concat",
        "upsample_s8_to_s4_skip_concat",
    ]


def test_without_refinement_interpolation_has_no_parameters(network: Callable[..., Any]) -> None:
    model = network(UpsamplingConfig(refine_convs=0))
    assert sum(layer.count_params() for layer in decoder_of(model).values()) == 0
    assert model.output.shape[-1] == 2048


def test_without_batch_norm_there_is_none_in_the_decoder(network: Callable[..., Any]) -> None:
    model = network(UpsamplingConfig(method="transposed_conv", batch_norm=False, filters=4))
    assert not any(name.endswith("_bn") for name in decoder_of(model))


def test_channels_grow_by_the_rate_and_are_truncated(network: Callable[..., Any]) -> None:
    model = network(UpsamplingConfig(filters=5, filters_rate=1.5, refine_convs=1))
    convolutions = [layer for name, layer in decoder_of(model).items() if name.endswith("_conv")]
    assert [layer.filters for layer in convolutions] == [5, 7, 11]


@pytest.mark.parametrize(("factor", "finest"), [(2, 1), (4, 2), (8, 4)])
def test_every_step_is_offered_in_its_own_size(grow: Grow, factor: int, finest: int) -> None:
    _, features = grow(
        upsampling=UpsamplingConfig(block_stride=factor, filters=4), output_stride=finest
    )
    stride = 32
    for offered, tensor in features.items():
        assert offered == stride
        assert tensor.shape[1:3] == (64 // stride, 64 // stride)
        stride //= factor
    assert stride == finest // factor


def test_frozen_means_the_encoder_not_the_decoder(network: Callable[..., Any]) -> None:
    model = network(UpsamplingConfig(filters=4), weights="frozen")
    trainable = {weight.path.split("/")[0] for weight in model.trainable_weights}
    assert trainable == {name for name, layer in decoder_of(model).items() if layer.weights}


@pytest.mark.parametrize(
    ("max_stride", "output_stride", "factor", "real"),
    [(8, 4, 2, 8), (8, 2, 2, 4), (32, 4, 4, 8), (32, 4, 2, 4)],
)
def test_in_sleaps_edition_lost_steps_leave_features_coarser_than_they_are_called(
    grow: Grow, max_stride: int, output_stride: int, factor: int, real: int
) -> None:
    _, features = grow(
        upsampling=UpsamplingConfig(block_stride=factor, filters=4),
        max_stride=max_stride,
        output_stride=output_stride,
        edition=editions.SLEAP,
    )
    assert features[output_stride].shape[1:3] == (64 // real, 64 // real)


@pytest.mark.parametrize(("max_stride", "output_stride"), [(8, 4), (8, 2)])
def test_in_2026_no_step_is_lost(grow: Grow, max_stride: int, output_stride: int) -> None:
    _, features = grow(
        upsampling=UpsamplingConfig(filters=4), max_stride=max_stride, output_stride=output_stride
    )
    assert features[output_stride].shape[1:3] == (64 // output_stride, 64 // output_stride)


def test_skips_beyond_max_stride_32_are_refused_with_a_way_out(grow: Grow) -> None:
    with pytest.raises(BuildError, match="got 'add'; or set max_stride 32") as raised:
        grow(
            upsampling=UpsamplingConfig(skip_connections="add"),
            max_stride=64,
            edition=editions.SLEAP,
        )
    assert raised.value.faults[0].path == "model.backbone.resnet.upsampling.skip_connections"


@pytest.mark.parametrize(("max_stride", "output_stride", "factor"), [(64, 1, 64), (128, 64, 2)])
def test_skips_beyond_max_stride_32_that_join_nothing_are_built(
    grow: Grow, max_stride: int, output_stride: int, factor: int
) -> None:
    _, features = grow(
        upsampling=UpsamplingConfig(skip_connections="add", block_stride=factor, filters=4),
        max_stride=max_stride,
        output_stride=output_stride,
        image=(128, 128, 1),
        edition=editions.SLEAP,
    )
    assert features[output_stride].shape[1:3] == (128 // 32 * factor, 128 // 32 * factor)


def test_a_section_of_sleaps_edition_is_not_built_by_halves_in_2026(grow: Grow) -> None:
    with editions.edition(editions.SLEAP):
        config = ResNetConfig(upsampling=UpsamplingConfig(block_stride=4), weights="random")
    with pytest.raises(BuildError, match="must be max_stride 32 over a power of 4, got 4"):
        grow(config)


@pytest.mark.slow
def test_the_readmes_table_of_decoders_tells_the_truth(network: Callable[..., Any]) -> None:
    rows = README.split("\n| method | no skips | add | concatenate |")[1].split("\n\n")[0]
    for line in rows.splitlines()[2:]:
        method, *counts = (cell.strip() for cell in line.strip("|").split("|"))
        for skip, count in zip((None, "add", "concatenate"), counts, strict=True):
            model = network(UpsamplingConfig(method=method, skip_connections=skip))
            decoder = sum(layer.count_params() for layer in decoder_of(model).values())
            assert decoder == int(count.replace(",", "")), (method, skip)

"""The network: sourced figures of Hourglass, and laws that hold for every configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poise_hourglass import HourglassConfig
from stacked import assert_offers_every_stride

pytestmark = pytest.mark.usefixtures("keras")

SMALL = {"stem_filters": 4, "filters": 6, "filter_increase": 2}

# Layers with weights of one hourglass with max_stride 16: shape, and the parameters of the
# convolution and of the batch norm behind it.
WORKED_EXAMPLE = {
    "stem0_conv7x7": ((32, 32, 4), 200, 16),
    "stem0_conv3x3": ((32, 32, 8), 296, 32),
    "stem0_conv3x3_out": ((16, 16, 6), 438, 24),
    "stack0_enc0_conv": ((8, 8, 6), 330, 24),
    "stack0_enc1_conv": ((4, 4, 8), 440, 32),
    "stack0_dec0_conv": ((4, 4, 8), 584, 32),
    "stack0_dec0_skip": ((8, 8, 8), 440, 32),
    "stack0_dec1_conv": ((8, 8, 6), 438, 24),
    "stack0_dec1_skip": ((16, 16, 6), 330, 24),
}

README_TABLE = [
    tuple(int(cell.replace(",", "")) for cell in line.strip("|").split("|"))
    for line in (Path(__file__).parents[1] / "README.md").read_text().splitlines()
    if line.startswith("| ") and line[2].isdigit()
]


def sources(model, name):
    """The layers whose outputs the layer called ``name`` takes."""
    tensors = model.get_layer(name).input
    tensors = tensors if isinstance(tensors, list) else [tensors]
    return [tensor._keras_history.operation.name for tensor in tensors]


def test_the_worked_example_has_its_layers_shapes_and_parameters(backbone):
    model = backbone(HourglassConfig(**SMALL, max_stride=16, stacks=1))
    actual = {
        layer.name.removesuffix("_conv"): (
            tuple(layer.output.shape[1:]),
            layer.count_params(),
            model.get_layer(layer.name.removesuffix("_conv") + "_bn").count_params(),
        )
        for layer in model.layers
        if layer.name.endswith("_conv")
    }
    assert actual == WORKED_EXAMPLE
    assert len(model.layers) == 26  # and the head's
    assert model.count_params() == 3_757 - 21


def test_the_relu_is_inside_the_convolution_and_the_batch_norm_behind_it(backbone):
    model = backbone(HourglassConfig(**SMALL, max_stride=16, stacks=1))
    for layer in model.layers:
        if layer.name.endswith("_bn"):
            (conv,) = sources(model, layer.name)
            assert conv == layer.name.removesuffix("_bn") + "_conv"
            assert model.get_layer(conv).activation.__name__ == "relu"
            assert layer.epsilon == 1e-3


def test_skips_come_from_the_encoder_and_at_the_stems_stride_from_the_stem(backbone):
    model = backbone(HourglassConfig(**SMALL, max_stride=16, stacks=2))
    for stack in (0, 1):
        assert sources(model, f"stack{stack}_dec0_skip_conv") == [f"stack{stack}_enc0_conv_bn"]
        assert sources(model, f"stack{stack}_dec1_skip_conv") == ["stem0_conv3x3_out_bn"]
        assert sources(model, f"stack{stack}_dec1_skip_add") == [
            f"stack{stack}_dec1_nearest",
            f"stack{stack}_dec1_skip_bn",
        ]


def test_a_second_stack_begins_with_the_features_of_the_first(backbone):
    model = backbone(HourglassConfig(**SMALL, max_stride=16, stacks=2))
    assert sources(model, "stack1_enc0_pool") == ["stack0_dec1_skip_add"]


@pytest.mark.parametrize(
    ("stem_stride", "convolution", "pooling"),
    [(1, (1, 1), (1, 1)), (2, (1, 1), (2, 2)), (4, (2, 2), (2, 2))],
)
def test_the_stem_always_has_the_same_layers_and_strides_to_match(
    backbone, stem_stride, convolution, pooling
):
    model = backbone(
        HourglassConfig(**SMALL, stem_stride=stem_stride, output_stride=stem_stride, max_stride=8)
    )
    assert model.get_layer("stem0_conv7x7_conv").strides == convolution
    assert model.get_layer("stem0_pool").strides == pooling
    assert model.get_layer("stem0_conv3x3_out_bn").output.shape[1] == 64 // stem_stride


def test_filters_grow_by_a_sum(backbone):
    model = backbone(HourglassConfig(**SMALL, stacks=1))
    down = [model.get_layer(f"stack0_enc{i}_conv_conv").filters for i in range(4)]
    up = [model.get_layer(f"stack0_dec{j}_conv_conv").filters for j in range(4)]
    assert (down, up) == ([6, 8, 10, 12], [12, 10, 8, 6])


def test_the_defaults_are_three_stacks_of_66_million_parameters(backbone):
    model = backbone(HourglassConfig(), (None, None, 1))
    assert (len(model.layers), model.count_params()) == (116, 66_002_944)
    assert len(model.outputs) == 3


@pytest.mark.parametrize("row", README_TABLE, ids=str)
def test_the_table_in_the_readme_tells_the_truth(keras, backbone, grow, row):
    stem_stride, max_stride, pixels, one_stack, three_stacks = row
    strides = {"stem_stride": stem_stride, "output_stride": stem_stride, "max_stride": max_stride}
    for stacks, parameters in ((1, one_stack), (3, three_stacks)):
        config = HourglassConfig(
            **strides, stem_filters=16, filters=32, filter_increase=16, stacks=stacks
        )
        assert backbone(config, (None, None, 1)).count_params() == parameters
    entry, features = grow(HourglassConfig(**strides, **SMALL), (None, None, 1))
    seen, step = 1, 1
    for layer in keras.Model(entry, features[0][max_stride]).layers:
        size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
        if size:
            seen += (size[0] - 1) * step
            step *= layer.strides[0]
    assert (seen, step) == (pixels, max_stride)


@st.composite
def small_configs(draw):
    stem = draw(st.integers(0, 2))
    bottom = draw(st.integers(stem + 1, 5))
    stacks = draw(st.integers(1, 2))
    return HourglassConfig(
        stem_stride=2**stem,
        max_stride=2**bottom,
        output_stride=2 ** (draw(st.integers(stem, bottom)) if stacks == 1 else stem),
        stem_filters=draw(st.integers(1, 3)),
        filters=draw(st.integers(1, 5)),
        filter_increase=draw(st.integers(0, 3)),
        stacks=stacks,
    )


@given(config=small_configs())
@settings(
    max_examples=15,
    deadline=None,
    # `grow` keeps nothing from one network to the next.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_stack_offers_every_stride_from_max_to_output_in_its_own_size(grow, config):
    assert_offers_every_stride(grow, config)

"""The network: sourced figures of LEAP, and laws that hold for every configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poise_leap import LEAPConfig
from stacked import assert_offers_every_stride

pytestmark = pytest.mark.usefixtures("keras")

# Layers with weights of LEAP with 4 filters and two down blocks: shape and parameters.
WORKED_EXAMPLE = {
    "stack0_enc0_conv0": ((64, 64, 4), 40),
    "stack0_enc0_conv1": ((64, 64, 4), 148),
    "stack0_enc0_conv2": ((64, 64, 4), 148),
    "stack0_enc1_conv0": ((32, 32, 8), 296),
    "stack0_enc1_conv1": ((32, 32, 8), 584),
    "stack0_enc1_conv2": ((32, 32, 8), 584),
    "stack0_dec0_s4_to_s2_trans_conv": ((32, 32, 16), 1168),
    "stack0_dec0_s4_to_s2_refine_conv0": ((32, 32, 16), 2320),
    "stack0_dec0_s4_to_s2_refine_conv1": ((32, 32, 16), 2320),
    "stack0_dec1_s2_to_s1_trans_conv": ((64, 64, 8), 1160),
    "stack0_dec1_s2_to_s1_refine_conv0": ((64, 64, 8), 584),
    "stack0_dec1_s2_to_s1_refine_conv1": ((64, 64, 8), 584),
}

README_TABLE = [
    tuple(int(cell.replace(",", "")) for cell in line.strip("|").split("|"))
    for line in (Path(__file__).parents[1] / "README.md").read_text().splitlines()
    if line.startswith("| ") and line[2].isdigit()
]


def source(model, name):
    """The layer whose output the layer called ``name`` takes."""
    return model.get_layer(name).input._keras_history.operation.name


def channels_of(model, part):
    """Channels of the last convolution of every block whose names contain ``part``."""
    return [
        layer.filters
        for layer in model.layers
        if part in layer.name
        and layer.name.endswith(("enc0_conv2", "enc1_conv2", "enc2_conv2", "refine_conv1"))
    ]


def test_the_worked_example_has_its_layers_shapes_and_parameters(backbone):
    model = backbone(LEAPConfig(filters=4, max_stride=4))
    actual = {
        layer.name: (tuple(layer.output.shape[1:]), layer.count_params())
        for layer in model.layers
        if layer.weights
    }
    assert actual == WORKED_EXAMPLE
    assert len(model.layers) == 27  # and the head's


def test_blocks_pool_after_their_convolutions_and_nothing_skips(backbone):
    model = backbone(LEAPConfig(filters=4, max_stride=4))
    assert source(model, "stack0_enc0_pool") == "stack0_enc0_act2_relu"
    assert source(model, "stack0_enc1_conv0") == "stack0_enc0_pool"
    assert source(model, "stack0_dec0_s4_to_s2_trans_conv") == "stack0_enc1_pool"
    assert not [layer.name for layer in model.layers if "skip" in layer.name]


def test_channel_counts_are_truncated_not_rounded(backbone):
    model = backbone(LEAPConfig(filters=5, filters_rate=1.5))
    assert channels_of(model, "enc") == [5, 7, 11]
    assert channels_of(model, "dec") == [16, 11, 7]


@pytest.mark.parametrize(("stride", "channels"), [(1, [32, 16, 8]), (2, [16, 8]), (4, [8])])
def test_the_decoders_channels_count_from_its_end(backbone, stride, channels):
    model = backbone(LEAPConfig(filters=4, output_stride=stride))
    assert channels_of(model, "dec") == channels


def test_a_second_stack_begins_with_the_features_of_the_first(backbone):
    model = backbone(LEAPConfig(filters=4, max_stride=4, stacks=2))
    assert source(model, "stack1_enc0_conv0") == "stack0_dec1_s2_to_s1_refine_conv1_act_relu"
    assert len(model.outputs) == 2


@pytest.mark.parametrize(
    ("config", "layers", "parameters"),
    [
        (LEAPConfig(), 40, 10_768_896),
        (LEAPConfig(filters=8, up_interpolate=True), 37, 120_272),
    ],
    ids=["default", "interpolation"],
)
def test_parameter_counts_are_those_of_sleaps_own_tests(backbone, config, layers, parameters):
    model = backbone(config, (None, None, 1))
    assert (len(model.layers), model.count_params()) == (layers, parameters)


@pytest.mark.parametrize("row", README_TABLE, ids=str)
def test_the_table_in_the_readme_tells_the_truth(keras, backbone, grow, row):
    max_stride, pixels, at_rate_1_5, at_rate_2, at_stride_2 = row
    for changes, parameters in (
        ({"filters_rate": 1.5}, at_rate_1_5),
        ({}, at_rate_2),
        ({"output_stride": 2}, at_stride_2),
    ):
        config = LEAPConfig(filters=16, max_stride=max_stride, **changes)
        assert backbone(config, (None, None, 1)).count_params() == parameters
    entry, (features,) = grow(LEAPConfig(filters=1, max_stride=max_stride), (None, None, 1))
    seen, step = 1, 1
    for layer in keras.Model(entry, features[max_stride]).layers:
        if hasattr(layer, "kernel_size"):
            seen += (layer.kernel_size[0] - 1) * step
        elif hasattr(layer, "pool_size"):
            seen += (layer.pool_size[0] - 1) * step
            step *= layer.strides[0]
    assert (seen, step) == (pixels, max_stride)


@st.composite
def small_configs(draw):
    halvings = draw(st.integers(1, 4))
    stacks = draw(st.integers(1, 2))
    return LEAPConfig(
        max_stride=2**halvings,
        output_stride=2 ** draw(st.integers(0, halvings)) if stacks == 1 else 1,
        filters=draw(st.integers(1, 5)),
        filters_rate=draw(st.sampled_from([1, 1.5, 2])),
        up_interpolate=draw(st.booleans()),
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

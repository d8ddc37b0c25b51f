"""The network: sourced figures of UNet, and laws that hold for every configuration."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poise_unet import UNetConfig
from stacked import assert_offers_every_stride

pytestmark = pytest.mark.usefixtures("keras")

# Layers with weights of UNet with 4 filters and three down blocks: shape and parameters.
WORKED_EXAMPLE = {
    "stack0_enc0_conv0": ((64, 64, 4), 40),
    "stack0_enc0_conv1": ((64, 64, 4), 148),
    "stack0_enc1_conv0": ((32, 32, 8), 296),
    "stack0_enc1_conv1": ((32, 32, 8), 584),
    "stack0_enc2_conv0": ((16, 16, 16), 1168),
    "stack0_enc2_conv1": ((16, 16, 16), 2320),
    "stack0_enc4_middle_expand_conv0": ((8, 8, 32), 4640),
    "stack0_enc5_middle_contract_conv0": ((8, 8, 32), 9248),
    "stack0_dec0_s8_to_s4_trans_conv": ((16, 16, 16), 4624),
    "stack0_dec0_s8_to_s4_refine_conv0": ((16, 16, 16), 4624),
    "stack0_dec0_s8_to_s4_refine_conv1": ((16, 16, 16), 2320),
    "stack0_dec1_s4_to_s2_trans_conv": ((32, 32, 8), 1160),
    "stack0_dec1_s4_to_s2_refine_conv0": ((32, 32, 8), 1160),
    "stack0_dec1_s4_to_s2_refine_conv1": ((32, 32, 8), 584),
    "stack0_dec2_s2_to_s1_trans_conv": ((64, 64, 4), 292),
    "stack0_dec2_s2_to_s1_refine_conv0": ((64, 64, 4), 292),
    "stack0_dec2_s2_to_s1_refine_conv1": ((64, 64, 4), 148),
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
    model = backbone(UNetConfig(filters=4, max_stride=8))
    actual = {
        layer.name: (tuple(layer.output.shape[1:]), layer.count_params())
        for layer in model.layers
        if layer.weights
    }
    assert actual == WORKED_EXAMPLE


def test_skips_come_from_the_last_activation_before_pooling_and_come_first(backbone):
    model = backbone(UNetConfig(filters=4, max_stride=8))
    assert sources(model, "stack0_dec0_s8_to_s4_skip_concat") == [
        "stack0_enc2_act1_relu",
        "stack0_dec0_s8_to_s4_trans_conv_act_relu",
    ]
    assert sources(model, "stack0_enc1_pool") == ["stack0_enc0_act1_relu"]


def test_with_a_stem_the_skip_at_its_stride_is_its_output_and_there_is_none_below(backbone):
    model = backbone(UNetConfig(filters=4, stem_stride=4, max_stride=16))
    assert sources(model, "stack0_dec1_s8_to_s4_skip_concat")[0] == "stem2_last_pool"
    assert {layer.name for layer in model.layers if "skip" in layer.name} == {
        "stack0_dec0_s16_to_s8_skip_concat",
        "stack0_dec1_s8_to_s4_skip_concat",
    }


def test_the_stem_is_7_by_7_and_everything_else_3_by_3(backbone):
    model = backbone(UNetConfig(filters=4, stem_stride=4, max_stride=16))
    for layer in model.layers:
        if layer.weights:
            expected = (7, 7) if layer.name.startswith("stem") else (3, 3)
            assert layer.kernel_size == expected, layer.name


def test_a_second_stack_begins_with_the_features_of_the_first(backbone):
    model = backbone(UNetConfig(filters=4, max_stride=4, stacks=2))
    assert sources(model, "stack1_enc0_conv0") == ["stack0_dec1_s2_to_s1_refine_conv1_act_relu"]
    assert len(model.outputs) == 2


def test_on_a_stem_every_stack_takes_the_stems_output_as_its_skip(backbone):
    model = backbone(
        UNetConfig(filters=4, stem_stride=2, output_stride=2, max_stride=8, stacks=2), (16, 16, 1)
    )
    for stack in (0, 1):
        assert sources(model, f"stack{stack}_dec1_s4_to_s2_skip_concat")[0] == "stem1_last_pool"


def test_a_stem_of_stride_1_is_no_stem(backbone):
    without = backbone(UNetConfig(filters=4, max_stride=8))
    with_one = backbone(UNetConfig(filters=4, max_stride=8, stem_stride=1))
    assert [layer.name for layer in with_one.layers] == [layer.name for layer in without.layers]


def test_without_a_decoder_the_encoders_end_is_the_output(grow):
    _, (features,) = grow(UNetConfig(filters=4, max_stride=8, output_stride=8, middle_block=False))
    assert list(features) == [8]
    assert features[8]._keras_history.operation.name == "stack0_enc3_last_pool"


@pytest.mark.parametrize(
    ("config", "layers", "parameters"),
    [
        (UNetConfig(), 53, 34_512_128),
        (UNetConfig(filters=8, max_stride=4, middle_block=False), 25, 16_320),
        (
            UNetConfig(filters=16, max_stride=32, stacks=3, up_interpolate=True),
            178,
            23_590_608,
        ),
    ],
    ids=["default", "small", "three stacks"],
)
def test_parameter_counts_are_those_of_sleaps_own_tests(backbone, config, layers, parameters):
    model = backbone(config, (None, None, 1))
    assert (len(model.layers), model.count_params()) == (layers, parameters)


@pytest.mark.parametrize("row", README_TABLE, ids=str)
def test_the_table_in_the_readme_tells_the_truth(backbone, row):
    max_stride, shown, true, at_rate_1_5, at_rate_2 = row
    for rate, parameters in ((1.5, at_rate_1_5), (2, at_rate_2)):
        config = UNetConfig(filters=16, filters_rate=rate, max_stride=max_stride)
        assert backbone(config, (None, None, 1)).count_params() == parameters
    assert receptive_field(config) == true
    assert receptive_field(attrs.evolve(config, middle_block=False)) == shown


@pytest.mark.parametrize(
    ("config", "pixels"),
    [
        (UNetConfig(filters=1, filters_rate=1, max_stride=16), 140),
        (UNetConfig(filters=1, filters_rate=1, max_stride=32), 284),
        (UNetConfig(filters=1, filters_rate=1, max_stride=32, stem_stride=4), 308),
        (UNetConfig(filters=1, filters_rate=1, max_stride=16, middle_block=False), 76),
    ],
    ids=["max 16", "max 32", "stem 4, max 32", "no middle block"],
)
def test_the_receptive_field_of_the_bottom_is_the_documented_one(keras, grow, config, pixels):
    entry, (features,) = grow(config, (None, None, 1))
    seen, step = 1, 1
    for layer in keras.Model(entry, features[config.max_stride]).layers:
        if hasattr(layer, "kernel_size"):
            seen += (layer.kernel_size[0] - 1) * step
        elif hasattr(layer, "pool_size"):
            seen += (layer.pool_size[0] - 1) * step
            step *= layer.strides[0]
    assert (seen, step) == (pixels, config.max_stride)
    assert seen == receptive_field(config)


def receptive_field(config):
    """Pixels seen by a cell at the bottom: 13 and 5 are two convolutions and a pooling."""
    stem = config.stem_stride or 1
    in_stem = 13 * (stem - 1)
    in_encoder = 5 * (config.max_stride - stem)
    return 1 + in_stem + in_encoder + (4 * config.max_stride if config.middle_block else 0)


@st.composite
def small_configs(draw):
    halvings = draw(st.integers(1, 4))
    stem = draw(st.sampled_from([None, *(2**n for n in range(halvings))]))
    stacks = draw(st.integers(1, 2))
    output = 2 ** draw(st.integers(0, halvings))
    return UNetConfig(
        stem_stride=stem,
        max_stride=2**halvings,
        output_stride=output if stacks == 1 else stem or 1,
        filters=draw(st.integers(1, 5)),
        filters_rate=draw(st.sampled_from([1, 1.5, 2])),
        middle_block=draw(st.booleans()),
        up_interpolate=draw(st.booleans()),
        stacks=stacks,
    )


@given(config=small_configs())
@settings(
    max_examples=25,
    deadline=None,
    # `grow` keeps nothing from one network to the next.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_stack_offers_every_stride_from_max_to_output_in_its_own_size(grow, config):
    assert_offers_every_stride(grow, config)


@given(config=small_configs().filter(lambda config: config.stacks == 1))
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_channels_at_a_stride_do_not_depend_on_the_output_stride(grow, spec, config):
    _, (whole,) = grow(spec.at_stride(config, 1), (None, None, 1))
    _, (coarse,) = grow(config, (None, None, 1))
    assert {stride: whole[stride].shape[-1] for stride in coarse} == {
        stride: tensor.shape[-1] for stride, tensor in coarse.items()
    }

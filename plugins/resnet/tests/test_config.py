"""The fields of ResNetConfig and UpsamplingConfig: names, defaults, domains, messages."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from poise import editions
from poise.errors import ConfigError
from poise.fields import aliases_of
from poise.wire.structure import structure, unstructure
from poise_resnet import ResNetConfig, UpsamplingConfig

# The tables of fields in SLEAP 1.4's documentation, in the order of its files.
DOCUMENTED = {
    "version": "ResNet50",
    "weights": "frozen",
    "upsampling": None,
    "max_stride": 32,
    "output_stride": 4,
}
DOCUMENTED_UPSAMPLING = {
    "method": "interpolation",
    "skip_connections": None,
    "block_stride": 2,
    "filters": 64,
    "filters_rate": 1,
    "refine_convs": 2,
    "batch_norm": True,
    "transposed_conv_kernel_size": 4,
}


@pytest.mark.parametrize(
    ("cls", "fields"),
    [(ResNetConfig, DOCUMENTED), (UpsamplingConfig, DOCUMENTED_UPSAMPLING)],
)
def test_fields_order_and_defaults_are_those_that_sleap_documents(
    cls: type, fields: dict[str, Any]
) -> None:
    assert list(unstructure(cls()).items()) == list(fields.items())


def test_every_field_can_be_set_and_read_back() -> None:
    values = {
        "version": "ResNet152",
        "weights": "tunable",
        "upsampling": {
            "method": "transposed_conv",
            "skip_connections": "add",
            "block_stride": 4,
            "filters": 32,
            "filters_rate": 1.5,
            "refine_convs": 1,
            "batch_norm": False,
            "transposed_conv_kernel_size": 8,
        },
        "max_stride": 16,
        "output_stride": 1,
    }
    assert values.keys() == DOCUMENTED.keys()
    assert unstructure(structure(values, ResNetConfig)) == values


def test_the_documented_name_of_batch_norm_is_an_alias() -> None:
    assert aliases_of(attrs.fields(UpsamplingConfig).batch_norm) == ("conv_batchnorm",)
    with pytest.raises(ConfigError, match="no field 'conv_batchnorm'; did you mean 'batch_norm'"):
        structure({"conv_batchnorm": True}, UpsamplingConfig)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"version": "ResNet18"},
            "must be one of 'ResNet50', 'ResNet101', 'ResNet152', got 'ResNet18'; did you mean",
        ),
        ({"weights": "imagenet"}, "must be one of 'random', 'frozen', 'tunable', got 'imagenet'"),
        ({"upsampling": True}, "must be an UpsamplingConfig, or null, got True @ upsampling"),
        ({"max_stride": 64}, "must be at most 32, got 64 @ max_stride"),
        ({"max_stride": 3}, "must be a power of two ≥ 1, got 3; did you mean 2 or 4? @ max_stride"),
        (
            {"output_stride": 1},
            "must be a stride that the backbone has, got 1; without upsampling and with "
            "max_stride 32: 2, 4, 8, 16, 32 @ output_stride",
        ),
        (
            {"max_stride": 2},
            "must be a stride that the backbone has, got 4; without upsampling and with "
            "max_stride 2: 2 @ output_stride",
        ),
        (
            {"upsampling": UpsamplingConfig(block_stride=4)},
            "must be a stride that the backbone has, got 4; with max_stride 32 and "
            "upsampling.block_stride 4: 2, 8, 32 @ output_stride",
        ),
        (
            {"upsampling": UpsamplingConfig(filters=1, filters_rate=0.5)},
            "filters and filters_rate must leave at least one channel at every step, got "
            "UpsamplingConfig(",
        ),
        ({"upsampling": UpsamplingConfig(filters_rate=1e200), "output_stride": 1}, "step 2 has"),
    ],
)
def test_a_value_outside_its_domain_is_refused_with_a_suggestion(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        ResNetConfig(**given)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "nearest"}, "must be one of 'interpolation', 'transposed_conv'"),
        ({"skip_connections": "concat"}, "did you mean 'concatenate'? @ skip_connections"),
        ({"block_stride": 3}, "must be a power of two ≥ 2, got 3; did you mean 2 or 4?"),
        ({"block_stride": 1}, "must be a power of two ≥ 2, got 1"),
        ({"filters": 0}, "must be an integer ≥ 1, got 0 @ filters"),
        ({"filters_rate": 0}, "must be a number > 0, got 0 @ filters_rate"),
        ({"refine_convs": -1}, "must be an integer ≥ 0, got -1 @ refine_convs"),
        ({"batch_norm": 1}, "must be true or false, got 1 @ batch_norm"),
        ({"transposed_conv_kernel_size": 0}, "must be an integer ≥ 1, got 0"),
    ],
)
def test_a_decoders_fields_have_their_domains(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        UpsamplingConfig(**given)
    assert message in str(raised.value)


def test_faults_inside_the_decoder_come_with_their_path() -> None:
    data = {"version": "resnet50", "upsampling": {"filters": 0, "refine_convs": "2"}}
    with pytest.raises(ConfigError) as raised:
        structure(data, ResNetConfig)
    assert {fault.path for fault in raised.value.faults} == {
        "version",
        "upsampling.filters",
        "upsampling.refine_convs",
    }


@pytest.mark.parametrize(
    "data",
    [
        {"max_stride": 64},
        {"max_stride": 1, "output_stride": 4},
        {"output_stride": 1},
        {"upsampling": {"block_stride": 4}},
    ],
    ids=str,
)
def test_what_sleap_built_can_be_read_in_its_edition_and_not_in_2026(data: Any) -> None:
    with editions.edition(editions.SLEAP):
        assert structure(data, ResNetConfig)
    with pytest.raises(ConfigError):
        structure(data, ResNetConfig)


def test_every_difference_says_which_configurations_it_touches(spec: Any) -> None:
    touched = {
        "resnet_first_features_of_a_stride": {},
        "resnet_dilation_without_effect": {"max_stride": 16},
        "resnet_steps_lost_to_rounding": {"max_stride": 8, "upsampling": UpsamplingConfig()},
        "resnet_stride_of_no_network": {"max_stride": 64},
        "resnet_output_coarser_than_the_network": {
            "output_stride": 64,
            "upsampling": UpsamplingConfig(),
        },
    }
    untouched = {
        "resnet_first_features_of_a_stride": {"output_stride": 8},
        "resnet_dilation_without_effect": {},
        "resnet_steps_lost_to_rounding": {"upsampling": UpsamplingConfig()},
        "resnet_stride_of_no_network": {},
        "resnet_output_coarser_than_the_network": {"output_stride": 64},
    }
    differences = {difference.name: difference for difference in spec.differences}
    with editions.edition(editions.SLEAP):
        for name, fields in touched.items():
            assert differences[name].touches(ResNetConfig(**fields)), name
            assert not differences[name].touches(ResNetConfig(**untouched[name])), name
    assert set(differences) - set(touched) == {"resnet_output_stride_unchecked"}

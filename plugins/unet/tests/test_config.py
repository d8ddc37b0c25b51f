"""The fields of UNetConfig: SLEAP's names and defaults, strict domains, messages that help."""

from __future__ import annotations

import inspect
from itertools import pairwise

import attrs
import pytest

from poise.errors import ConfigError
from poise.fields import domains_of
from poise.wire.structure import structure, unstructure
from poise_unet import UNetConfig

# The table of fields in SLEAP 1.4's documentation, in the order of its files.
DOCUMENTED = {
    "stem_stride": None,
    "max_stride": 16,
    "output_stride": 1,
    "filters": 64,
    "filters_rate": 2,
    "middle_block": True,
    "up_interpolate": False,
    "stacks": 1,
}


def test_the_first_fields_are_those_that_sleap_documents_in_its_order_with_its_defaults():
    # A field that SLEAP lacks may follow its own, as long as files without it mean the same.
    assert list(unstructure(UNetConfig()).items())[: len(DOCUMENTED)] == list(DOCUMENTED.items())


def test_the_default_rate_is_written_as_the_integer_2():
    assert type(unstructure(UNetConfig())["filters_rate"]) is int


def test_every_field_can_be_set_and_read_back():
    values = {
        "stem_stride": 2,
        "max_stride": 32,
        "output_stride": 2,
        "filters": 24,
        "filters_rate": 1.5,
        "middle_block": False,
        "up_interpolate": True,
        "stacks": 3,
    }
    assert values.keys() == DOCUMENTED.keys()
    assert all(values[name] != DOCUMENTED[name] for name in values)
    assert unstructure(structure(values, UNetConfig)).items() >= values.items()


def test_a_config_is_compared_by_value_and_cannot_be_changed():
    config = UNetConfig(filters_rate=2.0)
    assert config == UNetConfig()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        config.filters = 8


def test_fields_are_given_by_name():
    with pytest.raises(TypeError, match="positional"):
        UNetConfig(None, 16)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"max_stride": 12},
            "must be a power of two ≥ 2, got 12; did you mean 8 or 16? @ max_stride",
        ),
        ({"max_stride": 1}, "must be a power of two ≥ 2, got 1; did you mean 2? @ max_stride"),
        ({"max_stride": 0}, "must be a power of two ≥ 2, got 0 @ max_stride"),
        (
            {"max_stride": 16.0},
            "must be a power of two ≥ 2, got 16.0; did you mean 16 or 32? @ max_stride",
        ),
        ({"max_stride": True}, "must be a power of two ≥ 2, got True @ max_stride"),
        (
            {"stem_stride": 3},
            "must be a power of two ≥ 1, or null, got 3; did you mean 2 or 4? @ stem_stride",
        ),
        ({"stem_stride": 0}, "must be a power of two ≥ 1, or null, got 0 @ stem_stride"),
        ({"stem_stride": 16}, "must be below max_stride, got 16; max_stride is 16 @ stem_stride"),
        (
            {"output_stride": 3},
            "must be a power of two ≥ 1, got 3; did you mean 2 or 4? @ output_stride",
        ),
        (
            {"output_stride": 32},
            "must be at most max_stride, got 32; max_stride is 16 @ output_stride",
        ),
        ({"output_stride": None}, "must be a power of two ≥ 1, got None @ output_stride"),
        ({"filters": 0}, "must be an integer ≥ 1, got 0 @ filters"),
        ({"filters": 8.0}, "must be an integer ≥ 1, got 8.0 @ filters"),
        ({"filters_rate": 0}, "must be a number > 0, got 0 @ filters_rate"),
        ({"filters_rate": float("inf")}, "must be a number > 0, got inf @ filters_rate"),
        ({"filters_rate": "2"}, "must be a number > 0, got '2' @ filters_rate"),
        (
            {"filters": 4, "filters_rate": 0.5},
            "must leave at least one channel at every level, got 0.5; "
            "no channel at level 3, int(4 · 0.5^3) @ filters_rate",
        ),
        (
            {"filters_rate": 1e200},
            "must leave at least one channel at every level, got 1e+200; "
            "too many channels at level 2, int(64 · 1e+200^2) @ filters_rate",
        ),
        ({"middle_block": 1}, "must be true or false, got 1 @ middle_block"),
        ({"up_interpolate": "no"}, "must be true or false, got 'no' @ up_interpolate"),
        ({"stacks": 0}, "must be an integer ≥ 1, got 0 @ stacks"),
        (
            {"stacks": 2, "output_stride": 4},
            "must be 1 unless output_stride equals stem_stride (1 without a stem), got 2; "
            "output_stride is 4, a further stack would begin at stride 1 @ stacks",
        ),
        (
            {"stacks": 2, "stem_stride": 2},
            "must be 1 unless output_stride equals stem_stride (1 without a stem), got 2; "
            "output_stride is 1, a further stack would begin at stride 2 @ stacks",
        ),
    ],
    ids=str,
)
def test_a_value_outside_its_domain_is_refused_with_a_suggestion(fields, message):
    with pytest.raises(ConfigError) as caught:
        UNetConfig(**fields)
    assert str(caught.value) == message


def test_all_faults_of_a_section_come_at_once():
    section = {"max_stride": 12, "filters": 0, "filters_rate": -1, "midle_block": True}
    with pytest.raises(ConfigError) as caught:
        structure(section, UNetConfig)
    assert {fault.path for fault in caught.value.faults} == section.keys()
    (unknown,) = [fault for fault in caught.value.faults if fault.path == "midle_block"]
    assert unknown.what == "UNetConfig has no field 'midle_block'; did you mean 'middle_block'?"


def test_a_bad_max_stride_is_not_reported_by_the_fields_that_depend_on_it():
    with pytest.raises(ConfigError) as caught:
        structure({"max_stride": 12, "filters": 4, "filters_rate": 0.5}, UNetConfig)
    assert [fault.path for fault in caught.value.faults] == ["max_stride"]


def test_building_for_a_heads_stride_checks_the_stride_again(spec):
    with pytest.raises(ConfigError, match="must be at most max_stride, got 32; max_stride is 16"):
        spec.at_stride(UNetConfig(), 32)
    with pytest.raises(ConfigError, match="output_stride is 2, a further stack would begin"):
        spec.at_stride(UNetConfig(stacks=2), 2)


@pytest.mark.parametrize("middle_block", [True, False])
def test_a_shrinking_rate_is_judged_by_the_deepest_level_that_the_network_has(middle_block):
    # Level 4, with 16 · 0.49^4 = 0.9 channels, is the middle block's alone.
    settings = {"max_stride": 16, "filters": 16, "filters_rate": 0.49}
    if middle_block:
        with pytest.raises(ConfigError, match="no channel at level 4"):
            UNetConfig(**settings, middle_block=True)
    else:
        assert UNetConfig(**settings, middle_block=False).filters_rate == 0.49


def test_several_stacks_may_begin_at_the_stride_of_a_stem():
    config = UNetConfig(stem_stride=4, output_stride=4, stacks=3)
    assert config.stacks == 3


def test_every_field_has_a_domain_and_says_what_it_means():
    documentation = inspect.getdoc(UNetConfig)
    starts = [documentation.index(f"\n    {name}: ") for name in DOCUMENTED]
    assert starts == sorted(starts)
    entries = [documentation[a:b] for a, b in pairwise([*starts, documentation.index("Raises:")])]
    for entry in entries:
        assert len(entry.split()) >= 15, f"too short to help a choice: {entry}"
    assert "``None``" in entries[0]
    for field in attrs.fields(UNetConfig):
        assert domains_of(field), field.name

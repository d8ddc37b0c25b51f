"""The fields of HourglassConfig: SLEAP's names and defaults, strict domains, good messages."""

from __future__ import annotations

import inspect
from itertools import pairwise

import attrs
import pytest

from poise.errors import ConfigError
from poise.fields import aliases_of, domains_of
from poise.wire.structure import structure, unstructure
from poise_hourglass import HourglassConfig

# The table of fields in SLEAP 1.4's documentation, in the order of its files.
DOCUMENTED = {
    "stem_stride": 4,
    "max_stride": 64,
    "output_stride": 4,
    "stem_filters": 128,
    "filters": 256,
    "filter_increase": 128,
    "stacks": 3,
}


def test_fields_order_and_defaults_are_those_that_sleap_documents():
    assert list(unstructure(HourglassConfig()).items()) == list(DOCUMENTED.items())


def test_every_field_can_be_set_and_read_back():
    values = {
        "stem_stride": 2,
        "max_stride": 32,
        "output_stride": 2,
        "stem_filters": 8,
        "filters": 16,
        "filter_increase": 4,
        "stacks": 2,
    }
    assert values.keys() == DOCUMENTED.keys()
    assert all(values[name] != DOCUMENTED[name] for name in values)
    assert unstructure(structure(values, HourglassConfig)) == values


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"stem_stride": 8}, "must be 1, 2 or 4, got 8 @ stem_stride"),
        ({"stem_stride": None}, "must be 1, 2 or 4, got None @ stem_stride"),
        ({"stem_stride": True}, "must be 1, 2 or 4, got True @ stem_stride"),
        (
            {"max_stride": 24},
            "must be a power of two ≥ 2, got 24; did you mean 16 or 32? @ max_stride",
        ),
        (
            {"max_stride": 4},
            "must be at least twice stem_stride, got 4; stem_stride is 4 @ max_stride",
        ),
        (
            {"output_stride": 2, "stacks": 1},
            "must be at least stem_stride, below which there are no features to join, got 2; "
            "stem_stride is 4 @ output_stride",
        ),
        (
            {"output_stride": 128, "stacks": 1},
            "must be at most max_stride, got 128; max_stride is 64 @ output_stride",
        ),
        ({"stem_filters": 0}, "must be an integer ≥ 1, got 0 @ stem_filters"),
        ({"filters": 1.5}, "must be an integer ≥ 1, got 1.5 @ filters"),
        ({"filter_increase": 1.5}, "must be an integer, got 1.5 @ filter_increase"),
        (
            {"filter_increase": -100},
            "must leave at least one channel at every level, got -100; "
            "level 3 would have 256 + 3 · -100 channels @ filter_increase",
        ),
        ({"stacks": 0}, "must be an integer ≥ 1, got 0 @ stacks"),
        (
            {"stacks": 2, "output_stride": 8},
            "must be 1 unless output_stride equals stem_stride, got 2; "
            "output_stride is 8, a further stack would begin at stride 4 @ stacks",
        ),
    ],
    ids=str,
)
def test_a_value_outside_its_domain_is_refused_with_a_suggestion(fields, message):
    with pytest.raises(ConfigError) as caught:
        HourglassConfig(**fields)
    assert str(caught.value) == message


def test_filters_may_decrease_as_long_as_some_are_left():
    assert HourglassConfig(filters=256, filter_increase=-85).filter_increase == -85


def test_a_bad_stem_is_not_reported_by_the_fields_that_depend_on_it():
    section = {"stem_stride": 8, "max_stride": 8, "filter_increase": -300, "stacks": 1}
    with pytest.raises(ConfigError) as caught:
        structure(section, HourglassConfig)
    assert [fault.path for fault in caught.value.faults] == ["stem_stride"]


def test_the_plural_of_filter_increase_is_an_alias_for_sleaps_files_alone():
    assert aliases_of(attrs.fields(HourglassConfig).filter_increase) == ("filters_increase",)
    with pytest.raises(ConfigError, match="did you mean 'filter_increase'"):
        structure({"filters_increase": 2}, HourglassConfig)


def test_building_for_a_heads_stride_checks_the_stride_again(spec):
    with pytest.raises(ConfigError, match="must be at least stem_stride"):
        spec.at_stride(HourglassConfig(stacks=1), 2)
    with pytest.raises(ConfigError, match="output_stride is 8, a further stack would begin"):
        spec.at_stride(HourglassConfig(), 8)


def test_every_field_has_a_domain_and_says_what_it_means():
    documentation = inspect.getdoc(HourglassConfig)
    starts = [documentation.index(f"\n    {name}: ") for name in DOCUMENTED]
    assert starts == sorted(starts)
    for a, b in pairwise([*starts, documentation.index("Raises:")]):
        assert len(documentation[a:b].split()) >= 15, documentation[a:b]
    for field in attrs.fields(HourglassConfig):
        assert domains_of(field), field.name

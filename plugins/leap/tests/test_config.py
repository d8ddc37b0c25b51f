"""The fields of LEAPConfig: SLEAP's names and defaults, strict domains, messages that help."""

from __future__ import annotations

import inspect
from itertools import pairwise

import attrs
import pytest

from poise.errors import ConfigError
from poise.fields import domains_of
from poise.wire.structure import structure, unstructure
from poise_leap import LEAPConfig

# The table of fields in SLEAP 1.4's documentation, in the order of its files.
DOCUMENTED = {
    "max_stride": 8,
    "output_stride": 1,
    "filters": 64,
    "filters_rate": 2,
    "up_interpolate": False,
    "stacks": 1,
}


def test_fields_order_and_defaults_are_those_that_sleap_documents():
    assert list(unstructure(LEAPConfig()).items()) == list(DOCUMENTED.items())


def test_the_default_rate_is_written_as_the_integer_2():
    assert type(unstructure(LEAPConfig())["filters_rate"]) is int


def test_every_field_can_be_set_and_read_back():
    values = {
        "max_stride": 16,
        "output_stride": 1,
        "filters": 24,
        "filters_rate": 1.5,
        "up_interpolate": True,
        "stacks": 3,
    }
    assert values.keys() == DOCUMENTED.keys()
    assert unstructure(structure(values, LEAPConfig)) == values
    coarse = {**values, "output_stride": 4, "stacks": 1}
    assert unstructure(structure(coarse, LEAPConfig)) == coarse


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"max_stride": 12},
            "must be a power of two ≥ 2, got 12; did you mean 8 or 16? @ max_stride",
        ),
        ({"max_stride": 1}, "must be a power of two ≥ 2, got 1; did you mean 2? @ max_stride"),
        (
            {"output_stride": 3},
            "must be a power of two ≥ 1, got 3; did you mean 2 or 4? @ output_stride",
        ),
        (
            {"output_stride": 16},
            "must be at most max_stride, got 16; max_stride is 8 @ output_stride",
        ),
        ({"filters": 0}, "must be an integer ≥ 1, got 0 @ filters"),
        ({"filters": 7.5}, "must be an integer ≥ 1, got 7.5 @ filters"),
        ({"filters_rate": 0}, "must be a number > 0, got 0 @ filters_rate"),
        (
            {"filters": 4, "filters_rate": 0.6},
            "must leave at least one channel at every level, got 0.6; "
            "no channel at level 3, int(4 · 0.6^3) @ filters_rate",
        ),
        ({"up_interpolate": 1}, "must be true or false, got 1 @ up_interpolate"),
        ({"stacks": 0}, "must be an integer ≥ 1, got 0 @ stacks"),
        (
            {"stacks": 2, "output_stride": 4},
            "must be 1 unless output_stride equals 1, got 2; "
            "output_stride is 4, a further stack would begin at stride 1 @ stacks",
        ),
    ],
    ids=str,
)
def test_a_value_outside_its_domain_is_refused_with_a_suggestion(fields, message):
    with pytest.raises(ConfigError) as caught:
        LEAPConfig(**fields)
    assert str(caught.value) == message


def test_all_faults_of_a_section_come_at_once_and_none_twice():
    section = {"max_stride": 12, "filters": 4, "filters_rate": 0.5, "stem_stride": 2}
    with pytest.raises(ConfigError) as caught:
        structure(section, LEAPConfig)
    assert sorted(fault.path for fault in caught.value.faults) == ["max_stride", "stem_stride"]


def test_a_shrinking_rate_is_judged_by_the_blocks_that_the_network_has(spec):
    # Only a decoder that goes all the way up has a block of 4 · 0.6^3 = 0.9 channels.
    coarse = LEAPConfig(filters=4, filters_rate=0.6, output_stride=2)
    with pytest.raises(ConfigError, match="no channel at level 3"):
        spec.at_stride(coarse, 1)


def test_building_for_a_heads_stride_checks_the_stride_again(spec):
    with pytest.raises(ConfigError, match="must be at most max_stride, got 16; max_stride is 8"):
        spec.at_stride(LEAPConfig(), 16)
    with pytest.raises(ConfigError, match="output_stride is 2, a further stack would begin"):
        spec.at_stride(LEAPConfig(stacks=2), 2)


def test_every_field_has_a_domain_and_says_what_it_means():
    documentation = inspect.getdoc(LEAPConfig)
    starts = [documentation.index(f"\n    {name}: ") for name in DOCUMENTED]
    assert starts == sorted(starts)
    for a, b in pairwise([*starts, documentation.index("Raises:")]):
        assert len(documentation[a:b].split()) >= 15, documentation[a:b]
    for field in attrs.fields(LEAPConfig):
        assert domains_of(field), field.name

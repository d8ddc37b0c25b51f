"""Fields, defaults and domains of the head configurations."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import attrs
import pytest

import poise_heads
from poise.errors import ConfigError
from poise.fields import Domain, domains_of
from poise.wire.structure import structure, unstructure
from poise_heads import (
    CenteredInstanceConfmapsHeadConfig,
    CentroidsHeadConfig,
    ClassMapsHeadConfig,
    ClassVectorsHeadConfig,
    MultiClassBottomUpConfig,
    MultiInstanceConfig,
    MultiInstanceConfmapsHeadConfig,
    PartAffinityFieldsHeadConfig,
    SingleInstanceConfmapsHeadConfig,
)

DEFAULTS = json.loads(Path(__file__).with_name("data").joinpath("defaults.json").read_text())

NAMES = "must be a non-empty list of different names, or null, got "
EDGES = (
    "must be a non-empty list of pairs [source, destination] of two different parts, or null, got "
)


def classes() -> list[type]:
    return [getattr(poise_heads, name) for name in poise_heads.__all__]


def with_strides(case: str) -> list[type]:
    return [cls for cls in classes() if case in attrs.fields_dict(cls)]


def test_the_documented_classes_are_there_and_no_others() -> None:
    assert sorted(poise_heads.__all__) == sorted(DEFAULTS)


@pytest.mark.parametrize("name", DEFAULTS)
def test_fields_order_and_defaults_are_those_of_the_original(name: str) -> None:
    written = unstructure(getattr(poise_heads, name)())
    assert json.dumps(written) == json.dumps(DEFAULTS[name])


def test_the_committed_defaults_are_the_golden_ones(golden: Path) -> None:
    figures = json.loads((golden / "config" / "defaults_defaults.json").read_text())
    assert {name: figures[name]["defaults"] for name in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize("cls", classes(), ids=lambda cls: cls.__name__)
def test_every_field_states_its_domain_and_is_described(cls: type) -> None:
    described = (inspect.getdoc(cls) or "").split("Attributes:")[1]
    for field in attrs.fields(cls):
        domains = domains_of(field)
        assert domains, f"{field.name} accepts anything"
        assert isinstance(domains[0], Domain)
        assert f"\n    {field.name}: " in described


@pytest.mark.parametrize("cls", with_strides("output_stride"), ids=lambda cls: cls.__name__)
@pytest.mark.parametrize(
    ("stride", "message"),
    [
        (0, "must be a power of two ≥ 1, got 0"),
        (3, "must be a power of two ≥ 1, got 3; did you mean 2 or 4?"),
        (-2, "must be a power of two ≥ 1, got -2"),
        (2.0, "must be a power of two ≥ 1, got 2.0; did you mean 2 or 4?"),
        (True, "must be a power of two ≥ 1, got True"),
        ("4", "must be a power of two ≥ 1, got '4'"),
    ],
)
def test_a_stride_that_is_no_power_of_two_is_refused(
    cls: type, stride: object, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        cls(output_stride=stride)
    assert str(caught.value) == f"{message} @ output_stride"


@pytest.mark.parametrize("cls", with_strides("output_stride"), ids=lambda cls: cls.__name__)
def test_the_stride_of_a_head_was_never_floored(cls: type) -> None:
    (domain,) = domains_of(attrs.fields_dict(cls)["output_stride"])
    assert isinstance(domain, Domain)
    assert not domain.floors_to_power_of_two


@pytest.mark.parametrize(
    ("cls", "field", "value", "message"),
    [
        (SingleInstanceConfmapsHeadConfig, "sigma", 0, "must be a number > 0, got 0"),
        (PartAffinityFieldsHeadConfig, "sigma", -1.5, "must be a number > 0, got -1.5"),
        (CentroidsHeadConfig, "sigma", float("nan"), "must be a number > 0, got nan"),
        (ClassMapsHeadConfig, "loss_weight", -1, "must be a number ≥ 0, got -1"),
        (
            CenteredInstanceConfmapsHeadConfig,
            "offset_refinement",
            1,
            "must be true or false, got 1",
        ),
        (CentroidsHeadConfig, "anchor_part", "", "must be a non-empty string, or null, got ''"),
        (
            SingleInstanceConfmapsHeadConfig,
            "part_names",
            "abc",
            NAMES + "'abc'",
        ),
        (
            SingleInstanceConfmapsHeadConfig,
            "part_names",
            [],
            NAMES + "()",
        ),
        (
            MultiInstanceConfmapsHeadConfig,
            "part_names",
            ["a", "b", "a"],
            NAMES + "('a', 'b', 'a'); 'a' appears twice",
        ),
        (
            ClassMapsHeadConfig,
            "classes",
            [1, 2],
            NAMES + "(1, 2)",
        ),
        (
            PartAffinityFieldsHeadConfig,
            "edges",
            [["a", "b", "c"]],
            EDGES + "(('a', 'b', 'c'),)",
        ),
        (
            PartAffinityFieldsHeadConfig,
            "edges",
            [["a", "a"]],
            EDGES + "(('a', 'a'),)",
        ),
        (ClassVectorsHeadConfig, "num_fc_layers", -1, "must be an integer ≥ 0, got -1"),
        (ClassVectorsHeadConfig, "num_fc_units", 0, "must be an integer ≥ 1, got 0"),
        (ClassVectorsHeadConfig, "global_pool", None, "must be true or false, got None"),
        (
            MultiInstanceConfig,
            "confmaps",
            None,
            "must be a MultiInstanceConfmapsHeadConfig, got None",
        ),
        (
            MultiClassBottomUpConfig,
            "class_maps",
            {"classes": ["a"]},
            "must be a ClassMapsHeadConfig, got {'classes': ['a']}",
        ),
    ],
)
def test_a_value_outside_its_domain_is_refused_with_a_suggestion(
    cls: type, field: str, value: Any, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        cls(**{field: value})
    assert str(caught.value) == f"{message} @ {field}"


def test_lists_are_taken_and_kept_as_tuples() -> None:
    config = MultiInstanceConfig(
        confmaps=MultiInstanceConfmapsHeadConfig(part_names=["a", "b"]),
        pafs=PartAffinityFieldsHeadConfig(edges=[["a", "b"]]),
    )
    assert config.confmaps.part_names == ("a", "b")
    assert config.pafs.edges == (("a", "b"),)
    assert hash(config) == hash(attrs.evolve(config))


def test_a_loss_weight_of_zero_is_allowed() -> None:
    assert PartAffinityFieldsHeadConfig(loss_weight=0).loss_weight == 0


def test_an_edge_to_a_part_without_a_map_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        MultiInstanceConfig(
            confmaps=MultiInstanceConfmapsHeadConfig(part_names=["head", "thorax"]),
            pafs=PartAffinityFieldsHeadConfig(edges=[["head", "thorax"], ["thorx", "tail"]]),
        )
    assert str(caught.value) == (
        "2 faults:\n"
        "  no part 'thorx' in confmaps.part_names; did you mean 'thorax'? @ pafs.edges[1]\n"
        "  no part 'tail' in confmaps.part_names; parts: head, thorax @ pafs.edges[1]"
    )


def test_edges_of_parts_that_only_the_skeleton_will_name_are_accepted() -> None:
    config = MultiInstanceConfig(pafs=PartAffinityFieldsHeadConfig(edges=[["head", "tail"]]))
    assert config.pafs.edges == (("head", "tail"),)


def test_all_faults_of_a_file_come_at_once_with_their_paths() -> None:
    data = {
        "confmaps": {"part_names": "abc", "output_stride": 3},
        "pafs": {"edges": [["a"]], "sigma": "75", "sigm": 1},
    }
    with pytest.raises(ConfigError) as caught:
        structure(data, MultiInstanceConfig)
    assert str(caught.value) == (
        "5 faults:\n"
        "  must be a list, got 'abc' @ confmaps.part_names\n"
        "  must be a power of two ≥ 1, got 3; did you mean 2 or 4? @ confmaps.output_stride\n"
        "  PartAffinityFieldsHeadConfig has no field 'sigm'; did you mean 'sigma'? @ pafs.sigm\n"
        "  must be a list of 2, got a list of 1 @ pafs.edges[0]\n"
        "  must be a number, got '75' @ pafs.sigma"
    )


def test_the_strict_reader_names_an_edge_to_a_part_without_a_map() -> None:
    data = {"confmaps": {"part_names": ["a", "b"]}, "pafs": {"edges": [["a", "b"], ["b", "c"]]}}
    with pytest.raises(ConfigError) as caught:
        structure(data, MultiInstanceConfig)
    assert str(caught.value) == ("no part 'c' in confmaps.part_names; parts: a, b @ pafs.edges[1]")

"""The JSON Schema of the installed plugins and the strict reader refuse the same files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import poise
from poise import ConfigError, ModelConfig
from poise.errors import Fault, PluginNotInstalledWarning
from poise.json_schema.layout import text_of

EXCEPTIONS = {
    # Rules over fields with endless values, or over nested sections. Each class names its own
    # in its $comment.
    r"must leave at least one channel at every (level|stage)": "counts channels of any rate",
    r"filters and filters_rate must leave at least one channel": "counts channels of any rate",
    r"must be a stride that the backbone has": "hangs on a nested section",
    r"must be weights for this variant": "a path is one of endlessly many strings",
    r"no part '.*' in confmaps.part_names": "compares one list of names with another",
    # Cases that JSON Schema cannot distinguish or count.
    r"must be an integer, got -?\d+\.0$": "16.0 is the integer 16 to JSON Schema",
    r"must have only one (backbone|head) set, got other and vit": "neither is installed",
    r"must be a number between": "JSON's numbers have no end, those of a float do",
}
"""Start of a message of the reader → why the schema accepts the data."""


@cache
def schema() -> dict[str, Any]:
    return poise.schema(others="^(vit|other)$")


def section_of(container: str, key: str) -> Any:
    """The schema of a section: that of its member of the one-of."""
    (branch,) = (node for node in schema()["$defs"][container]["oneOf"] if node["title"] == key)
    return branch["properties"][key]


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def faults_of(data: Any) -> tuple[Fault, ...]:
    """The faults that the reader reports; empty if it accepts the data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginNotInstalledWarning)
        try:
            ModelConfig.from_data(deepcopy(data))
        except ConfigError as error:
            return error.faults
    return ()


def unexcused(fault: Fault) -> bool:
    return not any(re.match(start, fault.what) for start in EXCEPTIONS)


def agree(data: Any) -> None:
    note(json.dumps(data))
    faults = faults_of(data)
    complaints = [error.message for error in validator().iter_errors(data)]
    if not faults:
        assert not complaints, f"the reader takes it, the schema says: {complaints[0]}"
    elif not complaints:
        assert not [fault for fault in faults if unexcused(fault)]


# Nearly valid data: drawn from the schema, then spoiled in a place or two.

junk = st.sampled_from(
    [None, True, 0, -1, 1, 3, 24, 2.5, 16.0, 1e300, 10**400, "", "8", "unet", [], ["a"], ["a", "a"]]
    + [[["a", "b"]], [["a"]], [1], {}, {"a": 1}, {"filters": 8}]
).map(deepcopy)  # the drawn data is spoiled again


def drawn_from(node: Any) -> st.SearchStrategy[Any]:
    """Data that a schema allows, apart from its rules."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return st.deferred(lambda: drawn_from(schema()["$defs"][name]))
    if "anyOf" in node:
        return st.one_of(*map(drawn_from, node["anyOf"]))
    if "enum" in node:
        small = [value for value in node["enum"] if not isinstance(value, int) or value <= 64]
        return st.sampled_from(small)
    if "properties" in node:
        return st.fixed_dictionaries(
            {},
            optional={
                name: drawn_from(subschema) for name, subschema in node["properties"].items()
            },
        )
    if "type" not in node:  # the type of a field, and its domain, which is narrower
        return drawn_from(node["allOf"][-1])
    least = node.get("minimum", 0)
    paths = st.sampled_from(["some.weights.h5", "a/b", "folder/", "model.keras"])
    strings = paths if "pattern" in node else st.sampled_from(["head", "thorax", "é", "null"])
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "null": st.none(),
        "boolean": st.booleans(),
        "integer": st.integers(least, least + 5),
        "number": st.floats(0, 4, exclude_min="exclusiveMinimum" in node),
        "string": strings,
    }
    if node["type"] != "array":
        return kinds[node["type"]]
    return st.lists(
        drawn_from(node["items"]),
        min_size=node.get("minItems", 0),
        max_size=node.get("maxItems", 3),
        unique_by=repr if node.get("uniqueItems") else None,
    )


def places_of(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in plain data, with each of its keys or indices."""
    inside = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in list(inside):
        yield data, key
        if isinstance(value, dict | list):
            yield from places_of(value)


@st.composite
def models(draw: Any) -> Any:
    data: dict[str, Any] = {}
    for field, container in (("backbone", "BackboneConfig"), ("heads", "HeadsConfig")):
        members = schema()["$defs"][container]["properties"]
        key = draw(st.sampled_from(sorted(members)))
        data[field] = dict.fromkeys(draw(st.sets(st.sampled_from([*members, "vit"]), max_size=2)))
        data[field][key] = draw(drawn_from(section_of(container, key)))
    if draw(st.booleans()):
        data["edition"] = draw(st.sampled_from(["2026", "sleap-1.4"]))
    for _ in range(draw(st.integers(0, 2))):
        where, key = draw(st.sampled_from(list(places_of(data)))) if data else (data, "backbone")
        spoiling = draw(st.sampled_from(["junk", "junk", "rename", "other", "drop"]))
        if spoiling == "drop" or (spoiling == "rename" and isinstance(where, list)):
            del where[key]
        elif spoiling == "rename":
            where[draw(st.sampled_from(["other", "vit"]))] = where.pop(key)
        elif spoiling == "other" and isinstance(where, dict):
            where[draw(st.sampled_from(["vit", "other", "unet", "centroid"]))] = draw(junk)
        else:
            where[key] = draw(junk)
    return data


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=models())
def test_the_schema_refuses_what_the_reader_refuses_and_nothing_else(data: Any) -> None:
    agree(data)


SECTIONS = [
    pytest.param(field, key, id=key)
    for field, specs in (("backbone", poise.backbones), ("heads", poise.heads))
    for key in specs
]


@pytest.mark.parametrize("edition", [None, "2026"])
@pytest.mark.parametrize(("field", "key"), SECTIONS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_section_that_the_reader_takes_is_valid(
    field: str, key: str, edition: str | None, data: Any
) -> None:
    container = {"backbone": "BackboneConfig", "heads": "HeadsConfig"}[field]
    section = section_of(container, key)
    whole = {field: {key: data.draw(drawn_from(section))}}
    agree(whole if edition is None else {**whole, "edition": edition})


@pytest.mark.parametrize(("field", "key"), SECTIONS)
def test_the_default_and_every_example_of_a_plugin_is_valid(field: str, key: str) -> None:
    spec = (poise.backbones if field == "backbone" else poise.heads)[key]
    for section in (spec.config(), *spec.examples.values()):
        data = ModelConfig(**{field: section}).to_data()
        assert [error.message for error in validator().iter_errors(data)] == []
        alone = Draft202012Validator(poise.schema(key))
        assert alone.is_valid(data[field][key])


def test_every_model_section_that_sleap_wrote_is_valid(shared: Path) -> None:
    files = sorted((shared / "sleap").rglob("training_config.json"))
    assert files
    for file in files:
        data = poise.read_sleap(file).config.to_data()
        assert [error.message for error in validator().iter_errors(data)] == [], file


def test_the_schema_is_valid_json_schema_and_so_is_that_of_each_section() -> None:
    Draft202012Validator.check_schema(schema())
    for case in SECTIONS:
        Draft202012Validator.check_schema(poise.schema(case.values[1]))


def test_every_class_and_every_field_is_described() -> None:
    for name, node in schema()["$defs"].items():
        assert node["title"], name
        assert node["description"], name
        for field, subschema in node["properties"].items():
            assert subschema.get("description"), f"{name}.{field}"


def test_the_schema_of_a_section_is_short_enough_to_be_read() -> None:
    assert len(text_of(poise.schema("unet")).splitlines()) < 200


def test_the_encoders_that_are_installed_are_those_that_may_be_named() -> None:
    encoder = poise.schema("pretrained_encoder")["properties"]["encoder"]

    assert set(poise.encoders) <= set(encoder["enum"])
    assert "efficientnetb0" in encoder["enum"]


def test_what_is_left_to_the_reader_is_what_each_class_says() -> None:
    left = {
        rule
        for node in schema()["$defs"].values()
        if "$comment" in node
        for rule in node["$comment"].removeprefix("Left to the reader: ").split("; ")
    }

    assert left == {
        "two backbones of which neither is installed",
        "two heads of which neither is installed",
        "decoder_filters_rate must leave at least one channel at every stage",
        "filter_increase must leave at least one channel at every level",
        "filters_rate must leave at least one channel at every level",
        "output_stride must be a stride that the backbone has",
        "pafs edges join parts of confmaps.part_names",
        "upsampling filters and filters_rate must leave at least one channel at every step",
        "weights must be weights for this variant",
    }


@pytest.mark.parametrize("exception", EXCEPTIONS)
def test_every_listed_exception_is_needed(exception: str) -> None:
    data = EXAMPLES[exception]

    assert [fault for fault in faults_of(data) if re.match(exception, fault.what)]
    assert validator().is_valid(data)


EXAMPLES: dict[str, Any] = {
    r"must leave at least one channel at every (level|stage)": {
        "backbone": {"unet": {"filters": 1, "filters_rate": 0.5}}
    },
    r"filters and filters_rate must leave at least one channel": {
        "backbone": {"resnet": {"upsampling": {"filters": 1, "filters_rate": 0.1}}}
    },
    r"must be a stride that the backbone has": {
        "backbone": {"resnet": {"max_stride": 8, "output_stride": 16}},
        "edition": "2026",
    },
    r"must be weights for this variant": {
        "backbone": {"keras_cv": {"variant": "resnet18", "weights": "resnet50_imagenet"}}
    },
    r"no part '.*' in confmaps.part_names": {
        "heads": {
            "multi_instance": {"confmaps": {"part_names": ["a"]}, "pafs": {"edges": [["a", "b"]]}}
        },
        "edition": "2026",
    },
    r"must be an integer, got -?\d+\.0$": {"backbone": {"unet": {"max_stride": 16.0}}},
    r"must have only one (backbone|head) set, got other and vit": {
        "backbone": {"other": {}, "vit": {}}
    },
    r"must be a number between": {"backbone": {"unet": {"filters_rate": 10**400}}},
}


def test_making_the_schema_of_all_plugins_imports_no_keras() -> None:
    code = "import sys, poise; poise.schema(); assert not {'keras', 'h5py'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr

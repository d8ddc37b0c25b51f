"""Every field of every installed configuration class survives writing and reading.

Values come from the domains that the fields declare. The tests cover a new plugin, or a new
field, without a change here.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

import attrs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import poise
from poise import ConfigError, ModelConfig, editions
from poise.fields import Domain, domains_of

# Few, so edges often join existing parts; and strings that YAML tends to misread.
NAMES = st.sampled_from(["head", "tail", "no", "1e-4", "null", "left: paw #1", " é\n", "//", "~"])

Path = tuple[str, ...]


def values_of(field: Any) -> st.SearchStrategy[Any]:
    """Values in the domain of a field, nested configurations included."""
    classes = [cls for cls in members(field.type) if attrs.has(cls)]
    if classes:
        nested = configs(classes[0])
        return st.none() | nested if type(None) in members(field.type) else nested
    domains = [domain for domain in domains_of(field) if isinstance(domain, Domain)]
    assert domains, f"{field.name} must declare a domain, got none"
    return from_schema(domains[0].as_schema())


def members(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def from_schema(schema: Any) -> st.SearchStrategy[Any]:
    if "anyOf" in schema:
        return st.one_of(*map(from_schema, schema["anyOf"]))
    if "enum" in schema:
        small = [value for value in schema["enum"] if not isinstance(value, int) or value <= 64]
        return st.sampled_from(small)
    least, least_size = schema.get("minimum", 0), schema.get("minItems", 0)
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "null": st.none(),
        "boolean": st.booleans(),
        "integer": st.integers(least, least + 9),
        "number": st.floats(0, 100, exclude_min="exclusiveMinimum" in schema),
        "string": NAMES,
    }
    if schema["type"] != "array":
        return kinds[schema["type"]]
    largest = schema.get("maxItems", 5)
    items = st.lists(
        from_schema(schema["items"]),
        min_size=least_size,
        max_size=largest,
        unique=schema.get("uniqueItems", False),
    )
    return items.map(tuple)


@st.composite
def configs(draw: Any, cls: type) -> Any:
    """An instance with as many fields changed from their defaults as the rules allow."""
    config = cls()
    fields = draw(st.permutations(attrs.fields(attrs.resolve_types(cls))))
    drawn = {field.name: draw(values_of(field)) for field in fields}
    for _ in range(2):  # another field may now allow a value that a rule refused before
        for name, value in drawn.items():
            try:
                config = attrs.evolve(config, **{name: value})
            except ConfigError:
                continue
    return config


def leaves(cls: type) -> Iterator[Path]:
    for field in attrs.fields(attrs.resolve_types(cls)):
        nested = [cls for cls in members(field.type) if attrs.has(cls)]
        if nested:
            yield from ((field.name, *path) for path in leaves(nested[0]))
        else:
            yield (field.name,)


def get(config: Any, path: Path) -> Any:
    for name in path:
        config = None if config is None else getattr(config, name)
    return config


def plain(value: Any) -> Any:
    return [plain(item) for item in value] if isinstance(value, tuple) else value


CASES = [
    pytest.param(member, spec, path, id=f"{spec.key}.{'.'.join(path)}")
    for member, specs in (("backbone", poise.backbones), ("heads", poise.heads))
    for spec in specs.values()
    for path in leaves(spec.config)
]


@pytest.mark.parametrize("edition", editions.EDITIONS)
@pytest.mark.parametrize(("member", "spec", "path"), CASES)
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_field_survives_json_and_yaml(member, spec, path, edition, data):
    with editions.edition(edition):
        section = data.draw(configs(spec.config))
    value = get(section, path)
    assume(value != get(spec.config(), path))

    config = ModelConfig(**{member: section}, edition=edition)
    in_file = json.loads(config.to_json())[member][spec.key]
    for name in path:
        in_file = in_file[name]

    assert in_file == plain(value)
    for read in (
        ModelConfig.from_json(config.to_json()),
        ModelConfig.from_yaml(config.to_yaml()),
        ModelConfig.from_data(config.to_data()),
    ):
        assert get(getattr(read, member).which_oneof(), path) == value
        assert read == config
        assert read.to_json() == config.to_json() or has_integer_for_a_float(config, read)


def has_integer_for_a_float(config: ModelConfig, read: ModelConfig) -> bool:
    # SLEAP's own default of filters_rate is the integer 2; read again it is 2.0.
    return json.loads(config.to_json()) == json.loads(read.to_json())


def test_the_documented_plugins_are_among_those_that_are_checked():
    keys = {case.values[1].key for case in CASES}

    assert {"unet", "single_instance", "multi_instance", "multi_class_topdown"} <= keys
    assert len(CASES) > 50

"""JSON Schema of configurations, for completion in editors and checks in other programs.

Poise makes the schema from the installed plugins: fields, types and defaults of their classes,
descriptions from the docstrings, domains of the validators. It refuses what the strict reader
refuses, except what JSON Schema cannot express; each class lists that in its ``$comment``.
"""

from __future__ import annotations

import json
import re
from typing import Any

from poise import registry as registries
from poise.config import BackboneConfig, HeadsConfig, ModelConfig
from poise.editions import DOCUMENTED, EDITIONS, SLEAP, Edition
from poise.errors import PluginError, PoiseError
from poise.fields.descriptions import meanings_of, paragraphs_of
from poise.json_schema.classes import Classes, sentence
from poise.messages import argument_path, short_repr
from poise.registry import Registry, documented, using
from poise.registry.discovery import BACKBONE, ENCODER, HEAD, Kind
from poise.registry.naming import an

__all__ = ["DIALECT", "schema", "schema_and_failures"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The dialect of JSON Schema; the value of ``$schema``."""

_CONTAINERS: dict[str, type[BackboneConfig | HeadsConfig]] = {
    "backbone": BackboneConfig,
    "heads": HeadsConfig,
}

Node = dict[str, Any]

_CONFIG = "the configuration class"


def schema(
    key: str | None = None,
    kind: str | None = None,
    *,
    others: str | None = None,
    registry: Registry | None = None,
) -> dict[str, Any]:
    """JSON Schema (2020-12) of a model's configuration with every installed key.

    The schema has no ``$id``: one name cannot stand for schemas that differ by installation.

    Args:
        key: a backbone or head, as ``"unet"``, for the schema of its section alone; ``None``
            for the whole ``ModelConfig``.
        kind: ``"backbone"`` or ``"head"``, if plugins of both kinds have the key.
        others: a regular expression of further keys that a model may have, of plugins that are
            not installed, as ``"^lab_"``; sections of them are not checked. By default a model
            may have the keys of installed plugins and of first-party ones, so that an editor
            underlines a typo.
        registry: the registry of plugins; by default the one in force.

    Returns:
        Plain data, the same for the same installation. The schema of a single section allows
        what either edition allows. Strides are listed up to 1024.

    Raises:
        UnknownKeyError: no plugin provides the key.
        PluginError: its plugin is broken; the message names cause and fix.
        PoiseError: the key is that of an encoder or another plugin without a section, or
            plugins of several kinds have it.
    """
    with using(registry):
        return schema_and_failures(key, kind, others)[0]


def schema_and_failures(
    key: str | None = None, kind: str | None = None, others: str | None = None
) -> tuple[dict[str, Any], tuple[PluginError, ...]]:
    """The same, and why plugins have no schema of their own in it. Raises as ``schema`` does."""
    _check_pattern(others)
    if key is None:
        failures: list[PluginError] = []
        return {"$schema": DIALECT, **_model(failures, others)}, tuple(failures)
    return {"$schema": DIALECT, **_section(key, kind)}, ()


def _check_pattern(others: str | None) -> None:
    try:
        re.compile(others or "")
    except re.error as error:
        what = f"must be a regular expression, got {short_repr(others)} ({error})"
        raise PoiseError(f"{argument_path('others')} {what}") from None


def _section(key: str, kind: str | None) -> Node:
    kind_of_key, name = registries.find(f"{kind}:{key}" if kind else key)
    if kind_of_key not in (BACKBONE, HEAD):
        what = f"{name!r} is {an(kind_of_key.name)}, which has no section"
        is_named = kind_of_key == ENCODER
        fix = "a field holds its name" if is_named else f"poise show {name} has its options"
        raise PoiseError(f"{what}; {fix}")
    cls = registries.default().spec_of_section(kind_of_key, name).config
    with _owner(kind_of_key, name).named(_CONFIG):
        classes = Classes()
        return _as_json({**classes.of(cls, ""), **_definitions(classes)})


def _owner(kind: Kind, key: str) -> registries.Owner:
    return registries.Owner.of_key(registries.default().claimants(kind, key)[0])


def _as_json(node: Node) -> Node:
    """A node that JSON can hold, which a default of a plugin's might not be."""
    json.dumps(node)
    return node


def _definitions(classes: Classes) -> Node:
    return {"$defs": dict(sorted(classes.definitions.items()))} if classes.definitions else {}


def _model(failures: list[PluginError], others: str | None) -> Node:
    classes = Classes()
    meanings = {name: sentence(text) for name, text in meanings_of(ModelConfig).items()}
    own: dict[Edition, Node] = {edition: {} for edition in EDITIONS}
    properties: Node = {}
    for name, container in _CONTAINERS.items():
        classes.definitions[container.__name__] = _container(
            container, name, classes, own, failures, others
        )
        properties[name] = {
            "title": f"ModelConfig.{name}",
            "description": meanings[name],
            "$ref": f"#/$defs/{container.__name__}",
            "default": {},
        }
    properties["base_checkpoint"] = {
        "title": "ModelConfig.base_checkpoint",
        "description": meanings["base_checkpoint"],
        "type": ["string", "null"],
        "default": None,
    }
    properties["edition"] = {
        "title": "ModelConfig.edition",
        "description": meanings["edition"],
        "enum": [DOCUMENTED, SLEAP],
        "default": DOCUMENTED,  # of all files but those in the form of SLEAP's
    }
    properties["$schema"] = {
        "title": "ModelConfig.schema",
        "description": meanings["schema"],
        "type": "string",
    }
    whole: Node = {
        "title": "ModelConfig",
        "description": "\n\n".join(paragraphs_of(ModelConfig)),
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    rules = [
        {"if": _means(edition), "then": {"properties": sections}}
        for edition, sections in own.items()
        if sections
    ]
    return {**whole, **({"allOf": rules} if rules else {}), **_definitions(classes)}


def _means(edition: Edition) -> Node:
    """A schema of files of an edition; without the key, the form of the file decides."""
    keys: Node = {
        name: {"required": sorted(documented.first_keys(container.kind.name))}
        for name, container in _CONTAINERS.items()
    }
    sleaps: Node = {"properties": keys, "required": list(keys)}
    return {
        "if": {"required": ["edition"]},
        "then": {"properties": {"edition": {"const": edition}}},
        "else": sleaps if edition == SLEAP else {"not": sleaps},
    }


def _container(
    container: type[BackboneConfig | HeadsConfig],
    name: str,
    classes: Classes,
    own: dict[Edition, Node],
    failures: list[PluginError],
    others: str | None,
) -> Node:
    """A one-of container: SLEAP's keys first, then those of other plugins."""
    kind = container.kind
    registries.default().prepare(kind.name)
    installed = registries.default().keys(kind)
    first = documented.keys(kind.name)
    properties: Node = {}
    members: list[Node] = []
    for key in [*first, *(key for key in installed if key not in first)]:
        properties[key], section = _member(kind, key, classes, failures)
        if section is not None:
            members.append(_alone(key, section))
        for edition in EDITIONS:
            rules = classes.rules_of_edition(f"{kind.name}.{key}", edition)
            if rules:
                sections = own[edition].setdefault(name, {"properties": {}})
                sections["properties"][key] = rules
    more: Node = {}
    if others is not None:
        # Poise keeps a section whose plugin is not installed, and warns on reading it.
        more["patternProperties"] = {others: {"type": ["object", "null"]}}
        more["$comment"] = f"Left to the reader: two {kind.name}s of which neither is installed"
        members.append(_other(kind, properties))
    return {
        "title": container.__name__,
        "description": "\n\n".join(paragraphs_of(container)),
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "oneOf": [{"title": f"no {kind.name}", "additionalProperties": _NULL}, *members],
        **more,
    }


_NULL: Node = {"type": "null"}


def _alone(key: str, section: Node) -> Node:
    """A container with one member set, and null for each other key that it has."""
    return {
        "title": key,
        "properties": {key: section},
        "required": [key],
        "additionalProperties": _NULL,
    }


def _other(kind: Kind, properties: Node) -> Node:
    """A container with a member set whose plugin is not installed."""
    return {
        "title": f"a {kind.name} that is not installed",
        "properties": dict.fromkeys(properties, _NULL),
        "not": {"additionalProperties": _NULL},
    }


def _member(
    kind: Kind, key: str, classes: Classes, failures: list[PluginError]
) -> tuple[Node, Node | None]:
    """What is said of a key, and the schema of its section; ``None`` if it cannot be used."""
    plugins = registries.default()
    if key not in plugins.keys(kind):
        return {"description": f"Not checked: {plugins.unknown(kind, key)}."}, {"type": "object"}
    try:
        return _of_plugin(kind, key, classes)
    except PluginError as error:
        if plugins.policy.strict:
            raise
        failures.append(error)
        return {"description": f"Cannot be used: {error.one_line()}", **_NULL}, None


def _of_plugin(kind: Kind, key: str, classes: Classes) -> tuple[Node, Node]:
    spec = registries.default().spec_of_section(kind, key)
    node = {"title": f"{kind.name} {key}", "description": spec.summary}
    own = Classes()  # nothing of a class that fails half-way gets into the whole
    with _owner(kind, key).named(_CONFIG):
        reference = own.reference(spec.config, f"{kind.name}.{key}")
        _as_json(own.definitions)
    classes.absorb(own)
    return {name: text for name, text in node.items() if text}, reference

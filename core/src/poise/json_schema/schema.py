"""JSON Schema of configurations: what editors complete, and other programs check.

Made of what is installed, as everything else that looks at configurations: fields, types
and defaults of the plugins' classes, the descriptions of their docstrings, the domains of
their validators. It refuses what the strict reader refuses, except what JSON Schema cannot
say: each class names that in its ``$comment``.
"""

from __future__ import annotations

from typing import Any

from poise import registry
from poise.config import BackboneConfig, HeadsConfig, ModelConfig
from poise.editions import DOCUMENTED, EDITIONS, SLEAP, Edition
from poise.errors import PluginError, PoiseError
from poise.fields.descriptions import meanings_of, paragraphs_of
from poise.json_schema.classes import Classes, sentence
from poise.registry import documented
from poise.registry.discovery import ENCODER, Kind

__all__ = ["DIALECT", "schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The JSON Schema that is written; the value of ``$schema``."""

_CONTAINERS: dict[str, type[BackboneConfig | HeadsConfig]] = {
    "backbone": BackboneConfig,
    "heads": HeadsConfig,
}

Node = dict[str, Any]


def schema(key: str | None = None, kind: str | None = None) -> dict[str, Any]:
    """JSON Schema (2020-12) of a model's configuration with every installed key.

    No ``$id`` is written: it would be one name for what differs with each installation.

    Args:
        key: a backbone or head whose section alone is wanted, as ``"unet"``; ``None`` for the
            whole ``ModelConfig``.
        kind: ``"backbone"`` or ``"head"``, where plugins of both kinds have the key.

    Returns:
        Plain data, the same for the same installation. A section alone is of both editions,
        so that what one of them allows is allowed.

    Raises:
        UnknownKeyError: nobody provides the key.
        PluginError: its plugin is broken, with cause and fix.
        PoiseError: the key is an encoder's, or one of plugins of several kinds.
    """
    if key is None:
        return {"$schema": DIALECT, **_model()}
    found, name = registry.find(f"{kind}:{key}" if kind else key)
    if found is ENCODER:
        raise PoiseError(f"{name!r} is an encoder: it has no section, its name is a field's value")
    classes = Classes()
    cls = registry.default().spec_of_section(found, name).config
    return {"$schema": DIALECT, **classes.of(cls, ""), **_definitions(classes)}


def _definitions(classes: Classes) -> Node:
    return {"$defs": dict(sorted(classes.definitions.items()))} if classes.definitions else {}


def _model() -> Node:
    classes = Classes()
    meanings = {name: sentence(text) for name, text in meanings_of(ModelConfig).items()}
    own: dict[Edition, Node] = {edition: {} for edition in EDITIONS}
    properties: Node = {}
    for name, container in _CONTAINERS.items():
        classes.definitions[container.__name__] = _container(container, name, classes, own)
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
        "default": SLEAP,  # of a file; in Python it is the other one
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
    """What a file says that means an edition; absent, it is SLEAP's."""
    node: Node = {"properties": {"edition": {"const": edition}}}
    return node if edition == SLEAP else {**node, "required": ["edition"]}


def _container(
    container: type[BackboneConfig | HeadsConfig],
    name: str,
    classes: Classes,
    own: dict[Edition, Node],
) -> Node:
    """A one-of container: SLEAP's keys first, then those of other plugins, then any other."""
    kind = container.kind
    installed = registry.default().keys(kind)
    first = documented.keys(kind.name)
    keys = [*first, *(key for key in installed if key not in first)]
    properties: Node = {}
    for key in keys:
        properties[key] = _member(kind, key, classes)
        for edition in EDITIONS:
            rules = classes.rules_of_edition(f"{kind.name}.{key}", edition)
            if rules:
                sections = own[edition].setdefault(name, {"properties": {}})
                sections["properties"][key] = rules
    alone = [
        {
            "if": {"properties": {key: {"type": "object"}}, "required": [key]},
            "then": {"properties": {key: True}, "additionalProperties": {"type": "null"}},
        }
        for key in keys
    ]
    return {
        "title": container.__name__,
        "description": "\n\n".join(paragraphs_of(container)),
        "type": "object",
        "properties": properties,
        # A section whose plugin is not installed here is kept; reading it warns.
        "additionalProperties": {"type": ["object", "null"]},
        **({"allOf": alone} if alone else {}),
        "$comment": f"Left to the reader: two {kind.name}s that are both not installed",
    }


def _member(kind: Kind, key: str, classes: Classes) -> Node:
    every = registry.default()
    if key not in every.keys(kind):
        missing = every.unknown(kind, key)
        return {"description": f"Not checked: {missing}.", "type": ["object", "null"]}
    try:
        spec = every.spec_of_section(kind, key)
    except PluginError as error:
        if every.policy.strict:
            raise
        return {"description": f"Cannot be used: {error.one_line()}", "type": "null"}
    node = {"title": f"{kind.name} {key}", "description": spec.summary}
    reference = classes.reference(spec.config, f"{kind.name}.{key}")
    return {
        **{name: text for name, text in node.items() if text},
        "anyOf": [reference, {"type": "null"}],
        "default": None,
    }

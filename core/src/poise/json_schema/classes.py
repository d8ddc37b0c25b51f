"""JSON Schema of a configuration class: its fields, and the classes nested in it."""

from __future__ import annotations

import enum
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union
from urllib.parse import quote

import attrs

from poise.editions import EDITIONS, Edition, edition
from poise.fields import Domain, Rule, domains_of, to_edges, to_tuple
from poise.fields.descriptions import REQUIRED, default_of, hints_of, meanings_of, paragraphs_of
from poise.json_schema.rules import merged, schemas_of

Node = dict[str, Any]

_SCALARS: dict[Any, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    type(None): "null",
    None: "null",
}


class Classes:
    """Makes the schemas of configuration classes and collects those of nested classes.

    Attributes:
        definitions: name → schema, for ``$defs``.
    """

    def __init__(self) -> None:
        self.definitions: dict[str, Node] = {}
        self._names: dict[tuple[str, type], str] = {}
        self._own: dict[str, dict[Edition, Node]] = {}

    def reference(self, cls: type, path: str) -> Node:
        """A reference to the schema of a class, which is made on first use.

        Args:
            cls: the class.
            path: the name of its definition, as ``backbone.resnet.upsampling``.
        """
        section = ".".join(path.split(".")[:2])
        name = self._names.setdefault((section, cls), path)
        if name not in self.definitions:
            self.definitions[name] = {}  # the class may refer to itself
            self.definitions[name] = self.of(cls, name)
        return {"$ref": f"#/$defs/{_in_pointer(name)}"}

    def absorb(self, others: Classes) -> None:
        """Take over the schemas that were made apart, of classes of another plugin."""
        self.definitions |= others.definitions
        self._names |= others._names
        self._own |= others._own

    def of(self, cls: type, path: str) -> Node:
        """The schema of a class.

        Args:
            cls: a class made with attrs, with annotated fields.
            path: the name of its definition; names of nested classes begin with it.
        """
        hints, meanings = hints_of(cls), meanings_of(cls)
        fields = {field.name: field for field in attrs.fields(cls) if field.init}
        properties: Node = {}
        values: dict[str, Node] = {}
        for name, field in fields.items():
            hint = hints.get(name, Any)
            values[name] = self._values(hint, field, f"{path}.{name}" if path else name)
            properties[name] = self._described(cls, field, values[name], meanings.get(name, ""))
        shared, left = self._rules(cls, fields, values, path)
        required = [name for name, field in fields.items() if field.default is attrs.NOTHING]
        node: Node = {
            "title": cls.__name__,
            "description": "\n\n".join(paragraphs_of(cls)),
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            "required": required,
            "allOf": merged(shared),
            "$comment": f"Left to the reader: {'; '.join(left)}" if left else "",
        }
        return {key: value for key, value in node.items() if value or value is False}

    def rules_of_edition(self, path: str, edition: Edition) -> Node:
        """A schema of what only one edition refuses, in addition to the schema of the class."""
        own = self._own.get(path, {}).get(edition, {})
        inner = {
            name.removeprefix(f"{path}."): self.rules_of_edition(name, edition)
            for name in sorted(self._own)
            if name.startswith(f"{path}.") and "." not in name.removeprefix(f"{path}.")
        }
        nested = {name: node for name, node in inner.items() if node}
        return {**own, **({"properties": nested} if nested else {})}

    def _described(self, cls: type, field: Any, values: Node, meaning: str) -> Node:
        rules = [f"{item.text}." for item in domains_of(field) if isinstance(item, Rule)]
        node = {
            "title": f"{cls.__name__}.{field.name}",
            "description": " ".join(sentence(text) for text in (meaning, *rules) if text),
        }
        default = default_of(field)
        if default is not REQUIRED and not _depends(field):
            node["default"] = default
        return {**{key: value for key, value in node.items() if value != ""}, **values}

    def _values(self, hint: Any, field: Any, path: str) -> Node:
        node = self._of_type(hint, path)
        if field.converter not in (None, to_tuple, to_edges):
            return node  # validators see the converted value
        for domain in domains_of(field):
            if isinstance(domain, Domain):
                node = _both(node, domain.as_schema())
        return node

    def _rules(
        self, cls: type, fields: Mapping[str, Any], values: Mapping[str, Node], path: str
    ) -> tuple[list[Node], list[str]]:
        """What both editions refuse over several fields, and the rules that no schema expresses."""
        refused: dict[Edition, list[Node]] = {name: [] for name in EDITIONS}
        left: list[str] = []
        for name, field in fields.items():
            for rule in domains_of(field):
                if not isinstance(rule, Rule):
                    continue
                for in_force, nodes in refused.items():
                    with edition(in_force):
                        schemas = schemas_of(rule, name, cls, values)
                    if schemas is not None:
                        nodes += [node for node in schemas if node not in nodes]
                    elif (text := f"{name} {rule.text}") not in left:
                        left.append(text)
        first, *others = refused.values()
        shared = [node for node in first if all(node in other for other in others)]
        for in_force, nodes in refused.items():
            own = [node for node in nodes if node not in shared]
            if own:
                self._own.setdefault(path, {})[in_force] = {"allOf": merged(own)}
        return shared, left

    def _of_type(self, hint: Any, path: str) -> Node:
        if hint in _SCALARS:
            return {"type": _SCALARS[hint]}
        origin, inner = typing.get_origin(hint), typing.get_args(hint)
        if origin in (Union, types.UnionType):
            return {"anyOf": [self._of_type(member, path) for member in inner]}
        if origin is Literal:
            return {"enum": list(inner)}
        if hint in (tuple, list) or origin in (tuple, list, Sequence):
            return self._of_list(origin or hint, inner, path)
        if hint is dict or origin in (dict, Mapping):
            of = self._of_type(inner[1] if inner else Any, path)
            return {"type": "object", **({"additionalProperties": of} if of else {})}
        if isinstance(hint, type) and attrs.has(hint):
            return self.reference(hint, path)
        if isinstance(hint, type) and issubclass(hint, enum.Enum):
            return {"enum": [member.value for member in hint]}
        return {}  # a type that a plugin registered with the converter

    def _of_list(self, origin: Any, inner: tuple[Any, ...], path: str) -> Node:
        items = [self._of_type(item, path) for item in inner if item is not ...]
        if origin is not tuple or ... in inner or not inner:
            return {"type": "array", **({"items": items[0]} if items and items[0] else {})}
        size = {"minItems": len(items), "maxItems": len(items)}
        if all(item == items[0] for item in items):
            return {"type": "array", "items": items[0], **size}
        return {"type": "array", "prefixItems": items, **size}


def sentence(text: str) -> str:
    """A field's docstring as a sentence for readers of JSON."""
    return re.sub(r"\bNone\b", "null", f"{text[:1].upper()}{text[1:]}")


def _both(node: Node, other: Node) -> Node:
    """The shortest schema of what both schemas allow."""
    if not node or node == other:
        return other
    if other == {"type": "object"} and "$ref" in node:
        return node  # a nested section is an instance of its class
    if _nullable(node) and _nullable(other):
        return {"anyOf": [_both(node["anyOf"][0], other["anyOf"][0]), {"type": "null"}]}
    if set(node) == {"type"} and "enum" in other:
        return {**other, "enum": [value for value in other["enum"] if _is(value, node["type"])]}
    merged = dict(node)
    for key, value in other.items():
        if key not in merged:
            merged[key] = value
        elif key == "items":
            merged[key] = _both(merged[key], value)
        elif key == "type" and {merged[key], value} == {"integer", "number"}:
            merged[key] = "integer"
        elif merged[key] != value:
            return {"allOf": [node, other]}
    return merged


def _nullable(node: Node) -> bool:
    return (
        set(node) == {"anyOf"} and len(node["anyOf"]) == 2 and node["anyOf"][1] == {"type": "null"}
    )


def _is(value: Any, name: str) -> bool:
    if name == "number":
        return type(value) in (int, float)
    return any(type(value) is kind for kind, called in _SCALARS.items() if called == name)


def _depends(field: Any) -> bool:
    return isinstance(field.default, attrs.Factory) and field.default.takes_self  # type: ignore[arg-type]


def _in_pointer(name: str) -> str:
    return quote(name.replace("~", "~0").replace("/", "~1"), safe="~")

"""Express rules over several fields as JSON Schema.

A rule is a function. If each field that it reads has a list of values, Poise evaluates the rule
for all combinations of these values and writes the results down. The schema therefore always
agrees with the rule, even with that of a third-party plugin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, product
from typing import Any

import attrs

from poise.fields import Rule

Node = dict[str, Any]

MAX_EVALUATIONS = 50_000
"""Most evaluations of one rule. A rule that needs more is left to the reader."""

_Allowed = tuple[bool, ...]


def schemas_of(rule: Rule, name: str, cls: type, nodes: Mapping[str, Node]) -> list[Node] | None:
    """Schemas of an object of ``cls`` that together refuse what the rule refuses.

    Args:
        rule: the rule.
        name: the field that the rule validates.
        cls: the configuration class.
        nodes: field → schema of its values.

    Returns:
        The schemas; ``None`` if the rule reads a field without a list of values.
    """
    listed = [(value, {"const": value}) for value in _values(nodes[name]) or ()]
    cases = list(rule.cases) or listed
    if not cases:
        return None
    try:
        default = _default(cls, name)
        absent = [] if default is attrs.NOTHING else [default]
        names, answers = _evaluated(
            rule, name, cls, [*(value for value, _ in cases), *absent], nodes
        )
    except (Exception, _Unlisted):  # noqa: BLE001 - a plugin's rule may raise anything
        return None
    schemas: list[Node] = []
    for combination, rows in groupby(answers.items(), key=lambda item: item[0][:-1]):
        alike: dict[_Allowed, list[Any]] = {}
        for row, allowed in rows:
            alike.setdefault(allowed, []).extend(row[-1:])
        for allowed, values in alike.items():
            if all(allowed):
                continue
            then: Node = {"properties": {name: _only(cases, allowed[: len(cases)])}}
            if absent and not allowed[-1]:
                then["required"] = [name]
            conditions = [(read, [value]) for read, value in zip(names, combination, strict=False)]
            if names:
                conditions.append((names[-1], values))
            schemas.append(_if(conditions, cls, nodes, then))
    return schemas


def merged(schemas: Sequence[Node]) -> list[Node]:
    """The same schemas, with one node for all that hold under the same condition."""
    result: list[Node] = []
    for schema in schemas:
        same = [node for node in result if "if" in node and node["if"] == schema.get("if")]
        if same and not same[0]["then"]["properties"].keys() & schema["then"]["properties"].keys():
            same[0]["then"] = _both_of(same[0]["then"], schema["then"])
        else:
            result.append(dict(schema))
    return result


def _both_of(node: Node, other: Node) -> Node:
    """A schema of what two allow that have something to say of different fields."""
    both: Node = {"properties": {**node["properties"], **other["properties"]}}
    required = [*node.get("required", ()), *other.get("required", ())]
    return {**both, **({"required": required} if required else {})}


class _Unlisted(BaseException):
    """A rule reads a field without a list of values. ``except Exception`` cannot catch this."""


class _Reads(BaseException):
    """A rule reads one more field."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Probe:
    """A configuration with values for some fields."""

    def __init__(self, cls: type, values: Mapping[str, Any]) -> None:
        self._cls, self._values = cls, values

    def __getattr__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        if name in attrs.fields_dict(self._cls):
            raise _Reads(name)
        member = getattr(self._cls, name)  # methods and properties that a rule may use
        return member.__get__(self) if hasattr(member, "__get__") else member


def _evaluated(
    rule: Rule, name: str, cls: type, own: Sequence[Any], nodes: Mapping[str, Node]
) -> tuple[list[str], dict[tuple[Any, ...], _Allowed]]:
    """The fields that a rule reads, and which of ``own`` it allows for each of their values."""
    names: list[str] = []
    lists: list[Sequence[Any]] = []
    while True:
        evaluations = len(own)
        for values in lists:
            evaluations *= len(values)
        if evaluations > MAX_EVALUATIONS:
            raise _Unlisted
        try:
            answers = {}
            for combination in product(*lists):
                others = dict(zip(names, combination, strict=True))
                answers[combination] = tuple(
                    bool(rule.holds(_Probe(cls, {**others, name: value}), value)) for value in own
                )
            return names, answers
        except _Reads as read:
            choices = _values(nodes[read.name])
            default = _default(cls, read.name)
            if not choices or (default is not attrs.NOTHING and default not in choices):
                raise _Unlisted from None
            names.append(read.name)
            lists.append(choices)


def _values(node: Node) -> list[Any] | None:
    """Every value that a schema allows, if it lists them."""
    if set(node) == {"anyOf"}:
        union: list[Any] = []
        for member in node["anyOf"]:
            values = _values(member)
            if values is None:
                return None
            union += values
        return union
    if "enum" in node:
        return list(node["enum"])
    short: dict[str, list[Any]] = {"boolean": [False, True], "null": [None]}
    types = node.get("type", "")
    several = [short.get(name) for name in ([types] if isinstance(types, str) else types)]
    return None if None in several else [value for values in several for value in values or ()]


def _default(cls: type, name: str) -> Any:
    default: Any = attrs.fields_dict(cls)[name].default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        if default.takes_self:
            raise _Unlisted
        return default.factory()
    return default


def _only(cases: Sequence[tuple[Any, Mapping[str, Any]]], allowed: _Allowed) -> Node | bool:
    """A schema of the values that remain, given that they are in the field's domain."""
    left = [case for case, allow in zip(cases, allowed, strict=True) if allow]
    gone = [case for case, allow in zip(cases, allowed, strict=True) if not allow]
    if not left:
        return False
    if any(set(node) != {"const"} for _, node in cases):
        nodes = [dict(node) for _, node in left]
        return nodes[0] if len(nodes) == 1 else {"anyOf": nodes}
    numbers = [value for value, _ in left if type(value) in (int, float)]
    lost = [value for value, _ in gone]
    if numbers and all(type(value) in (int, float) for value in lost):
        # For a range of numbers, one bound is enough.
        if not lost or min(lost) > max(numbers):
            return {"maximum": max(numbers)} if lost else True
        if max(lost) < min(numbers):
            return {"minimum": min(numbers)}
    return {"enum": [value for value, _ in left]}


def _if(
    conditions: Sequence[tuple[str, Sequence[Any]]],
    cls: type,
    nodes: Mapping[str, Node],
    then: Node,
) -> Node:
    if not conditions:
        return then
    condition: Node = {
        "properties": {name: _among(values, nodes[name]) for name, values in conditions}
    }
    # An absent field has its default, and `properties` ignores absent fields.
    required = [name for name, values in conditions if _default(cls, name) not in values]
    if required:
        condition["required"] = required
    return {"if": condition, "then": then}


def _among(values: Sequence[Any], node: Node) -> Node:
    """A schema of ``values``, which are among those that ``node`` lists."""
    others = [value for value in _values(node) or () if value not in values]
    if len(others) < len(values):
        return {"not": _among_few(others)} if others else {}
    return _among_few(values)


def _among_few(values: Sequence[Any]) -> Node:
    return {"const": values[0]} if len(values) == 1 else {"enum": list(values)}

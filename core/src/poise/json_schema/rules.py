"""What a rule over several fields refuses, as JSON Schema.

A rule is a function. If the fields that it reads have a list of values each, it can be asked
about all of their combinations, and what it answered can be written down. The schema then
says what the rule says, whoever wrote it, and cannot drift away from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, product
from typing import Any

import attrs

from poise.fields import Rule

Node = dict[str, Any]

MOST_QUESTIONS = 50_000
"""A rule that would have to be asked more is left to the reader."""

_Allowed = tuple[bool, ...]


def says(rule: Rule, name: str, cls: type, nodes: Mapping[str, Node]) -> list[Node] | None:
    """Schemas of an object of ``cls`` that together refuse what a rule refuses.

    Args:
        rule: the rule.
        name: the field whose validator it is.
        cls: the configuration class.
        nodes: field → schema of its values.

    Returns:
        ``None`` if that cannot be told, since the rule reads what has no list of values.
    """
    listed = [(value, {"const": value}) for value in _values(nodes[name]) or ()]
    cases = list(rule.cases) or listed
    if not cases:
        return None
    try:
        default = _default(cls, name)
        absent = [] if default is attrs.NOTHING else [default]
        names, answers = _asked(rule, name, cls, [*(value for value, _ in cases), *absent], nodes)
    except (Exception, _Unlisted):  # noqa: BLE001 - a plugin's own rule may fail on anything
        return None
    found: list[Node] = []
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
            conditions = [(one, [value]) for one, value in zip(names, combination, strict=False)]
            if names:
                conditions.append((names[-1], values))
            found.append(_if(conditions, cls, nodes, then))
    return found


class _Unlisted(BaseException):
    """A rule read what has no list of values. No plugin's ``except Exception`` stops this."""


class _Reads(BaseException):
    """A rule read one more field."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Probe:
    """A configuration of which some fields are known."""

    def __init__(self, cls: type, known: Mapping[str, Any]) -> None:
        self._cls, self._known = cls, known

    def __getattr__(self, name: str) -> Any:
        if name in self._known:
            return self._known[name]
        if name in attrs.fields_dict(self._cls):
            raise _Reads(name)
        member = getattr(self._cls, name)  # methods and properties that a rule may use
        return member.__get__(self) if hasattr(member, "__get__") else member


def _asked(
    rule: Rule, name: str, cls: type, own: Sequence[Any], nodes: Mapping[str, Node]
) -> tuple[list[str], dict[tuple[Any, ...], _Allowed]]:
    """The fields that a rule reads, and for all of their values which of ``own`` it allows."""
    names: list[str] = []
    lists: list[Sequence[Any]] = []
    while True:
        questions = len(own)
        for one in lists:
            questions *= len(one)
        if questions > MOST_QUESTIONS:
            raise _Unlisted
        try:
            answers = {}
            for combination in product(*lists):
                known = dict(zip(names, combination, strict=True))
                answers[combination] = tuple(
                    bool(rule.holds(_Probe(cls, {**known, name: value}), value)) for value in own
                )
            return names, answers
        except _Reads as read:
            values = _values(nodes[read.name])
            default = _default(cls, read.name)
            if not values or (default is not attrs.NOTHING and default not in values):
                raise _Unlisted from None
            names.append(read.name)
            lists.append(values)


def _values(node: Node) -> list[Any] | None:
    """Every value that a schema allows, if it lists them."""
    if set(node) == {"anyOf"}:
        found: list[Any] = []
        for one in node["anyOf"]:
            values = _values(one)
            if values is None:
                return None
            found += values
        return found
    if "enum" in node:
        return list(node["enum"])
    short: dict[str, list[Any]] = {"boolean": [False, True], "null": [None]}
    types = node.get("type", "")
    several = [short.get(one) for one in ([types] if isinstance(types, str) else types)]
    return None if None in several else [value for values in several for value in values or ()]


def _default(cls: type, name: str) -> Any:
    default: Any = attrs.fields_dict(cls)[name].default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        if default.takes_self:
            raise _Unlisted
        return default.factory()
    return default


def _only(cases: Sequence[tuple[Any, Mapping[str, Any]]], allowed: _Allowed) -> Node | bool:
    """What is left of a field's values, given that they are in the field's own domain."""
    left = [one for one, allow in zip(cases, allowed, strict=True) if allow]
    gone = [one for one, allow in zip(cases, allowed, strict=True) if not allow]
    if not left:
        return False
    if any(set(node) != {"const"} for _, node in cases):
        nodes = [dict(node) for _, node in left]
        return nodes[0] if len(nodes) == 1 else {"anyOf": nodes}
    numbers = [value for value, _ in left if type(value) in (int, float)]
    lost = [value for value, _ in gone]
    if numbers and all(type(value) in (int, float) for value in lost):
        # Of numbers in their order, an end is said in one word.
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
    # An absent field has its default, and `properties` says nothing of absent ones.
    required = [name for name, values in conditions if _default(cls, name) not in values]
    if required:
        condition["required"] = required
    return {"if": condition, "then": then}


def _among(values: Sequence[Any], node: Node) -> Node:
    """Being one of ``values``, of those that a schema lists."""
    others = [one for one in _values(node) or () if one not in values]
    if len(others) < len(values):
        return {"not": _among_few(others)} if others else {}
    return _among_few(values)


def _among_few(values: Sequence[Any]) -> Node:
    return {"const": values[0]} if len(values) == 1 else {"enum": list(values)}

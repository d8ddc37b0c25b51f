"""The values next to a value: one step away, in the domain that a field declares.

Counts and factors are taken from a logarithmic scale of round numbers, since costs grow with
products: from 16 filters to 8, 12, 24 and 32. Of a list of numbers, the next ones are taken; of a
list of names, all others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from poise.scalars import is_integer, is_number

AWAY = 2
"""How far the next values are in a list of numbers, or on a scale."""

COUNTS, REALS = (1.0, 1.5), (1.0, 1.25, 1.5, 1.75)
"""The numbers of a scale from 1 up to 2; the others are these, times powers of two."""

INFINITE = math.inf

Schema = Mapping[str, Any]


def values_near(value: Any, schema: Schema) -> list[Any]:
    """The values next to a value.

    Args:
        value: the value, as plain data.
        schema: the domain of its field as JSON Schema; empty for none, where the value itself
            tells its kind.

    Returns:
        Values of the domain, without the value itself; none where it cannot be stepped through,
        as for texts and lists.
    """
    options = list(_options(schema))
    others: list[Any] = []
    for option in options:
        near = _firsts(option) if value is None else _near(value, option)
        others += [each for each in near if not _is_among(each, [*others, value])]
    may_be_none = {"type": "null"} in [dict(option) for option in options]
    return [*others, None] if may_be_none and value is not None else others


def _is_among(value: Any, others: Iterable[Any]) -> bool:
    """True is not 1."""
    return any(type(value) is type(other) and value == other for other in others)


def _options(schema: Schema) -> Iterable[Schema]:
    for option in schema.get("anyOf", [schema]):
        yield from [option] if option is schema else _options(option)


def _near(value: Any, schema: Schema) -> list[Any]:
    if "enum" in schema:
        return _in_list(value, schema["enum"])
    if schema.get("type", "number") not in ("boolean", "integer", "number"):
        return []
    if type(value) is bool:
        return [not value]
    if is_integer(value) and schema.get("type") != "number":
        numbers = dict.fromkeys(int(each) for each in _on_scale(value, COUNTS) if each % 1 == 0)
        return [each for each in numbers if _is_between(each, schema)]
    if is_number(value):
        low, high = schema.get("minimum", -INFINITE), schema.get("maximum", INFINITE)
        # A part of something, or a factor.
        is_part = low > -INFINITE and high < INFINITE
        step = (high - low) / 4
        near = [value - step, value + step] if is_part else _on_scale(value, REALS)
        return [each for each in near if _is_between(each, schema)]
    return []


def _in_list(value: Any, choices: list[Any]) -> list[Any]:
    if not is_number(value) or not all(map(is_number, choices)):
        return [each for each in choices if each != value]
    numbers = sorted(choices)
    place = min(range(len(numbers)), key=lambda index: abs(numbers[index] - value))
    return [each for each in numbers[max(0, place - AWAY) : place + AWAY + 1] if each != value]


def _on_scale(value: float, numbers: tuple[float, ...]) -> list[float]:
    """The next numbers of a scale, below and above; of 0, that are nearest to it."""
    if value < 0:
        return [-each for each in _on_scale(-value, numbers)]
    if value == 0:
        return [1.0, 2.0]
    power = math.floor(math.log2(value))
    scale = [2.0**n * each for n in range(power - 2, power + 3) for each in numbers]
    if numbers is COUNTS:
        scale = [0.0, *(each for each in scale if each % 1 == 0)]
    below = [each for each in scale if each < value]
    return [*below[-AWAY:], *[each for each in scale if each > value][:AWAY]]


def _is_between(value: float, schema: Schema) -> bool:
    low, high = schema.get("minimum", -INFINITE), schema.get("maximum", INFINITE)
    return bool(low <= value <= high and value > schema.get("exclusiveMinimum", -INFINITE))


def _firsts(schema: Schema) -> list[Any]:
    """The values to begin with where there is none."""
    if "enum" in schema:
        choices = schema["enum"]
        return sorted(choices)[:AWAY] if all(map(is_number, choices)) else list(choices)
    kind = schema.get("type")
    if kind == "boolean":
        return [False, True]
    if kind == "object":
        return [{}]
    if kind == "integer":
        least = max(1, schema.get("minimum", 1))
        return [least, 2 * least]
    return []

"""What ``poise diff`` writes for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.cli.commands import heading, rows, say
from poise.messages import counted
from poise.sleap.migration_report import shown
from poise_workflows.differing.results import (
    ArrayDifference,
    Diff,
    FieldDifference,
    LayerDifference,
)

FIRST = 10
"""How many layers and arrays are shown, unless all of them are asked for."""


def say_diff(diff: Diff, *, layers: bool, arrays: bool, spelled: bool) -> None:
    """Write the differences, then what was not compared.

    Args:
        diff: the differences.
        layers: whether to show every layer that differs.
        arrays: whether to show every array that differs.
        spelled: whether to show fields with equal values that only one file spells.
    """
    heading(_summary(diff))
    rows([["A", diff.a], ["B", diff.b]], "  ")
    _say_part("fields", [_field(each) for each in diff.fields])
    if spelled:
        equal = [
            [each.path, f"{shown(each.value)} (only in {each.by.upper()})"] for each in diff.spelled
        ]
        _say_part("equal, but spelled in one file alone", equal)
    of_layers = [[each.name, _layer(each)] for each in diff.layers]
    _say_part(f"layers, of {diff.compared_layers} in both", of_layers, "" if layers else "--layers")
    ordered = diff.arrays if arrays else sorted(diff.arrays, key=_weight)
    of_arrays = [[each.name, _array(each)] for each in ordered]
    _say_part(f"arrays, of {diff.compared_arrays} in both", of_arrays, "" if arrays else "--arrays")
    for note in diff.notes:
        say(f"note: {note}")


def _summary(diff: Diff) -> str:
    if diff.equal:
        compared = f", with {counted(diff.compared_arrays, 'array')}" * bool(diff.compared_arrays)
        within = f" within {diff.tolerance:g}" * bool(diff.tolerance)
        return f"equal{compared}{within}"
    parts = [
        counted(len(part), noun)
        for part, noun in ((diff.fields, "field"), (diff.layers, "layer"), (diff.arrays, "array"))
        if part
    ]
    return f"different: {', '.join(parts)}"


def _say_part(title: str, cells: Sequence[list[str]], all_of: str = "") -> None:
    if not cells:
        return
    shown_rows = cells[:FIRST] if all_of else cells
    say()
    heading(f"{title}:")
    rows(shown_rows, "  ")
    if len(cells) > len(shown_rows):
        say(f"  … {len(cells) - len(shown_rows)} more; {all_of} shows them")


def _field(field: FieldDifference) -> list[str]:
    if field.only:
        value = field.a if field.only == "a" else field.b
        return [field.path, f"{shown(value)} (only in {field.only.upper()})"]
    return [field.path, f"{shown(field.a)} → {shown(field.b)}"]


def _layer(layer: LayerDifference) -> str:
    if layer.only:
        return f"only in {layer.only.upper()}"
    return "; ".join(_change(fact, a, b) for fact, (a, b) in layer.facts.items())


def _change(fact: str, a: Any, b: Any) -> str:
    if fact == "output" and a and b:
        return f"output {_shapes(a)} → {_shapes(b)}"
    if fact != "weights":
        return f"{fact} {shown(a)} → {shown(b)}"
    a, b = a or {}, b or {}
    roles = (role for role in dict.fromkeys((*a, *b)) if a.get(role) != b.get(role))
    return ", ".join(f"{role} {_shape(a.get(role))} → {_shape(b.get(role))}" for role in roles)


def _shapes(shapes: Sequence[Sequence[int | None]]) -> str:
    return " and ".join(_shape(shape) for shape in shapes)


def _array(array: ArrayDifference) -> str:
    if array.a is None or array.b is None:
        side, shape = ("B", array.b) if array.a is None else ("A", array.a)
        return f"{_shape(shape)} (only in {side})"
    if array.largest is None:
        return f"{_shape(array.a)} → {_shape(array.b)}"
    nan = f", {array.nan} NaN on one side" if array.nan else ""
    relative = "" if array.relative is None else f", {array.relative:.3g} of the largest"
    return f"{array.count} of {array.size} numbers, by up to {array.largest:.3g}{relative}{nan}"


def _shape(shape: Sequence[int | None] | None) -> str:
    if shape is None:
        return "none"
    return " × ".join("any" if side is None else str(side) for side in shape) or "a number"


def _weight(array: ArrayDifference) -> tuple[bool, float]:
    """Arrays that one side lacks or has in another shape first, then the largest difference."""
    return array.largest is not None, -(array.relative or 0.0)

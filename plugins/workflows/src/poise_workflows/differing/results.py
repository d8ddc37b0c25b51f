"""The differences between two models, or between what describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

Side = Literal["a", "b"]


@attrs.frozen
class FieldDifference:
    """A field whose values differ.

    Attributes:
        path: dotted path, as in ``model.backbone.unet.filters``.
        a: the value of the first, as plain data; ``None`` also where it has no such field.
        b: the value of the second, likewise.
        only: the side that has the field, if the other has not.
    """

    path: str
    a: Any
    b: Any
    only: Side | None = None


@attrs.frozen
class Spelled:
    """A field with equal values that one file spells and the other leaves at its default.

    Attributes:
        path: dotted path.
        value: of both.
        by: the side that spells it.
    """

    path: str
    value: Any
    by: Side


@attrs.frozen
class LayerDifference:
    """A layer that differs, or that one side lacks.

    Attributes:
        name: of the layer.
        facts: what differs → its values in the first and in the second, as plain data:
            ``class``, ``output``, ``weights``, or an argument of the layer. Empty for a layer that
            one side lacks.
        only: the side that has the layer, if the other has not.
    """

    name: str
    facts: Mapping[str, tuple[Any, Any]] = attrs.field(factory=dict)
    only: Side | None = None


@attrs.frozen(kw_only=True)
class ArrayDifference:
    """A weight whose arrays differ, or that one side lacks.

    Attributes:
        name: ``layer/role``.
        a: the shape in the first; ``None`` if it has no such array.
        b: the shape in the second, likewise.
        largest: the largest absolute difference of two numbers; infinite where one of them is.
            ``None`` for different shapes.
        relative: ``largest`` divided by the largest finite magnitude in both.
        count: how many numbers differ by more than the tolerance, NaN on one side included.
        nan: how many numbers are NaN on one side only.
        size: how many numbers there are.
    """

    name: str
    a: tuple[int, ...] | None
    b: tuple[int, ...] | None
    largest: float | None = None
    relative: float | None = None
    count: int = 0
    nan: int = 0
    size: int = 0


@attrs.frozen(kw_only=True)
class Diff:
    """What differs between two models, or between what describes them.

    Attributes:
        a: the first, as it was named.
        b: the second.
        fields: the fields that differ, in the order of a job.
        spelled: fields with equal values that only one file spells.
        layers: the layers that differ, in the order of computation.
        arrays: the arrays that differ, in the order of the first file.
        compared_layers: how many layers were compared; 0 if the configurations are equal, which
            makes their layers equal.
        compared_arrays: how many arrays were compared.
        renamed: pairs of layers or arrays that differ in their names alone, by convention.
        tolerance: the absolute difference of two numbers that still counts as equal.
        notes: what was not compared, a sentence each.
    """

    a: str
    b: str
    fields: tuple[FieldDifference, ...] = ()
    spelled: tuple[Spelled, ...] = ()
    layers: tuple[LayerDifference, ...] = ()
    arrays: tuple[ArrayDifference, ...] = ()
    compared_layers: int = 0
    compared_arrays: int = 0
    renamed: tuple[tuple[str, str], ...] = ()
    tolerance: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.fields or self.layers or self.arrays)

    def as_data(self) -> dict[str, Any]:
        """Plain data for programs. Infinite differences are the text ``"inf"``."""
        arrays = [
            {
                **attrs.asdict(each),
                "largest": _number(each.largest),
                "relative": _number(each.relative),
            }
            for each in self.arrays
        ]
        return {**attrs.asdict(self), "equal": self.equal, "arrays": arrays}


def _number(value: float | None) -> float | str | None:
    return "inf" if value == float("inf") else value

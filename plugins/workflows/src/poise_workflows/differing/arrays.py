"""The arrays of two models, matched by name and compared number by number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise import WeightsError
from poise.reading import Reading
from poise.specs import OldNames
from poise.weights import Record, open_weights
from poise.weights.matching import Match, match
from poise.weights.old_names import with_new_names
from poise.weights.slots import Slot, slots_of
from poise_workflows.differing.pairs import Member
from poise_workflows.differing.results import ArrayDifference


@attrs.frozen
class ComparedArrays:
    """The comparison of all arrays.

    Attributes:
        differences: the arrays that differ, or that one side lacks.
        count: how many were compared.
        renamed: pairs of names that differ by convention alone.
        notes: what the files have besides, a sentence each.
    """

    differences: tuple[ArrayDifference, ...]
    count: int
    renamed: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def compare_arrays(a: Member, b: Member, tolerance: float) -> ComparedArrays:
    """Compare the arrays of two models.

    Args:
        a: the first, with weights.
        b: the second, with weights.
        tolerance: the absolute difference of two numbers that still counts as equal.

    Raises:
        WeightsError: a file cannot be read, or its arrays have no names and fit no model.
    """
    with ExitStack() as files:
        of_a, of_b = (files.enter_context(_records(member)) for member in (a, b))
        slots = [Slot(each.layer, each.role, each.shape, each) for each in of_b]
        matches = match(of_a, slots, _outputs(b))
        return ComparedArrays(
            differences=tuple(_differences(matches, tolerance)),
            count=len(matches.matched),
            renamed=tuple(matches.renamed),
            notes=tuple(matches.notes),
        )


def _differences(matches: Match, tolerance: float) -> Iterator[ArrayDifference]:
    for record, slot in matches.matched:
        difference = difference_of(record.name, record.read(), slot.variable.read(), tolerance)
        if difference is not None:
            yield difference
    for mismatch in matches.mismatched:
        yield ArrayDifference(name=mismatch.name, a=mismatch.file, b=mismatch.model)
    for record in matches.unexpected:
        yield ArrayDifference(name=record.name, a=record.shape, b=None)
    for slot in matches.missing:
        yield ArrayDifference(name=slot.name, a=None, b=slot.shape)


def difference_of(name: str, a: Any, b: Any, tolerance: float) -> ArrayDifference | None:
    """How two arrays of one shape differ; ``None`` if they are equal.

    NaN equals NaN, and an infinite number equals itself.
    """
    first, second = (np.asarray(each).astype(np.float64) for each in (a, b))
    alone = np.isnan(first) != np.isnan(second)
    with np.errstate(invalid="ignore"):
        apart = np.abs(first - second)
    apart[(first == second) | np.isnan(first) | np.isnan(second)] = 0.0
    differs = alone | (apart > tolerance)
    if not differs.any():
        return None
    largest = float(apart.max(initial=0.0))
    scale = max(_magnitude(first), _magnitude(second))
    return ArrayDifference(
        name=name,
        a=first.shape,
        b=second.shape,
        largest=largest,
        relative=largest / scale if scale else float("inf") if largest else 0.0,
        count=int(differs.sum()),
        nan=int(alone.sum()),
        size=first.size,
    )


def _magnitude(array: npt.NDArray[np.float64]) -> float:
    return float(np.abs(array[np.isfinite(array)]).max(initial=0.0))


@contextmanager
def _records(member: Member) -> Iterator[Sequence[Record]]:
    """The arrays of a model, under the names of its layers."""
    reading = member.reading
    if reading.weights is None:
        raise WeightsError(f"{reading.source}: must come with weights, got none")
    with open_weights(reading.weights) as file:
        if file.named:
            yield with_new_names(file.records, _old_names(member)).records
            return
    yield _of_model(reading, member)


def _of_model(reading: Reading, member: Member) -> list[Record]:
    """The arrays of a file without names, which only the model can tell apart."""
    if member.resolved is None:
        raise WeightsError(f"{reading.weights}: must name its layers, got numbers; {member.fault}")
    from keras.ops import convert_to_numpy

    model = reading.build(skeleton=member.resolved.skeleton, classes=member.resolved.classes)
    slots = {id(slot.variable): slot for slot in slots_of(model)}
    return [
        Record(slot.layer, slot.role, slot.shape, partial(convert_to_numpy, slot.variable))
        for slot in slots.values()
    ]


def _old_names(member: Member) -> OldNames:
    if member.resolved is None:
        return {}
    resolution = member.resolved.resolution
    old_names = resolution.backbone.old_names
    return {} if old_names is None else old_names(resolution.config.backbone.which_oneof())


def _outputs(member: Member) -> frozenset[tuple[str, ...]]:
    """Paths of the layers that compute outputs, of every stack."""
    if member.resolved is None:
        return frozenset()
    resolution = member.resolved.resolution
    suffixes = ["", *(f"_{index}" for index in range(resolution.stacks))]
    return frozenset(
        (f"{output.layer_name}{suffix}",) for output in resolution.outputs for suffix in suffixes
    )

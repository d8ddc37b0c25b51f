"""Both sides of a comparison, read and resolved without Keras."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import attrs

from poise import BuildError, ModelConfig, PoiseError
from poise.errors import FaultsError
from poise.reading import Reading
from poise.reading.standing_in import Resolved, resolve_leniently
from poise.weights import open_weights
from poise_workflows.differing.fields import differing_fields, fields_of, spelled_by_one
from poise_workflows.differing.results import Diff, FieldDifference
from poise_workflows.training.jobs import read_job

OF_LAYERS = ("model.", "skeleton", "classes", "auto_pad")
"""Paths of fields on which layers depend begin so."""


@attrs.frozen(kw_only=True, eq=False)
class Member:
    """One side of a comparison.

    Attributes:
        source: as it was named.
        reading: what was read there.
        resolved: what its configuration comes to; ``None`` if it comes to none.
        fault: why it comes to none, on one line.
    """

    source: str
    reading: Reading
    resolved: Resolved | None
    fault: str = ""

    def channels(self) -> int | None:
        """The channels of its images, as it or its weights say; ``None`` if neither does."""
        if self.reading.image[2] is not None or self.reading.weights is None:
            return self.reading.image[2]
        with open_weights(self.reading.weights) as file:
            # The file has the model's order: the first kernel (H, W, in, out) sees the image.
            kernels = (record.shape for record in file.records if len(record.shape) == 4)
            return next((shape[2] for shape in kernels), None)


@attrs.frozen(kw_only=True, eq=False)
class Pair:
    """Both sides, and the fields that differ.

    Attributes:
        a: the first.
        b: the second.
        fields: what differs in their fields, and what only one of them spells.
    """

    a: Member
    b: Member
    fields: Diff

    @property
    def must_build(self) -> bool:
        """Whether layers may differ, so that Keras must build both networks."""
        both = self.a.resolved is not None and self.b.resolved is not None
        return both and any(map(_is_of_layers, self.fields.fields))

    def channels(self) -> tuple[int, int]:
        """The channels of images for which each network is built: where unknown, the other's."""
        a, b = self.a.channels(), self.b.channels()
        return a or b or 1, b or a or 1


def read_pair(
    a: str | os.PathLike[str],
    b: str | os.PathLike[str],
    *,
    ignore: Sequence[str] | None = None,
) -> Pair:
    """Read both sides and compare their fields; arguments and errors as of ``diff``."""
    readings = _read(a, "a"), _read(b, "b")
    first, second = (
        _member(source, reading, other)
        for source, reading, other in zip((a, b), readings, reversed(readings), strict=True)
    )
    first, second = _with_alike_names(first, second)
    of_a, of_b = (fields_of(member.reading, config) for member, config in _configs(first, second))
    return Pair(
        a=first,
        b=second,
        fields=Diff(
            a=first.source,
            b=second.source,
            fields=differing_fields(of_a, of_b, ignore or ()),
            spelled=spelled_by_one(of_a, of_b, readings),
            notes=tuple(member.fault for member in (first, second) if member.fault),
        ),
    )


def _read(source: str | os.PathLike[str], named: str) -> Reading:
    return read_job(os.fspath(source), named=named)


def _member(source: str | os.PathLike[str], reading: Reading, other: Reading) -> Member:
    name = os.fspath(source)
    try:
        resolved = resolve_leniently(reading)
        if resolved.missing:  # with the names of the other side, both have the same layers
            skeleton = reading.skeleton or other.skeleton
            resolved = resolve_leniently(reading, skeleton, reading.classes or other.classes)
    except PoiseError as error:
        what = "; ".join(map(str, error.faults)) if isinstance(error, FaultsError) else str(error)
        why = f"its layers are not compared, since no network can be built of it: {what}"
        return Member(source=name, reading=reading, resolved=None, fault=f"{name}: {why}")
    return Member(source=name, reading=reading, resolved=resolved)


def _with_alike_names(a: Member, b: Member) -> tuple[Member, Member]:
    """Both with the same made-up parts, if neither names any, so that outputs have as many."""
    if a.resolved is None or b.resolved is None or not (a.resolved.missing and b.resolved.missing):
        return a, b
    for names, other in ((a.resolved, b), (b.resolved, a)):
        try:
            alike = resolve_leniently(other.reading, names.skeleton, names.classes)
        except BuildError:  # it has a name that the other lacks
            continue
        changed = attrs.evolve(other, resolved=alike)
        return (a, changed) if other is b else (changed, b)
    return a, b


def _configs(*members: Member) -> list[tuple[Member, ModelConfig]]:
    """Both configurations with everything decided, or both as they were read."""
    decided: list[Any] = [member.resolved for member in members]
    if all(resolved is not None and not resolved.missing for resolved in decided):
        return [
            (member, resolved.resolution.config)
            for member, resolved in zip(members, decided, strict=True)
        ]
    return [(member, member.reading.config) for member in members]


def _is_of_layers(field: FieldDifference) -> bool:
    return field.path.startswith(OF_LAYERS)

"""What the page of a run shows of an epoch: plain values, as they are in the files of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from poise_workflows.reporting.images import Place, Window

Animal = Sequence[Sequence[float] | None]
"""x and y of each part in pixels of the network's input; ``None`` where there is none."""


def _window(values: Iterable[int]) -> Window:
    left, top, width, height = values
    return left, top, width, height


def _place(values: Iterable[float]) -> Place:
    left, top, width, height = values
    return left, top, width, height


def _is_picture(_: Any, attribute: Any, uri: str) -> None:
    if not uri.startswith("data:image/"):
        raise ValueError(f"{attribute.name} must be a picture as text, got {uri[:20]!r}")


@attrs.frozen(kw_only=True)
class Still:
    """What stays the same of an example over all epochs.

    Attributes:
        title: what it shows.
        uri: its picture.
        window: the part of the network's input that is shown.
        truth: the labeled animals.
    """

    title: str
    uri: str = attrs.field(validator=_is_picture)
    window: Window = attrs.field(converter=_window)
    truth: Sequence[Animal]


@attrs.frozen(kw_only=True)
class Map:
    """A map of an output.

    Attributes:
        name: of the output.
        uri: its picture.
        place: left, top, width and height in pixels of the network's input.
        highest: the largest magnitude of all its cells.
    """

    name: str
    highest: float
    uri: str = attrs.field(validator=_is_picture)
    place: Place = attrs.field(converter=_place)


@attrs.frozen(kw_only=True)
class Vector:
    """The values of an output that is no map.

    Attributes:
        name: of the output.
        values: name of a channel → its value.
    """

    name: str
    values: Mapping[str, float]


def _maps(rows: Iterable[Any]) -> tuple[Map, ...]:
    return tuple(row if isinstance(row, Map) else Map(**row) for row in rows)


def _vectors(rows: Iterable[Any]) -> tuple[Vector, ...]:
    return tuple(row if isinstance(row, Vector) else Vector(**row) for row in rows)


@attrs.frozen(kw_only=True)
class Found:
    """What a network made of an example in an epoch.

    Attributes:
        animals: the decoded animals.
        matches: the labeled animal of each; -1 for none.
        missed: how many labeled animals nothing matches.
        outside: how many decoded animals are outside of what is shown.
        error: mean over the labeled parts that were found, in pixels of the frame.
        maps: of the outputs.
        vectors: of the outputs that are none.
    """

    animals: Sequence[Animal]
    matches: Sequence[int]
    missed: int
    outside: int
    error: float | None
    maps: tuple[Map, ...] = attrs.field(default=(), converter=_maps)
    vectors: tuple[Vector, ...] = attrs.field(default=(), converter=_vectors)


def _stills(rows: Iterable[Any]) -> tuple[Still, ...]:
    return tuple(map(_still, rows))


def _still(row: Any) -> Still:
    return row if isinstance(row, Still) else Still(**row)


def _founds(rows: Iterable[Any]) -> tuple[Found, ...]:
    return tuple(map(_found, rows))


def _found(row: Any) -> Found:
    return row if isinstance(row, Found) else Found(**row)


@attrs.frozen(kw_only=True)
class Bad:
    """One of the worst examples.

    Attributes:
        badness: from 0 to 1.
        still: its picture and its truth.
        found: what the network made of it.
    """

    badness: float
    still: Still = attrs.field(converter=_still)
    found: Found = attrs.field(converter=_found)


def _bads(rows: Iterable[Any]) -> tuple[Bad, ...]:
    return tuple(row if isinstance(row, Bad) else Bad(**row) for row in rows)


@attrs.frozen(kw_only=True)
class Record:
    """An epoch that has pictures.

    Attributes:
        epoch: counted from 1.
        measured: how many validation examples errors were measured on.
        examples: how many there are.
        median: median error in pixels; ``None`` if nothing was found.
        animals: how many are labeled, matched, missed and invented.
        parts: part → its figures.
        confusion: who was taken for whom; ``None`` without identities.
        found: of each example that is shown.
        worst: the worst of those that were measured.
        hidden: names of the outputs that have no picture.
        undecoded: why nothing was decoded; empty if it was.
    """

    epoch: int
    measured: int
    examples: int
    median: float | None
    animals: Mapping[str, int]
    parts: Mapping[str, Mapping[str, Any]]
    confusion: Mapping[str, Any] | None
    found: tuple[Found, ...] = attrs.field(converter=_founds)
    worst: tuple[Bad, ...] = attrs.field(converter=_bads)
    hidden: Sequence[str] = ()
    undecoded: str = ""


@attrs.frozen(kw_only=True)
class Kept:
    """All that a folder keeps for its page.

    Attributes:
        stills: of the examples that are shown.
        edges: pairs of indices of parts that are joined by a line.
        records: by epoch, ascending.
        notes: which files cannot be read.
    """

    stills: tuple[Still, ...] = attrs.field(default=(), converter=_stills)
    edges: Sequence[Sequence[int]] = ()
    records: tuple[Record, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def last(self) -> Record | None:
        """Of the last epoch that has pictures."""
        return self.records[-1] if self.records else None

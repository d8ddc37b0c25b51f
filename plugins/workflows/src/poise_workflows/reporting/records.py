"""The files in ``RUN/report``: what the page of a run shows of the epochs before.

Each is written whole. A run that goes on has those of the epochs that are done; one that is
damaged is left out, and the page says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs

from poise.errors import PoiseError
from poise.files import read_text_of
from poise.writing.whole_files import write_text
from poise_workflows.reporting.epochs import thinned
from poise_workflows.reporting.images import Window

FOLDER, STILL = "report", "examples.json"
_MOST = 1 << 26

Animal = Sequence[Sequence[float] | None]
"""x and y of each part in pixels of the network's input; ``None`` where there is none."""

T = TypeVar("T")


def _single(kind: type[T]) -> Any:
    def converted(row: Any) -> T:
        return row if isinstance(row, kind) else kind(**row)

    return converted


def _many(kind: type[T]) -> Any:
    def converted(rows: Iterable[Any]) -> tuple[T, ...]:
        return tuple(map(_single(kind), rows))

    return converted


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
    window: Window = attrs.field(converter=tuple)
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
    place: tuple[float, float, float, float] = attrs.field(converter=tuple)


@attrs.frozen(kw_only=True)
class Vector:
    """The values of an output that is no map.

    Attributes:
        name: of the output.
        values: name of a channel → its value.
    """

    name: str
    values: Mapping[str, float]


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
    maps: tuple[Map, ...] = attrs.field(default=(), converter=_many(Map))
    vectors: tuple[Vector, ...] = attrs.field(default=(), converter=_many(Vector))


@attrs.frozen(kw_only=True)
class Bad:
    """One of the worst examples.

    Attributes:
        badness: from 0 to 1.
        still: its picture and its truth.
        found: what the network made of it.
    """

    badness: float
    still: Still = attrs.field(converter=_single(Still))
    found: Found = attrs.field(converter=_single(Found))


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
    found: tuple[Found, ...] = attrs.field(converter=_many(Found))
    worst: tuple[Bad, ...] = attrs.field(converter=_many(Bad))
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

    stills: tuple[Still, ...] = attrs.field(default=(), converter=_many(Still))
    edges: Sequence[Sequence[int]] = ()
    records: tuple[Record, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def last(self) -> Record | None:
        """Of the last epoch that has pictures."""
        return self.records[-1] if self.records else None


def read_kept(run: Path, epochs: int) -> Kept:
    """Read what a run keeps for its page.

    Args:
        run: its folder.
        epochs: how many are done; a killed process may have left records of a later one.
    """
    notes: list[str] = []
    still = _still(_read(run / FOLDER / STILL, notes), run / FOLDER / STILL, notes)
    records = []
    for path in sorted((run / FOLDER).glob("epoch-*.json")):
        record = _record(_read(path, notes), path, notes)
        if record is not None and record.epoch <= epochs:
            records.append(record)
    records.sort(key=lambda record: record.epoch)
    return attrs.evolve(still, records=tuple(records), notes=tuple(notes))


def write_still(run: Path, kept: Kept) -> None:
    """Keep what stays the same over all epochs."""
    (run / FOLDER).mkdir(exist_ok=True)
    stills = [attrs.asdict(still) for still in kept.stills]
    _write(run / FOLDER / STILL, {"stills": stills, "edges": kept.edges})


def write_record(run: Path, record: Record) -> None:
    """Keep the record of an epoch; too many are thinned."""
    (run / FOLDER).mkdir(exist_ok=True)
    _write(_path_of(run, record.epoch), attrs.asdict(record))


def with_record(run: Path, kept: Kept, record: Record) -> Kept:
    """Add a record to what is kept, in the folder and here; too many are thinned."""
    write_record(run, record)
    before = {each.epoch: each for each in kept.records if each.epoch < record.epoch}
    records = {**before, record.epoch: record}
    chosen = thinned(records)
    for epoch in records.keys() - set(chosen):
        _path_of(run, epoch).unlink(missing_ok=True)
    return attrs.evolve(kept, records=tuple(records[epoch] for epoch in chosen))


def _path_of(run: Path, epoch: int) -> Path:
    return run / FOLDER / f"epoch-{epoch:06}.json"


def _write(path: Path, data: Any) -> None:
    write_text(path, json.dumps(data, allow_nan=False, separators=(",", ":")) + "\n")


def _read(path: Path, notes: list[str]) -> Any:
    try:
        return json.loads(read_text_of(path, _MOST))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError, PoiseError):
        notes.append(_unread(path))
        return None


def _still(data: Any, path: Path, notes: list[str]) -> Kept:
    if data is None:
        return Kept()
    try:
        return Kept(stills=data["stills"], edges=data["edges"])
    except (TypeError, ValueError, LookupError, AttributeError):
        notes.append(_unread(path))
        return Kept()


def _record(data: Any, path: Path, notes: list[str]) -> Record | None:
    if data is None:
        return None
    try:
        return Record(**data)
    except (TypeError, ValueError, AttributeError):
        notes.append(_unread(path))
        return None


def _unread(path: Path) -> str:
    return f"{FOLDER}/{path.name} cannot be read; what it had is missing here"

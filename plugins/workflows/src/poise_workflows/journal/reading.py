"""Read a journal: what a run is, how far it came, and its batches one after the other."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

import attrs

from poise.errors import ConfigError
from poise.files import open_file
from poise_workflows.journal import claims
from poise_workflows.journal.batches import Batch, from_bytes
from poise_workflows.journal.claims import Claim
from poise_workflows.journal.errors import JournalError, refused
from poise_workflows.journal.packing import unpack
from poise_workflows.journal.records import MAGIC, Gap, Kind, Record, scan

ANEW = "start anew with --overwrite (overwrite=True), which keeps this file aside"


def journal_of(output: str | os.PathLike[str]) -> Path:
    """The path of the journal beside an output: ``flies.slp`` has ``flies.slp.journal``."""
    place = Path(output)
    return place.with_name(f"{place.name}.journal")


@attrs.define(kw_only=True, eq=False)
class Recorded:
    """What a journal says, without its batches.

    Attributes:
        path: the file.
        description: what the run is: models, options, sources, frames.
        background: what else was recorded at its start; another run may differ in it.
        report: what the last record of a finished run says; ``None`` while it is not finished.
        progress: source → how many of its frames are done.
        instances: how many animals are in the batches.
        seconds: stage → how long the batches took, those of every process.
        tracks: names of the tracks that began in batches, in the order of their indexes.
        owners: the source in which each of these tracks began.
        source: the source of the last batch; ``None`` before the first.
        states: source → the tracker's state after the last batch of the source, if there is one.
        partial: the checksum of the poses that the last interrupted process wrote into a file;
            ``None`` if none has.
        claim: the process that wrote last and did not say that it ended; else ``None``.
        records: the number of whole records.
        end: where the last of them ends, in bytes; a torn record may follow.
    """

    path: Path
    description: dict[str, Any] = attrs.field(factory=dict)
    background: dict[str, Any] = attrs.field(factory=dict)
    report: dict[str, Any] | None = None
    progress: dict[int, int] = attrs.field(factory=dict)
    instances: int = 0
    seconds: Counter[str] = attrs.field(factory=Counter)
    tracks: list[str] = attrs.field(factory=list)
    owners: list[int] = attrs.field(factory=list)
    source: int | None = None
    states: dict[int, bytes] = attrs.field(factory=dict)
    partial: str | None = None
    claim: Claim | None = None
    records: int = 0
    end: int = 0

    def batches(self) -> Iterator[Batch]:
        """The batches, in the order in which they were appended. One is in memory at a time.

        Raises:
            OSError: the file cannot be read.
            JournalError: it is damaged.
        """
        with _opened(self.path) as stream:
            for record in _whole(self.path, scan(stream)):
                if record.kind == Kind.BATCH:
                    yield _decoded(self.path, record, from_bytes)
                if record.end >= self.end:  # what another process appends meanwhile
                    return


def read_journal(path: str | os.PathLike[str]) -> Recorded | None:
    """Look at a journal without changing it. All of it is read once, record by record.

    Args:
        path: the file.

    Returns:
        What it says; ``None`` if the process that created it died before the first record
        was whole.

    Raises:
        OSError: there is no such file, or it cannot be read.
        JournalError: it is no journal, is damaged, or comes from a later version of Poise.
    """
    place = Path(path)
    with _opened(place) as stream:
        start = stream.read(len(MAGIC))
        if start != MAGIC:
            if MAGIC.startswith(start):
                return None
            raise refused(place, _foreign(start), "name another output")
        recorded = Recorded(path=place)
        for record in _whole(place, scan(stream)):
            _decoded(place, record, lambda content, kind=record.kind: _add(recorded, kind, content))
            recorded.records, recorded.end = record.number + 1, record.end
    return recorded if recorded.records else None


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    with ExitStack() as door:
        try:
            stream = door.enter_context(open_file(path))
        except ConfigError as error:
            raise refused(path, error.faults[0].what, "name another output") from None
        yield stream


def add_batch(recorded: Recorded, batch: Batch) -> None:
    """Count a batch that was appended."""
    recorded.source = batch.source
    if batch.state:
        recorded.states[batch.source] = batch.state
    recorded.tracks += batch.new_tracks
    recorded.owners += [batch.source] * len(batch.new_tracks)
    recorded.instances += len(batch.scores)
    recorded.seconds.update(batch.seconds)
    recorded.progress[batch.source] = recorded.progress.get(batch.source, 0) + len(batch)


def _add(recorded: Recorded, kind: int, content: bytes) -> None:
    if kind == Kind.BATCH:
        add_batch(recorded, from_bytes(content))
        return
    if kind not in tuple(Kind):
        raise ValueError(f"records of the unknown kind {kind}")
    facts, _ = unpack(content)
    if kind == Kind.HEADER:
        recorded.description, recorded.background = facts["description"], facts["background"]
    elif kind == Kind.FINAL:
        recorded.report = facts["report"]
    elif kind == Kind.PARTIAL:
        recorded.partial = facts["sha256"]
    # Who has finished the journal, or was interrupted, still writes files.
    if kind in (Kind.HEADER, Kind.CLAIM, Kind.RELEASE):
        recorded.claim = claims.from_json(facts) if kind == Kind.CLAIM else None


def _decoded(path: Path, record: Record, decode: Any) -> Any:
    try:
        return decode(record.content)
    except (ValueError, KeyError, TypeError) as error:  # whole, so that this Poise is the older
        what = f"record {record.number} cannot be read: {error}"
        raise refused(path, what, "update Poise: a later version wrote this journal") from None


def _whole(path: Path, items: Iterator[Record | Gap]) -> Iterator[Record]:
    """The records, up to a torn end.

    Raises:
        JournalError: there is a gap with records after it.
    """
    last: Record | None = None
    for item in items:
        if isinstance(item, Record):
            last = item
            yield item
        elif item.after is not None:
            raise _damaged(path, item, last, items)


def _damaged(
    path: Path, gap: Gap, last: Record | None, rest: Iterator[Record | Gap]
) -> JournalError:
    assert gap.after is not None
    count = gap.after.number - gap.first
    records = f"record {gap.first} is" if count == 1 else f"{count} records from {gap.first} on are"
    later = (item for item in (gap.after, *rest) if isinstance(item, Record))
    after = next((item for item in later if item.kind == Kind.BATCH), None)
    before = last if last is not None and last.kind == Kind.BATCH else None
    lost = " and ".join(
        f"{side} {_frame_of(item, end)}"
        for side, item, end in (("after", before, -1), ("before", after, 0))
        if item is not None
    )
    what = f"{records} lost: bytes {gap.start} to {gap.end - 1} are damaged"
    where = f" (the frames {lost})" if lost else ""
    return refused(path, what + where, f"restore the file from a copy, or {ANEW}")


def _frame_of(record: Record, end: int) -> str:
    batch = from_bytes(record.content)
    return f"frame {batch.frames[end]} of source {batch.source}"


def _foreign(start: bytes) -> str:
    if start.startswith(MAGIC[:14]):
        return f"must be a journal of format 1, got {start[14:].decode(errors='replace').strip()!r}"
    return f"must be a journal of Poise, got a file that begins with {start[:8]!r}"

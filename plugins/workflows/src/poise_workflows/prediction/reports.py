"""What became of each frame: read, unreadable, empty; and where the time went."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from poise.messages import counted
from poise.writing.whole_files import whole_draft
from poise_workflows.frames.selections import Selection
from poise_workflows.results.contents import Results

LISTED = 100
"""How many unreadable frames a report lists; it counts the rest."""


@attrs.define(kw_only=True, eq=False)
class Report:
    """What to say of a run.

    Attributes:
        frames: how many were asked for and are done.
        instances: how many animals were found.
        empty: readable frames without animals.
        holes: unreadable frames before the last one of a source that can be read.
        promised: unreadable frames after it, which only the container promised.
        unreadable: the first of both: source, number and reason.
        missing: why frames are empty → how many.
        dropped: limit, such as ``max_instances 2`` → how many animals it left out.
        tracking: the tracker, its edition and options; ``None`` if animals are not tracked.
        tracks: how many tracks they have.
        untracked: how many animals have none, although they are tracked.
        seconds: by stage, of every process that worked on the run.
        notes: what the user should know, a sentence each.
        runtime: what ran the networks; of ``auto`` also what each runtime took, and why.
    """

    frames: int = 0
    instances: int = 0
    empty: int = 0
    holes: int = 0
    promised: int = 0
    unreadable: list[dict[str, Any]] = attrs.field(factory=list)
    missing: Counter[str] = attrs.field(factory=Counter)
    dropped: Counter[str] = attrs.field(factory=Counter)
    tracking: dict[str, Any] | None = None
    tracks: int = 0
    untracked: int = 0
    seconds: Counter[str] = attrs.field(factory=Counter)
    notes: list[str] = attrs.field(factory=list)
    runtime: dict[str, Any] = attrs.field(factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON."""
        seconds = {stage: round(value, 3) for stage, value in self.seconds.items()}
        counts = {"missing": dict(self.missing), "dropped": dict(self.dropped)}
        return {**attrs.asdict(self), **counts, "seconds": seconds}


def count_frames(report: Report, results: Results, selection: Selection) -> None:
    """Count the frames of a journal, those of earlier processes included."""
    last: dict[int, int] = {}
    untracked = 0
    notes: Counter[str] = Counter()
    for batch in results.batches():
        report.frames += len(batch)
        report.instances += len(batch.scores)
        untracked += int((batch.tracks < 0).sum())
        report.missing.update(batch.missing)
        report.dropped.update(batch.dropped)
        notes.update(batch.notes)
        report.empty += int((np.diff(batch.row_splits) == 0).sum()) - len(batch.unreadable)
        for row, reason in batch.unreadable.items():
            source = selection.sources[batch.source]
            if batch.source not in last:
                last[batch.source] = source.last_readable()
            number = int(batch.frames[row])
            if number > last[batch.source]:
                report.promised += 1
            else:
                report.holes += 1
            if len(report.unreadable) < LISTED:
                report.unreadable.append(
                    {"source": source.title, "frame": number, "reason": reason}
                )
    report.notes += [f"{counted(count, 'frame')}: {note}" for note, count in notes.items()]
    if report.tracking is not None:
        report.tracks, report.untracked = len(results.tracks), untracked
        lost = results.recorded.instances - report.instances
        report.dropped.update({"the pass over all frames": lost} if lost else {})


@contextmanager
def clock(report: Report, stage: str) -> Iterator[None]:
    """Add the seconds of the block to a stage."""
    start = time.monotonic()
    try:
        yield
    finally:
        report.seconds[stage] += time.monotonic() - start  # type: ignore[assignment]


def report_of(output: Path) -> Path:
    """The path of the report beside an output: ``flies.slp`` has ``flies.report.json``."""
    return output.with_suffix(".report.json")


def write_report(report: Mapping[str, Any], output: Path) -> None:
    """Write a report beside its output; it appears when it is whole."""
    with whole_draft(report_of(output)) as draft:
        draft.write_text(f"{json.dumps(report, indent=2)}\n", encoding="utf-8")

"""Recordings that consist of several files: tracks go on from each file to the next one.

The files of one folder are one recording, one camera. Each has a result and a journal of its own.
The journal of a file says from which state of the tracker it went on, so that a file whose
predecessor has changed is known to be of another run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import argument, argument_path, counted
from poise_workflows.frames.folders import natural_order
from poise_workflows.frames.listing import LISTS
from poise_workflows.frames.selections import Selection
from poise_workflows.frames.sources import Source
from poise_workflows.journal.errors import JournalError
from poise_workflows.journal.reading import Recorded, journal_of
from poise_workflows.prediction.options import OptionsError
from poise_workflows.prediction.outputs import recorded_beside
from poise_workflows.tracking.choosing import Tracking

GOES_ON_FROM = "goes_on_from"
"""Where the description of a run says from what it goes on."""


@attrs.frozen(kw_only=True, eq=False)
class Part:
    """A file of a recording that comes before another one.

    Attributes:
        output: its result.
        source: its frames.
    """

    output: Path
    source: Source


@attrs.frozen(kw_only=True, eq=False)
class Inherited:
    """What the tracker of a file knows of the files before it.

    Attributes:
        file: name of the file before.
        frames: how many frames all files before have; the numbers that trackers see go on.
        tracks: names of the tracks that began there, in the order of their indexes.
        state: the tracker's state after the last frame.
    """

    file: str
    frames: int
    tracks: tuple[str, ...]
    state: bytes

    def facts(self) -> dict[str, Any]:
        """What decides the tracks of the file, as JSON."""
        facts = {"file": self.file, "frames": self.frames, "tracks": list(self.tracks)}
        return {**facts, "state": hashlib.sha256(self.state).hexdigest()}


def in_order(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """The sources of a call in the order of their recordings.

    Files of one folder are in natural order: ``chunk2`` comes before ``chunk10``, other than
    where a shell replaces ``*``. What a folder or a list stands for has its order.
    """
    ordered = [Path(path) for path in paths]
    places: dict[str, list[int]] = {}
    for place, path in enumerate(ordered):
        if path.suffix.lower() not in LISTS:
            places.setdefault(_folder(path), []).append(place)
    for own in places.values():
        files = sorted((ordered[place] for place in own), key=natural_order)
        for place, file in zip(own, files, strict=True):
            ordered[place] = file
    return ordered


def parts_before(
    selections: Sequence[Selection],
    outputs: Sequence[Path],
    tracking: Tracking | None,
    notes: list[str],
) -> list[tuple[Part, ...]]:
    """Of each selection, the files of its recording before it.

    Args:
        selections: what is predicted, in order.
        outputs: their results.
        tracking: the tracker, which must be able to go on.
        notes: gets what the user should know if no folder has two files.

    Raises:
        OptionsError: see ``check_recordings``.
    """
    check_recordings(tracking, selections)
    recordings: dict[str, tuple[Part, ...]] = {}
    before = []
    for selection, output in zip(selections, outputs, strict=True):
        folder = _folder(selection.path)
        before.append(recordings.get(folder, ()))
        part = Part(output=output, source=selection.sources[0])
        recordings[folder] = (*before[-1], part)
    if not any(before):
        option = argument_path("continue_tracks")
        files = counted(len(before), "source")
        notes.append(f"{option} changes nothing: no folder has two of {files}")
    return before


def _folder(path: Path) -> str:
    return os.path.realpath(path.parent)


def check_recordings(tracking: Tracking | None, selections: Iterable[Selection]) -> None:
    """Refuse what cannot go on from file to file, before the first frame is predicted.

    Raises:
        OptionsError: there is no tracker, or it needs all frames at once; a source is no single
            video; or the files of a folder have frames of several sizes. Lists every fault.
    """
    path = argument_path("continue_tracks")
    faults = [Fault(what, path) for what in _faults_of_tracker(tracking)]
    sizes: dict[str, Selection] = {}
    for selection in selections:
        if selection.labels is not None:
            what = f"must be left out for label files, got {selection.path}; name the videos"
            faults.append(Fault(what, path))
            continue
        first = sizes.setdefault(_folder(selection.path), selection)
        if first.largest != selection.largest:
            faults.append(Fault(_of_other_size(first, selection), path))
    if faults:
        raise OptionsError(dict.fromkeys(faults))


def _faults_of_tracker(tracking: Tracking | None) -> Iterator[str]:
    if tracking is None:
        yield f"must come with a tracker, got none; add {argument('track', value='...')}"
    elif tracking.finishes:
        what = f"must not need all frames at once, got the tracker {tracking.spec.key} with options"
        yield f"{what} that change tracks after the last frame; leave these options out"


def _of_other_size(first: Selection, other: Selection) -> str:
    here, there = ("{} × {}".format(*each.largest) for each in (first, other))
    what = f"must be left out for files of several cameras, got {first.path} with frames of {here}"
    fix = "put the files of each camera into a folder of its own"
    return f"{what} and {other.path} of {there}; {fix}"


def inherited_of(before: Sequence[Part]) -> Inherited | None:
    """What the tracker of a file goes on from; ``None`` for the first file of a recording.

    Args:
        before: the files before it; the last of them must be predicted.

    Raises:
        JournalError: the journal of the last file is gone, or not finished.
    """
    if not before:
        return None
    last = before[-1]
    recorded = recorded_beside(last.output, is_needed=True)
    if recorded is None or recorded.report is None or not recorded.states:
        what = f"must be there and finished, since tracks go on from {last.source.path.name}"
        raise JournalError([Fault(f"{what}; predict that first", str(journal_of(last.output)))])
    return Inherited(
        file=last.source.path.name,
        frames=sum(part.source.count for part in before),
        tracks=(*tracks_before(recorded.description), *recorded.tracks),
        state=recorded.states[0],
    )


def tracks_before(description: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the tracks that a run goes on with, as its journal says."""
    return tuple(description.get(GOES_ON_FROM, {}).get("tracks", ()))


def with_former(recorded: Recorded, inherited: Inherited) -> tuple[list[str], dict[int, bytes]]:
    """All tracks up to now, and the state to go on from: of this file, or of the one before."""
    return [*inherited.tracks, *recorded.tracks], recorded.states or {0: inherited.state}


def place_of(before: Sequence[Part], source: Source, number: int) -> tuple[Source, int]:
    """Where a frame is by the number that the tracker has seen."""
    first = sum(part.source.count for part in before)
    for part in reversed(before):
        if number >= first:
            break
        source, first = part.source, first - part.source.count
    return source, number - first


def notes_of_recording(before: Sequence[Part]) -> list[str]:
    """What the user should know of a file that goes on: from what."""
    return [f"its tracks go on from {before[-1].source.path.name}"] if before else []

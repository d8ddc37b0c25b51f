"""Which frames of a video may be suggested: all of it, but those that a person has seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

import attrs
import numpy as np

from poise.messages import counted
from poise_workflows.evaluation.videos import title_of
from poise_workflows.frames.label_videos import VideoOpener
from poise_workflows.frames.sources import SourceError
from poise_workflows.suggesting.contract import Booleans, Predictions
from poise_workflows.suggesting.reading import Table, predictions_of


@attrs.frozen(kw_only=True, eq=False)
class Clip:
    """A video with its predictions.

    Attributes:
        index: of the video in the file.
        name: of the video, for people.
        predictions: what is predicted in it.
        is_free: ``(F,)``: which frames may be suggested: nobody has labeled or suggested them.
        suggested: numbers of the frames that are suggested already.
    """

    index: int
    name: str
    predictions: Predictions
    is_free: Booleans
    suggested: Sequence[int]


def clips_of(labels: Any, tables: Mapping[int, Table], path: Path) -> tuple[list[Clip], list[str]]:
    """The videos that have predictions, and what the user should know of them.

    Args:
        labels: a ``sleap_io.Labels``.
        tables: index of a video → what the file lists of it.
        path: the file of the labels.
    """
    notes: list[str] = []
    names = _names(labels.videos)
    (parts,) = {parts for table in tables.values() for parts in table.parts}
    suggested: dict[int, list[int]] = {}
    places = {id(video): index for index, video in enumerate(labels.videos)}
    for frame in labels.suggestions:
        suggested.setdefault(places[id(frame.video)], []).append(int(frame.frame_idx))
    clips = []
    for index, video in enumerate(labels.videos):
        table = tables.get(index)
        if table is None or not table.predicted:
            notes.append(f"{names[index]} has no predictions, so no frame of it is suggested")
            continue
        known = _Video.of(VideoOpener(labels, path, "bt601"), video)
        notes += [f"{names[index]}: {note}" for note in known.notes]
        unlisted = np.setdiff1d(known.numbers, table.numbers)
        numbers, note = _without_animals(unlisted, known.numbers, table, labels.provenance)
        notes += [f"{names[index]}: {note}"] if note else []
        predictions = predictions_of(table, numbers, parts, known.size)
        is_suggested = np.isin(predictions.frames, suggested.get(index, []))
        clip = Clip(
            index=index,
            name=names[index],
            predictions=predictions,
            is_free=~(predictions.labeled | is_suggested),
            suggested=suggested.get(index, []),
        )
        clips.append(clip)
    return clips, [*notes, *_seen(clips)]


def _seen(clips: Sequence[Clip]) -> Iterator[str]:
    """How many frames are left out since a person has seen them."""
    labeled = sum(int(clip.predictions.labeled.sum()) for clip in clips)
    taken = sum(int((~clip.is_free & ~clip.predictions.labeled).sum()) for clip in clips)
    if labeled:
        yield f"{counted(labeled, 'frame')} that people have labeled: left out"
    if taken:
        yield f"{counted(taken, 'frame')} that the file suggests already: left out"


def _without_animals(
    unlisted: Any, all_numbers: Any, table: Table, provenance: Mapping[str, Any]
) -> tuple[Any, str]:
    """The frames of a video that the file lacks, if the model has seen them, and a note.

    A file lacks frames that nobody asked for, and may lack frames in which nothing was found.
    """
    if not len(unlisted):
        return unlisted, ""
    of_all = f"{len(unlisted):,} of {counted(len(all_numbers), 'frame')}"
    lists_empty = len({place for place, *_ in table.animals}) < len(table.numbers)
    if lists_empty or _keeps_empty(provenance) or len(unlisted) > len(all_numbers) / 2:
        return unlisted[:0], f"{of_all} are not predicted, and left out"
    return unlisted, f"{of_all} are not in the file: they count as frames without animals"


def _keeps_empty(provenance: Mapping[str, Any]) -> bool:
    """Whether Poise wrote the file, and kept the frames in which it found nothing."""
    options = provenance.get("args")
    return (
        "poise" in provenance
        and isinstance(options, Mapping)
        and (options.get("no_empty_frames") is False)
    )


@attrs.frozen(kw_only=True, eq=False)
class _Video:
    """What is known of a video: its frames and their size."""

    numbers: Any
    size: tuple[int, int] | None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, opener: VideoOpener, video: Any) -> _Video:
        shape = video.shape
        stated = None if shape is None or not all(shape[1:3]) else (int(shape[1]), int(shape[2]))
        try:
            embedded = opener.embedded_numbers(video)
            if embedded is not None:
                return cls(numbers=np.array(embedded, np.int64), size=stated)
            if shape is not None and shape[0]:
                return cls(numbers=np.arange(int(shape[0])), size=stated)
            source = opener.open(video)
        except SourceError as error:
            why = error.faults[0].what
            note = f"it cannot be read, so only frames that the file lists count ({why})"
            return cls(numbers=np.zeros(0, np.int64), size=stated, notes=(note,))
        return cls(numbers=np.arange(source.count), size=(source.height, source.width))


def _names(videos: Sequence[Any]) -> list[str]:
    """The names of the files; where several have one name, their paths."""
    paths = [title_of(video) for video in videos]
    short = [PureWindowsPath(path).name for path in paths]
    several = {name for name, count in Counter(short).items() if count > 1}
    return [path if name in several else name for path, name in zip(paths, short, strict=True)]

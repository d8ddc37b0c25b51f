"""What is in the poses of a video, counted before a format is written.

Many formats have one place for each track and frame. What has no place there would be lost, so
Poise counts first and refuses.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from poise.errors import Fault
from poise_workflows.journal.batches import Batch
from poise_workflows.results.contents import Results
from poise_workflows.results.errors import ResultsError

TRACK = "give every animal a track with `poise track`, or write a .slp file, which holds both"


@attrs.define(kw_only=True)
class Survey:
    """What is in the poses of one video.

    Attributes:
        source: index of the video.
        length: how many frames the video has; at least up to the last predicted one.
        frames: how many frames were predicted.
        instances: how many animals there are.
        untracked: how many of them have no track.
        most: the largest number of animals without a track in a frame.
        tracks: indexes of the tracks that have an animal, ascending.
        is_ascending: whether no frame number is smaller than the one before.
        last: the frame that was predicted last.
        faults: why one place for each track and frame is not enough.
    """

    source: int
    length: int = 0
    frames: int = 0
    instances: int = 0
    untracked: int = 0
    most: int = 0
    tracks: list[int] = attrs.field(factory=list)
    is_ascending: bool = True
    last: int = -1
    faults: list[Fault] = attrs.field(factory=list)


def survey(results: Results, source: int) -> Survey:
    """Count what is in the poses of a video. The journal is read once."""
    counted = Survey(source=source, length=results.contents.videos[source].length or 0)
    seen = bytearray(counted.length)  # a byte a frame
    used: set[int] = set()
    for batch in results.batches(source):
        _count(counted, batch, seen, used, results.tracks)
    counted.tracks = sorted(used)
    if counted.untracked and used:
        what = (
            "must have tracked or untracked animals, not both, got "
            f"{counted.instances - counted.untracked} with a track and {counted.untracked} without"
        )
        counted.faults.insert(0, Fault(f"{what}; {TRACK}"))
    return counted


def frames_of(results: Results, counted: Survey) -> Iterator[tuple[int, Batch]]:
    """Frames of a video in ascending order, each with its animals as a batch of one frame.

    One batch is in memory at a time, unless the frames were predicted in another order.
    """
    frames = (item for batch in results.batches(counted.source) for item in _split(batch))
    return frames if counted.is_ascending else iter(sorted(frames, key=lambda item: item[0]))


def refuse(name: str, video: str, faults: list[Fault]) -> None:
    """Refuse to write a format that cannot hold the poses.

    Raises:
        ResultsError: there are faults.
    """
    if faults:
        raise ResultsError(faults, f"the format {name} cannot hold the poses of {video}")


def _split(batch: Batch) -> Iterator[tuple[int, Batch]]:
    for row, number in enumerate(batch.frames):
        rows = slice(batch.row_splits[row], batch.row_splits[row + 1])
        yield (
            int(number),
            Batch(
                source=batch.source,
                frames=[number],
                row_splits=[0, rows.stop - rows.start],
                points=batch.points[rows],
                point_scores=batch.point_scores[rows],
                scores=batch.scores[rows],
                tracks=batch.tracks[rows],
                tracking_scores=batch.tracking_scores[rows],
            ),
        )


def _count(
    counted: Survey, batch: Batch, seen: bytearray, used: set[int], names: tuple[str, ...]
) -> None:
    for number, frame in _split(batch):
        seen.extend(bytes(max(0, number + 1 - len(seen))))
        if seen[number] and not counted.faults:
            what = f"must have each frame once, got frame {number} twice; name it once in --frames"
            counted.faults.append(Fault(what))
        seen[number] = 1
        counted.is_ascending = counted.is_ascending and number >= counted.last
        counted.last = number
        counted.length = max(counted.length, number + 1)
        tracked = frame.tracks[frame.tracks >= 0]
        without = len(frame.tracks) - len(tracked)
        counted.frames += 1
        counted.instances += len(frame.tracks)
        counted.untracked += without
        counted.most = max(counted.most, without)
        used.update(tracked.tolist())
        if len(np.unique(tracked)) < len(tracked) and not counted.faults:
            track = names[int(np.bincount(tracked).argmax())]
            what = f"must have each track once in a frame, got {track!r} twice in frame {number}"
            counted.faults.append(Fault(f"{what}; write a .slp file"))

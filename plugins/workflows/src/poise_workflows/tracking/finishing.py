"""The pass over all frames once the last is tracked: clean, and connect single breaks.

Where a frame has a track too much and lacks one, both are taken for one animal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import attrs
import numpy as np

from poise.editions import means_sleap
from poise_workflows.tracking.contract import Sightings
from poise_workflows.tracking.differences import LOST_INSTANCES, STATE_OF_VIDEOS, SUPPRESSED

UNTRACKED = -1
"""The track of an instance that has none."""


def finishes(config: Any) -> bool:
    """Whether options ask for the pass."""
    return bool(_count(config))


def _count(config: Any) -> int:
    """How many animals a frame has, for the pass; 0 for no pass."""
    if config.clean_instance_count:
        return int(config.clean_instance_count)
    if config.post_connect_single_breaks:
        return int(config.target_instance_count or config.max_tracks or 0)
    return 0


def finish(config: Any, frames: Iterable[Sightings]) -> Iterator[Sightings]:
    """The frames of a run, cleaned and connected.

    It keeps one frame at a time; in edition sleap-1.4, the cleaner keeps the tracks of all frames
    if they are not in the order of their numbers.
    """
    count = _count(config)
    if not count:
        return iter(frames)
    over_videos = means_sleap(STATE_OF_VIDEOS)
    breaks = partial(Breaks, count, none_is_a_track=means_sleap(LOST_INSTANCES))
    if not config.clean_instance_count:
        return _connected(frames, breaks, over_videos=over_videos)
    cleaned = partial(_cleaned, config, frames, suppresses_wrongly=means_sleap(SUPPRESSED))
    if over_videos and not _ascend(frames):
        return _connected_by_number(cleaned, breaks())
    return _connected(cleaned(), breaks, over_videos=over_videos)


def _ascend(frames: Iterable[Sightings]) -> bool:
    numbers = [frame.sight.number or 0 for frame in frames]
    return numbers == sorted(numbers)


def _cleaned(
    config: Any, frames: Iterable[Sightings], *, suppresses_wrongly: bool
) -> Iterator[Sightings]:
    from poise_workflows.tracking.culling import culled

    for frame in frames:
        sight = frame.sight
        predicted = np.flatnonzero(sight.is_predicted)
        kept = culled(
            sight.points[predicted],
            sight.scores[predicted],
            config.clean_instance_count,
            config.clean_iou_threshold,
            suppresses_wrongly=suppresses_wrongly,
        )
        if len(kept) == len(predicted):
            yield frame
        else:
            labeled = np.flatnonzero(~sight.is_predicted)
            yield frame.rows(np.sort(np.concatenate([labeled, predicted[kept]])))


def _connected(
    frames: Iterable[Sightings], new_breaks: Callable[[], Breaks], *, over_videos: bool
) -> Iterator[Sightings]:
    breaks: dict[int, Breaks] = {}  # frames of several videos may alternate
    for frame in frames:
        key = 0 if over_videos else frame.source
        if key not in breaks:
            breaks[key] = new_breaks()
        yield _with_tracks(frame, breaks[key].connect(frame.tracks.tolist()))


def _connected_by_number(
    frames: Callable[[], Iterable[Sightings]], breaks: Breaks
) -> Iterator[Sightings]:
    """Connect in the order of the frames' numbers, whichever videos they are of."""
    made = [(frame.sight.number or 0, frame.tracks.tolist()) for frame in frames()]
    order = sorted(range(len(made)), key=lambda index: made[index][0])
    tracks = {index: breaks.connect(made[index][1]) for index in order}
    for index, frame in enumerate(frames()):
        yield _with_tracks(frame, tracks[index])


def _with_tracks(frame: Sightings, tracks: list[int]) -> Sightings:
    return attrs.evolve(frame, tracks=np.array(tracks, np.int64))


class Breaks:
    """Connect the tracks of frames, one after the other.

    Args:
        count: how many animals a frame has.
        none_is_a_track: whether instances without a track count as one.
    """

    def __init__(self, count: int, *, none_is_a_track: bool) -> None:
        self.count, self.none_is_a_track = count, none_is_a_track
        self.good: set[int] | None = None
        self.mends: dict[int, int] = {}

    def connect(self, tracks: list[int]) -> list[int]:
        """The tracks of the next frame, connected."""
        tracks = list(tracks)
        here = self._tracks_in(tracks)
        if self.good is None:
            self.good = here
        for index, track in enumerate(tracks):
            if track in self.mends and self.mends[track] not in here:
                tracks[index] = self.mends[track]
                here = self._tracks_in(tracks)
        extra, missing = here - self.good, self.good - here
        if len(extra) == len(missing) == 1:
            (old,), (new,) = extra, missing
            self.mends[old] = new
            return [new if track == old else track for track in tracks]
        if len(here) == self.count:
            self.good = here
        return tracks

    def _tracks_in(self, tracks: list[int]) -> set[int]:
        return set(tracks) - (set() if self.none_is_a_track else {UNTRACKED})

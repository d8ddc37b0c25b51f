"""The pass over all frames once the last is tracked: clean, and connect single breaks.

Where a frame has a track too much and lacks one, both are taken for one animal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    """The frames of a run, cleaned and connected. It keeps one frame at a time."""
    count = _count(config)
    if not count:
        return iter(frames)
    if config.clean_instance_count:
        frames = _cleaned(config, frames, suppresses_wrongly=means_sleap(SUPPRESSED))
    return _connected(
        frames,
        count,
        over_videos=means_sleap(STATE_OF_VIDEOS),
        none_is_a_track=means_sleap(LOST_INSTANCES),
    )


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
    frames: Iterable[Sightings], count: int, *, over_videos: bool, none_is_a_track: bool
) -> Iterator[Sightings]:
    breaks: dict[int, Breaks] = {}  # frames of several videos may alternate
    for frame in frames:
        key = 0 if over_videos else frame.source
        if key not in breaks:
            breaks[key] = Breaks(count, none_is_a_track=none_is_a_track)
        tracks = np.array(breaks[key].connect(frame.tracks.tolist()), np.int64)
        yield attrs.evolve(frame, tracks=tracks)


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

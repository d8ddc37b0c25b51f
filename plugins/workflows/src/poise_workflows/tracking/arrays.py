"""Track poses that are arrays already: no labels, no files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs
import numpy as np

from poise import registry
from poise.editions import DOCUMENTED, Edition
from poise.editions import edition as within
from poise.errors import Fault
from poise_workflows.prediction.options import OptionsError
from poise_workflows.tracking.contract import (
    Floats,
    Integers,
    Setting,
    Sight,
    Sightings,
    Tracker,
    TrackerSpec,
)
from poise_workflows.tracking.reading_options import config_of
from poise_workflows.tracking.tracker_names import name_of, spec_of


def track_arrays(
    frame_idx: Any,
    row_splits: Any,
    points: Any,
    point_scores: Any,
    scores: Any,
    *,
    image_size: tuple[int, int] | None = None,
    images: Sequence[Any] | None = None,
    retrack: bool = False,
    edition: Edition = DOCUMENTED,
    tracker: str = "flow",
    **options: Any,
) -> dict[str, Any]:
    """Track the poses of one video, given as arrays.

    Args:
        frame_idx: ``(F,)``: numbers of the frames, in the order in which they are tracked.
        row_splits: ``(F + 1,)``: the instances of frame f are the rows from ``row_splits[f]`` to
            ``row_splits[f + 1]``.
        points: ``(N, P, 2)``: x then y in pixels; NaN for missing parts.
        point_scores: ``(N, P)``.
        scores: ``(N,)``: of the instances.
        image_size: height and width of the frames; by default those of ``images``.
        images: an image ``(H, W)`` or ``(H, W, C)``, uint8, for each frame; for trackers that
            need them.
        retrack: pass no frame numbers, as SLEAP does where it tracks a file again.
        edition: ``"sleap-1.4"`` for SLEAP's tracks.
        tracker: name of the tracker.
        options: its options.

    Returns:
        Arrays by name. ``row_splits``: the instances that tracking keeps of each frame.
        ``instance``: index of each within its frame before tracking. ``track``: its track, by the
        order in which they first appear, -1 for none. ``tracking_score``. ``final_row_splits``,
        ``final_instance`` and ``final_track``: the same after the pass over all frames. And
        ``track_names``: the names of the tracks, by index.

    Raises:
        OptionsError: there is no such tracker, or the arrays do not fit each other.
        ConfigError: there is no such option, or its value does not fit.
    """
    points, point_scores, scores = (
        np.asarray(array, float) for array in (points, point_scores, scores)
    )
    _check(frame_idx, row_splits, points, point_scores, scores)
    frames = _frames(frame_idx, row_splits, points, point_scores, scores, images, retrack)
    with within(edition):
        spec = spec_of(name_of(tracker, options))
        config = config_of(spec.config, options)
        parts = tuple(map(str, range(points.shape[1])))
        setting = Setting(parts=parts, image_size=image_size or _size_of(images))
        run = _Run(spec, config, registry.guarded_methods(spec.build(config, setting), spec.build))
        return run.track(frames)


def _check(
    frame_idx: Any, row_splits: Any, points: Floats, point_scores: Floats, scores: Floats
) -> None:
    faults = []
    frames, splits = len(frame_idx), np.asarray(row_splits)
    if splits.shape != (frames + 1,):
        what = f"must have {frames + 1} numbers, one more than frames, got {splits.size}"
        faults.append(Fault(what, "row_splits"))
    elif splits[0] != 0 or (np.diff(splits) < 0).any() or splits[-1] != len(points):
        what = f"must ascend from 0 to {len(points)}, the number of instances, got {splits}"
        faults.append(Fault(what, "row_splits"))
    if points.ndim != 3 or points.shape[2] != 2:
        faults.append(Fault(f"must have shape (N, P, 2), got {points.shape}", "points"))
    else:
        shapes = {"point_scores": points.shape[:2], "scores": points.shape[:1]}
        for name, array in (("point_scores", point_scores), ("scores", scores)):
            if array.shape != shapes[name]:
                faults.append(Fault(f"must have shape {shapes[name]}, got {array.shape}", name))
    if faults:
        raise OptionsError(faults)


def _size_of(images: Sequence[Any] | None) -> tuple[int, int] | None:
    if images is None or not len(images):
        return None
    height, width = np.shape(images[0])[:2]
    return height, width


def _frames(
    frame_idx: Any,
    row_splits: Any,
    points: Any,
    point_scores: Any,
    scores: Any,
    images: Sequence[Any] | None,
    retrack: bool,
) -> Iterator[Sight]:
    for index, number in enumerate(np.asarray(frame_idx).tolist()):
        rows = slice(int(row_splits[index]), int(row_splits[index + 1]))
        yield Sight(
            number=None if retrack else number,
            points=points[rows],
            point_scores=point_scores[rows],
            scores=scores[rows],
            is_predicted=np.ones(len(scores[rows]), bool),
            image=None if images is None else _with_channel(images[index]),
        )


def _with_channel(image: Any) -> Any:
    image = np.asarray(image)
    return image[..., None] if image.ndim == 2 else image


class _Run:
    """A tracker at work on the frames of one video."""

    def __init__(self, spec: TrackerSpec, config: Any, tracker: Tracker) -> None:
        self.spec, self.config, self.tracker = spec, config, tracker
        self.names: list[str] = []

    def track(self, frames: Iterable[Sight]) -> dict[str, Any]:
        """What ``track_arrays`` returns."""
        seen = [self._frame(sight) for sight in frames]
        final = list(self.spec.finish(self.config, seen)) if self.spec.finish else seen
        tracks, final_tracks = (_joined([f.tracks for f in each]) for each in (seen, final))
        numbers = _by_appearance(np.concatenate([tracks, final_tracks]), len(self.names))
        return {
            "row_splits": _splits(seen),
            "instance": _joined([frame.instances for frame in seen]),
            "track": numbers[tracks],
            "tracking_score": np.concatenate([np.zeros(0), *(frame.scores for frame in seen)]),
            "final_row_splits": _splits(final),
            "final_instance": _joined([frame.instances for frame in final]),
            "final_track": numbers[final_tracks],
            "track_names": [self.names[track] for track in np.argsort(numbers[:-1])],
        }

    def _frame(self, sight: Sight) -> Sightings:
        tracked = self.tracker.track(sight)
        self.names += tracked.new_tracks
        return Sightings(
            source=0,
            sight=attrs.evolve(sight.rows(tracked.instances), image=None),
            instances=tracked.instances,
            tracks=tracked.tracks,
            scores=tracked.scores,
        )


def _splits(frames: Sequence[Sightings]) -> Integers:
    return np.cumsum([0, *(len(frame.tracks) for frame in frames)])


def _joined(arrays: Sequence[Integers]) -> Integers:
    return np.concatenate([np.zeros(0, np.int64), *arrays])


def _by_appearance(tracks: Integers, count: int) -> Integers:
    """Each track's number by first appearance, tracks that never appear last; then -1 for none."""
    seen = list(dict.fromkeys(track for track in tracks.tolist() if track >= 0))
    order = [*seen, *sorted(set(range(count)) - set(seen))]
    numbers = np.full(count + 1, -1)  # index -1 is the last: no track has no number
    numbers[order] = np.arange(count)
    return numbers

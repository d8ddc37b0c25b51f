"""Track the poses of a label file again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import Any

import attrs
import numpy as np

from poise import editions
from poise_workflows.frames.sources import Source
from poise_workflows.tracking.choosing import Tracking
from poise_workflows.tracking.contract import Image, Sightings
from poise_workflows.tracking.differences import RETRACKING
from poise_workflows.tracking.images import seen_image
from poise_workflows.tracking.poses import LabeledPoses, corrections
from poise_workflows.tracking.running import Trackers


@attrs.define(kw_only=True, eq=False)
class Retracked:
    """The tracked frames of a label file.

    Attributes:
        frames: each with what tracking has left of it.
        names: of the tracks, by index.
        dropped: limit → how many instances it left out.
        unreadable: frames whose image the tracker did not get, and why. Their instances have
            no track; in edition sleap-1.4 they are left out.
    """

    frames: list[tuple[LabeledPoses, Sightings]] = attrs.field(factory=list)
    names: Sequence[str] = ()
    dropped: Counter[str] = attrs.field(factory=Counter)
    unreadable: list[tuple[LabeledPoses, str]] = attrs.field(factory=list)


def retrack(
    tracking: Tracking,
    frames: Sequence[LabeledPoses],
    parts: tuple[str, ...],
    sizes: Mapping[int, tuple[int, int] | None],
    sources: Mapping[int, Source],
    tell: Callable[[int], None],
) -> Retracked:
    """Track frames.

    Args:
        tracking: the tracker.
        frames: in the order in which they are tracked.
        parts: of the animals.
        sizes: video → height and width of its frames.
        sources: video → its frames, if the tracker sees them.
        tell: is called with the number of frames that are done.
    """
    trackers, result = Trackers(tracking, parts, sizes), Retracked()
    for poses, image, reason in _with_images(frames, sources):
        if reason:
            result.unreadable.append((poses, reason))
        result.frames.append((poses, _tracked(trackers, result, poses, image, reason)))
        tell(1)
    result.names = trackers.names
    if tracking.finishes:
        final = list(tracking.finish([sightings for _, sightings in result.frames]))
        before, after = (sum(len(s.tracks) for s in each) for each in (_of(result), final))
        if before > after:
            result.dropped["the pass over all frames"] += before - after
        pairs = zip(result.frames, final, strict=True)
        result.frames = [(poses, sightings) for (poses, _), sightings in pairs]
    return result


def _of(result: Retracked) -> Iterator[Sightings]:
    return (sightings for _, sightings in result.frames)


def _tracked(
    trackers: Trackers, result: Retracked, poses: LabeledPoses, image: Image | None, reason: str
) -> Sightings:
    with editions.edition(trackers.tracking.edition):
        number = None if editions.means_sleap(RETRACKING) else poses.number
    sight = poses.sight(len(trackers.parts), number=number, image=image)
    seen = sight.rows(np.zeros(0, np.int64)) if reason else sight
    tracked = trackers.track(poses.source, seen)
    rows, tracks, scores = tracked.instances, tracked.tracks, tracked.scores
    left = np.setdiff1d(np.arange(len(sight)), rows)
    dropped = Counter(tracked.dropped)
    if number is not None:  # what people labeled stays, and so does what nobody could track
        stays = left if reason else left[~sight.is_predicted[left]]
        rows = np.concatenate([rows, stays])
        tracks = np.concatenate([tracks, np.full(len(stays), -1)])
        scores = np.concatenate([scores, np.zeros(len(stays))])
        if not reason and len(stays):
            dropped = _less(dropped, len(stays))
    result.dropped.update(dropped)
    return Sightings(
        source=poses.source,
        sight=attrs.evolve(sight.rows(rows), image=None),
        instances=rows,
        tracks=tracks,
        scores=scores,
    )


def _less(dropped: Counter[str], count: int) -> Counter[str]:
    """Counts of limits without so many instances that stay after all."""
    limits = list(dropped.elements())
    return Counter(limits[: len(limits) - count])


def _with_images(
    frames: Sequence[LabeledPoses], sources: Mapping[int, Source]
) -> Iterator[tuple[LabeledPoses, Image | None, str]]:
    """The frames with their images, or why they have none. Each video is read once, in order."""
    with ExitStack() as files:
        readings = {
            index: files.enter_context(
                closing(source.read([poses.number for poses in frames if poses.source == index]))
            )
            for index, source in sources.items()
        }
        for poses in frames:
            if poses.source not in readings:
                yield poses, None, ""
                continue
            frame = next(readings[poses.source])
            if frame.image is None:
                yield poses, None, frame.reason
            else:
                yield poses, seen_image(frame.image, frame.image.shape[-1]), ""


def put_tracks(labels: Any, result: Retracked) -> list[Any]:
    """Give the instances of labels their tracks, and leave everything else as it is.

    A prediction that was corrected has the track of its correction.

    Returns:
        The predictions that the tracker left out, which are no longer in the labels.
    """
    tracks, removed = _Tracks(result.names), []
    for poses, sightings in result.frames:
        _assign(poses, sightings, tracks)
        kept = set(sightings.instances.tolist())
        out = [animal for row, animal in enumerate(poses.animals) if row not in kept]
        removed += out
        if out:
            gone = {id(animal) for animal in out}
            poses.frame.instances = [a for a in poses.frame.instances if id(a) not in gone]
        for correction, prediction in corrections(poses.animals):
            prediction.track = correction.track
            prediction.tracking_score = correction.tracking_score
    labels.tracks = tracks.used()
    return removed


def put_tracks_as_sleap(labels: Any, result: Retracked) -> Any:
    """New labels of the tracked frames: their instances in the order of the tracker, no more."""
    import sleap_io

    tracks, frames = _Tracks(result.names), []
    for poses, sightings in result.frames:
        _assign(poses, sightings, tracks)
        animals = [poses.animals[row] for row in sightings.instances]
        frame = poses.frame
        frames.append(
            sleap_io.LabeledFrame(video=frame.video, frame_idx=frame.frame_idx, instances=animals)
        )
    return sleap_io.Labels(
        labeled_frames=frames,
        videos=labels.videos,
        skeletons=labels.skeletons,
        tracks=tracks.used(),
        provenance=labels.provenance,
    )


class _Tracks:
    """Makes the objects of tracks as they are used."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names, self._objects = names, dict[int, Any]()

    def of(self, index: int) -> Any:
        import sleap_io

        if index < 0:
            return None
        if index not in self._objects:
            self._objects[index] = sleap_io.Track(self._names[index])
        return self._objects[index]

    def used(self) -> list[Any]:
        """In the order of their first use."""
        return list(self._objects.values())


def _assign(poses: LabeledPoses, sightings: Sightings, tracks: _Tracks) -> None:
    for animal in poses.animals:
        animal.track, animal.tracking_score = None, 0.0
    rows = zip(sightings.instances, sightings.tracks, sightings.scores, strict=True)
    for row, track, score in rows:
        animal = poses.animals[int(row)]
        animal.track, animal.tracking_score = tracks.of(int(track)), float(score)

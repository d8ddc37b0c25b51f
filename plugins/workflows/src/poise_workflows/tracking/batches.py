"""Tracking of the batches of a prediction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import attrs
import numpy as np

from poise_workflows.journal.batches import Batch
from poise_workflows.tracking.contract import Image, Sight, Sightings
from poise_workflows.tracking.running import Trackers


def track_batch(trackers: Trackers, batch: Batch, images: Sequence[Image | None] = ()) -> Batch:
    """The batch with tracks, in the order of the tracker, and with the state after it.

    A frame that could not be read is a frame without instances: time passes.

    Args:
        trackers: those of the run.
        batch: predicted frames.
        images: of the frames, if the tracker sees images.
    """
    sights = [sight_of(batch, row, images[row] if images else None) for row in range(len(batch))]
    results = [trackers.track(batch.source, sight) for sight in sights]
    dropped = Counter(batch.dropped)
    for tracked in results:
        dropped.update(tracked.dropped)
    pairs = zip(results, batch.row_splits, strict=False)  # where the rows end is one more
    rows = np.concatenate([np.asarray(tracked.instances, np.int64) + at for tracked, at in pairs])
    return attrs.evolve(
        batch,
        row_splits=_splits([len(tracked.instances) for tracked in results]),
        points=batch.points[rows],
        point_scores=batch.point_scores[rows],
        scores=batch.scores[rows],
        tracks=np.concatenate([tracked.tracks for tracked in results]),
        tracking_scores=np.concatenate([tracked.scores for tracked in results]),
        new_tracks=[name for tracked in results for name in tracked.new_tracks],
        dropped=dropped,
        state=trackers.state(batch.source),
    )


def sight_of(batch: Batch, row: int, image: Image | None = None) -> Sight:
    """A frame of a batch as a tracker sees it."""
    rows = slice(batch.row_splits[row], batch.row_splits[row + 1])
    return Sight(
        number=int(batch.frames[row]),
        points=batch.points[rows].astype(np.float64),
        point_scores=batch.point_scores[rows].astype(np.float64),
        scores=batch.scores[rows].astype(np.float64),
        is_predicted=np.ones(rows.stop - rows.start, np.bool_),
        image=image,
    )


def sightings_of(batch: Batch, row: int) -> Sightings:
    """A tracked frame of a batch as the pass over all frames sees it."""
    rows = slice(batch.row_splits[row], batch.row_splits[row + 1])
    return Sightings(
        source=batch.source,
        sight=sight_of(batch, row),
        instances=np.arange(rows.stop - rows.start),
        tracks=batch.tracks[rows].astype(np.int64),
        scores=batch.tracking_scores[rows].astype(np.float64),
    )


def with_sightings(batch: Batch, frames: Sequence[Sightings]) -> Batch:
    """The batch with what the pass over all frames has left of its frames."""
    pairs = zip(frames, batch.row_splits, strict=False)  # where the rows end is one more
    rows = np.concatenate([np.asarray(frame.instances, np.int64) + at for frame, at in pairs])
    return attrs.evolve(
        batch,
        row_splits=_splits([len(frame.instances) for frame in frames]),
        points=batch.points[rows],
        point_scores=batch.point_scores[rows],
        scores=batch.scores[rows],
        tracks=np.concatenate([frame.tracks for frame in frames]),
        tracking_scores=np.concatenate([frame.scores for frame in frames]),
    )


def _splits(counts: Sequence[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])

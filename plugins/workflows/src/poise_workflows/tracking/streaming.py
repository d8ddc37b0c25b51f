"""Tracks of frames that a caller gets as soon as they are predicted."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from poise import Instances
from poise.errors import Fault
from poise.messages import argument_path
from poise_workflows.journal.batches import Batch
from poise_workflows.prediction.options import OptionsError
from poise_workflows.tracking.choosing import Tracking


def check_stream(tracking: Tracking) -> None:
    """Refuse a tracker that changes tracks after the last frame, when they are gone.

    Raises:
        OptionsError: its options ask for a pass over all frames.
    """
    if tracking.finishes:
        what = f"must not need all frames at once, got the tracker {tracking.spec.key} with "
        what += "options that change tracks after the last frame"
        fix = "leave these options out, or use predict"
        raise OptionsError([Fault(f"{what}; {fix}", argument_path("tracking"))])


def tracked_instances(
    animals: Instances, batch: Batch, row: int, names: Sequence[str]
) -> Instances:
    """The animals of a frame after tracking, whose classes are their tracks.

    Args:
        animals: those of the frame before, one image.
        batch: the tracked batch.
        row: of the frame in the batch.
        names: of all tracks up to this batch.
    """
    rows = slice(batch.row_splits[row], batch.row_splits[row + 1])
    return attrs.evolve(
        animals,
        points=batch.points[None, rows],
        point_scores=batch.point_scores[None, rows],
        instance_scores=batch.scores[None, rows],
        counts=np.array([rows.stop - rows.start]),
        classes=batch.tracks[None, rows],
        class_scores=batch.tracking_scores[None, rows],
        class_names=names,
    )

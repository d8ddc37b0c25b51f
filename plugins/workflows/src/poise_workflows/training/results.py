"""What became of a training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class Run:
    """A training that ended.

    Attributes:
        folder: of the run; ``poise.read`` of it, and ``predict``, take the best weights.
        epochs: how many were trained, by all processes together.
        best_epoch: the one whose weights are the best, counted from 1.
        best_loss: its validation loss.
        reason: why no further epoch followed.
        was_finished: whether an earlier process finished it, and this one did nothing.
        notes: what people should know of data, network and device, a sentence each.
        metrics: single figures of the validation frames by SLEAP's names, as
            ``run.metrics["dist.p50"]``, the median error in pixels; empty if they could not be
            evaluated.
    """

    folder: Path
    epochs: int
    best_epoch: int
    best_loss: float | None
    reason: str
    was_finished: bool
    notes: tuple[str, ...]
    metrics: Mapping[str, float] = attrs.field(factory=dict, repr=False)

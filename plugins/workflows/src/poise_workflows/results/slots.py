"""Places for animals: one for each track, or one for each animal of a frame without tracks."""

from __future__ import annotations

import numpy as np

from poise_workflows.journal.batches import Batch
from poise_workflows.journal.packing import Array
from poise_workflows.results.surveys import Survey


def slot_names(counted: Survey, tracks: tuple[str, ...]) -> list[str]:
    """The name of each place; empty if a single animal without a track is there.

    Animals without tracks get places in the order in which they were predicted, which says
    nothing about identity from frame to frame. Their names are those that sleap-io gives them.
    """
    if counted.tracks:
        return [tracks[index] for index in counted.tracks]
    return [f"track_{index}" for index in range(counted.most)] if counted.most > 1 else []


def slot_count(counted: Survey) -> int:
    """The number of places."""
    return len(counted.tracks) or max(counted.most, 1)


def slots_of(counted: Survey, frame: Batch) -> Array:
    """``(N,)``: the place of each animal of a frame."""
    if counted.tracks:
        return np.searchsorted(counted.tracks, frame.tracks)
    return np.arange(len(frame.tracks))

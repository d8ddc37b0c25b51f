"""Compare what two trackers make of the same frames."""

from __future__ import annotations

import numpy as np

from poise_workflows.tracking.contract import Sight, Tracked


def equal(one: Tracked, other: Tracked) -> bool:
    """Whether two results are the same."""
    arrays = ("instances", "tracks", "scores")
    return one.new_tracks == other.new_tracks and all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name == "scores")
        for name in arrays
    )


def first_difference(ones: list[Tracked], others: list[Tracked]) -> int | None:
    """The first frame whose results differ; ``None`` if none does."""
    pairs = enumerate(zip(ones, others, strict=True))
    return next((number for number, (one, other) in pairs if not equal(one, other)), None)


def same(one: Sight, other: Sight) -> bool:
    """Whether two sights have the same values."""
    arrays = ("points", "point_scores", "scores", "is_predicted")
    if not all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name == "points")
        for name in arrays
    ):
        return False
    if one.image is None or other.image is None:
        return one.image is other.image
    return np.array_equal(one.image, other.image)

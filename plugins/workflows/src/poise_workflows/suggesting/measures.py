"""Faults that a frame shows by itself: doubtful parts, missing ones, too many animals or too few.

Each function takes the predictions of a video and gives the badness of each frame, ``(F,)``.
"""

from __future__ import annotations

import numpy as np

from poise_workflows.suggesting.contract import Floats, Predictions

AROUND = 21
"""Frames that are around a frame, itself included."""


def score_badness(predictions: Predictions) -> Floats:
    """How far the most doubtful animal of a frame is below full confidence.

    The confidence of an animal is the mean of its parts' scores; scores that are no finite
    numbers are left out, and an animal that has no others counts by its own score. Full
    confidence is 1, or the best animal of the video, if its score is above 1.

    Returns:
        ``(F,)``: from 0; NaN where there is no animal, or none that has a score.
    """
    scores = np.where(predictions.visible, predictions.point_scores, np.nan)
    confidence = _mean_of_finite(scores)
    of_animals = np.where(np.isfinite(predictions.scores), predictions.scores, np.nan)
    confidence = np.where(np.isnan(confidence), of_animals, confidence)
    lowest = np.full(len(predictions), np.inf)
    is_known = ~np.isnan(confidence)
    np.minimum.at(lowest, predictions.rows[is_known], confidence[is_known])
    lowest[np.isinf(lowest)] = np.nan
    full = max(1.0, float(np.max(confidence, initial=1.0, where=is_known)))
    return np.asarray(1 - lowest / full, np.float64)


def count_badness(predictions: Predictions) -> Floats:
    """How many animals too many or too few a frame has.

    What is usual is the median of the video, and that of the frames around. A frame that differs
    from both is worse than one amid others that differ as it does.

    Returns:
        ``(F,)``: the sum of both differences, in animals.
    """
    from scipy.ndimage import median_filter

    counts = predictions.counts
    if not len(counts):
        return np.zeros(0)
    around = median_filter(counts, size=AROUND, mode="nearest")
    return np.asarray(np.abs(counts - np.median(counts)) + np.abs(counts - around), np.float64)


def missing_badness(predictions: Predictions) -> Floats:
    """Which share of the parts of a frame was not found.

    A frame should have all parts of its animals, and of as many animals as frames of the video
    usually have (the median).

    Returns:
        ``(F,)``: from 0 to 1, where 1 is a frame without animals.
    """
    counts, frames = predictions.counts, len(predictions)
    if not frames:
        return np.zeros(0)
    per_animal = predictions.visible.sum(axis=1)
    visible = np.bincount(predictions.rows, weights=per_animal, minlength=frames)
    expected = np.maximum(counts, np.median(counts)) * len(predictions.parts)
    lacking = expected - visible  # both are 0 where no animal is expected
    return np.asarray(lacking / np.maximum(expected, 1), np.float64)


def _mean_of_finite(scores: Floats) -> Floats:
    """The mean of each row without values that are not finite; NaN for a row without others."""
    is_finite = np.isfinite(scores)
    number = is_finite.sum(axis=1)
    total = np.where(is_finite, scores, 0.0).sum(axis=1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)

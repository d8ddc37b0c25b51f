"""Which animals were detected, missed and invented, over all labeled frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from poise_workflows.evaluation.accuracy import PIXELS, mean, percentile, ratio
from poise_workflows.evaluation.pairs import Pairs
from poise_workflows.evaluation.scenes import Scene


def detection_of(scenes: Sequence[Scene], pairs: Pairs) -> dict[str, Any]:
    """How many animals were detected, missed and invented.

    Args:
        scenes: the labeled frames.
        pairs: the matched animals, and those that are in no pair.
    """
    matched, missed, false = len(pairs), len(pairs.missed), len(pairs.false_scores)
    return {
        "frames.labeled": len(scenes),
        "frames.without_predictions": sum(not scene.has_predictions for scene in scenes),
        "detection.matched": matched,
        "detection.missed": missed,
        "detection.false": false,
        "detection.precision": ratio(matched, matched + false),
        "detection.recall": ratio(matched, matched + missed),
        "detection.f1": ratio(2 * matched, 2 * matched + missed + false),
    }


def by_part(pairs: Pairs, parts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Part → its figures. Parts of missed animals are labeled and not detected."""
    distances = pairs.distances
    detected = (pairs.labeled & pairs.seen).sum(axis=0)
    missed = (~np.isnan(pairs.missed).any(axis=-1)).sum(axis=0)
    labeled = pairs.labeled.sum(axis=0)
    right = (distances[..., None] < PIXELS).sum(axis=(0, 2))
    return {
        part: {
            "mean": mean(distances[:, index]),
            "median": percentile(distances[:, index], 50),
            "p95": percentile(distances[:, index], 95),
            "pck": ratio(right[index], labeled[index] * len(PIXELS)),
            "labeled": int(labeled[index] + missed[index]),
            "detected": int(detected[index]),
        }
        for index, part in enumerate(parts)
    }

"""Metrics of the matched animals, by SLEAP's names and definitions.

Source: the metrics of SLEAP 1.4; those whose name ends in ``_voc`` are after PASCAL VOC.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from poise import editions
from poise_workflows.evaluation.differences import UNLABELED_PARTS, UNMATCHED_PREDICTIONS
from poise_workflows.evaluation.matching import EPSILON
from poise_workflows.evaluation.pairs import Pairs
from poise_workflows.evaluation.scenes import Array

PERCENTILES = 50, 75, 90, 95, 99
PIXELS = np.arange(1.0, 11)
"""Distances below which PCK counts a part as right."""

SIMILARITIES = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)


def accuracy_of(pairs: Pairs) -> dict[str, Any]:
    """All metrics of the original, in the edition of the context.

    Where there is nothing to average, the value is NaN.
    """
    right = pairs.distances[..., None] < PIXELS
    return {
        **dict(_distances(pairs)),
        **dict(_visibility(pairs)),
        **dict(_right_parts(pairs, right)),
        "oks.mOKS": mean(pairs.oks),
        **_precision("oks_voc", pairs.oks, pairs),
        **_precision("pck_voc", _right_share(pairs, right), pairs),
    }


def mean(values: Array) -> float:
    """The mean of what is not NaN; NaN of nothing."""
    values = values[~np.isnan(values)]
    return float(values.mean()) if values.size else float("nan")


def percentile(values: Array, share: float) -> float:
    """A percentile of what is not NaN, between neighbors by their distance; NaN of nothing."""
    values = values[~np.isnan(values)]
    return float(np.percentile(values, share)) if values.size else float("nan")


def ratio(part: float, whole: float) -> float:
    """A share; NaN of nothing."""
    return float(part / whole) if whole else float("nan")


def _distances(pairs: Pairs) -> Iterator[tuple[str, Any]]:
    yield "dist.avg", mean(pairs.distances)
    for share in PERCENTILES:
        yield f"dist.p{share}", percentile(pairs.distances, share)
    yield "dist.dists", pairs.distances
    yield "dist.frame_idxs", pairs.numbers
    yield "dist.video_paths", np.array(pairs.titles, np.str_)


def _visibility(pairs: Pairs) -> Iterator[tuple[str, Any]]:
    labeled, seen = pairs.labeled, pairs.seen
    right, invented = int((labeled & seen).sum()), int((~labeled & seen).sum())
    lost = int((labeled & ~seen).sum())
    yield "vis.tp", right
    yield "vis.fp", invented
    yield "vis.tn", int((~labeled & ~seen).sum())
    yield "vis.fn", lost
    yield "vis.precision", ratio(right, right + invented)
    yield "vis.recall", ratio(right, right + lost)


def _right_parts(pairs: Pairs, right: Array) -> Iterator[tuple[str, Any]]:
    """PCK; ``right`` is ``(K, P, 10)``."""
    if editions.means_sleap(UNLABELED_PARTS):
        counts = np.full(right.shape[1], len(right))
    else:
        counts = pairs.labeled.sum(axis=0)
    with np.errstate(invalid="ignore"):
        parts = right.sum(axis=(0, 2)) / (counts * len(PIXELS))
    yield "pck.mPCK", _mean_of_parts(parts)
    yield "pck.mPCK_parts", parts
    yield "pck.thresholds", PIXELS
    yield "pck.pcks", right


def _mean_of_parts(parts: Array) -> float:
    if editions.means_sleap(UNLABELED_PARTS):
        return float(parts.mean())
    return mean(parts)  # a part that is labeled nowhere says nothing


def _right_share(pairs: Pairs, right: Array) -> Array:
    """``(K,)``: the PCK of each pair."""
    if editions.means_sleap(UNLABELED_PARTS):
        # In this order, as a sum that is a threshold rounds to one side of it.
        return np.asarray(right.mean(axis=-1).mean(axis=-1))
    return np.asarray(right.sum(axis=(1, 2)) / (pairs.labeled.sum(axis=1) * len(PIXELS)))


def _precision(name: str, similarity: Array, pairs: Pairs) -> dict[str, Any]:
    """Average precision and recall over thresholds of a similarity."""
    scores = pairs.scores
    if not editions.means_sleap(UNMATCHED_PREDICTIONS):
        similarity = np.concatenate([similarity, np.zeros(len(pairs.false_scores))])
        scores = np.concatenate([scores, pairs.false_scores])
    order = np.argsort(-scores, kind="stable")
    similarity, animals = similarity[order], len(pairs) + len(pairs.missed)
    curves = [_curve(similarity >= each, animals) for each in SIMILARITIES]
    precisions = np.array([precision for precision, _ in curves])
    recalls = np.array([recall for _, recall in curves])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return {
            f"{name}.match_score_thresholds": SIMILARITIES,
            f"{name}.recall_thresholds": RECALLS,
            f"{name}.match_scores": similarity,
            f"{name}.precisions": precisions,
            f"{name}.recalls": recalls,
            f"{name}.AP": precisions.mean(axis=1),
            f"{name}.AR": recalls,
            f"{name}.mAP": float(precisions.mean()),
            f"{name}.mAR": float(recalls.mean()),
        }


def _curve(is_right: Array, animals: int) -> tuple[Array, float]:
    """Precision at each recall of ``RECALLS``, and the recall of all detections.

    Args:
        is_right: ``(D,)``: of the detections by descending score, which are right.
        animals: how many there are.
    """
    if not animals:
        return np.full(len(RECALLS), np.nan), float("nan")
    if not len(is_right):
        return np.zeros(len(RECALLS)), 0.0
    right, wrong = np.cumsum(is_right), np.cumsum(~is_right)
    recall, precision = right / animals, right / (right + wrong + EPSILON)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    first = np.searchsorted(recall, RECALLS)
    return np.append(precision, 0.0)[first], float(recall[-1])

"""Which predicted animal is which labeled one: by object keypoint similarity (OKS).

Source: the metrics of SLEAP 1.4, after those of COCO.
"""

from __future__ import annotations

import attrs
import numpy as np

from poise_workflows.evaluation.scenes import Animals, Array, Scene

EPSILON = float(np.spacing(1))


def similarities(
    truth: Animals, predicted: Animals, stddev: float = 0.025, scale: float | None = None
) -> Array:
    """The OKS of each labeled animal with each predicted one.

    The similarity of a part is ``exp(-d² / (2 (2 stddev)² area))`` at a distance of ``d``
    pixels, 0 if either has it not. OKS is its mean over the labeled parts.

    Args:
        truth: N labeled animals.
        predicted: M predicted animals.
        stddev: how far off a part may be, as a part of the animal's size.
        scale: area of an animal in square pixels; by default that of the box around its parts.

    Returns:
        ``(N, M)``, from 0 to 1.
    """
    areas = _areas(truth) if scale is None else np.full(len(truth), float(scale))
    squares = ((truth.points[:, None] - predicted.points[None]) ** 2).sum(axis=-1)
    width = (2 * stddev) ** 2 * 2 * (areas[:, None, None] + EPSILON)
    each = np.exp(-squares / width)
    return np.asarray(np.nan_to_num(each).sum(axis=-1) / truth.visible.sum(axis=-1)[:, None])


def _areas(animals: Animals) -> Array:
    if not len(animals):
        return np.zeros(0)
    sides = np.nanmax(animals.points, axis=1) - np.nanmin(animals.points, axis=1)
    return np.asarray(sides.prod(axis=-1))


@attrs.frozen(kw_only=True, eq=False)
class Match:
    """Which animals of a scene are the same.

    Attributes:
        truth: ``(K,)``: rows of the labeled animals, best prediction first.
        predicted: ``(K,)``: rows of the predicted animals that they match.
        oks: ``(K,)``: their similarity.
        missed: rows of labeled animals that nothing matches.
        false: rows of predicted animals that match nothing.
    """

    truth: Array
    predicted: Array
    oks: Array
    missed: Array
    false: Array


def match(scene: Scene, stddev: float, scale: float | None, threshold: float) -> Match:
    """Match the animals of a scene.

    Predictions come by descending score. Each takes the most similar labeled animal that is
    left, the first of equal ones, if their OKS is above the threshold.

    Args:
        scene: the frame.
        stddev: as of ``similarities``.
        scale: as of ``similarities``.
        threshold: the OKS that is not enough.
    """
    table = similarities(scene.truth, scene.predicted, stddev, scale)
    left = np.ones(len(scene.truth), bool)
    pairs: list[tuple[int, int]] = []
    for column in np.argsort(-scene.predicted.scores, kind="stable"):
        if not left.any():
            break
        row = int(np.argmax(np.where(left, table[:, column], -1)))
        if table[row, column] > threshold:
            pairs.append((row, int(column)))
            left[row] = False
    rows, columns = np.array(pairs, int).reshape(-1, 2).T
    return Match(
        truth=rows,
        predicted=columns,
        oks=table[rows, columns],
        missed=np.flatnonzero(left),
        false=np.setdiff1d(np.arange(len(scene.predicted)), columns),
    )

"""Leave out instances of frames that have more than there are animals."""

from __future__ import annotations

import numpy as np

from poise_workflows.tracking.contract import Floats, Integers
from poise_workflows.tracking.described import boxes_of
from poise_workflows.tracking.similarities import areas_of


def culled(
    points: Floats,
    scores: Floats,
    target: int,
    overlap: float,
    *,
    suppresses_wrongly: bool = False,
) -> Integers:
    """The instances that stay, in their order.

    Args:
        points: ``(I, P, 2)``.
        scores: ``(I,)``.
        target: how many may stay.
        overlap: first leave out those of which more than this part overlaps with a better one;
            0 for none.
        suppresses_wrongly: a count of the wrong sign decides how many of those come back if too
            few stay.
    """
    rows = np.arange(len(points))
    if len(rows) <= target:
        return rows
    if overlap:
        picked, dropped = _suppress(boxes_of(points), scores, overlap)
        lacking = target - len(picked)
        if lacking > 0:
            picked += dropped[: -lacking if suppresses_wrongly else lacking]
        rows = np.array(sorted(picked), np.int64)
    best = np.argsort(scores[rows], kind="stable")[max(len(rows) - target, 0) :]
    return rows[np.sort(best)]


def _suppress(boxes: Floats, scores: Floats, overlap: float) -> tuple[list[int], list[int]]:
    """Pick the best, drop what overlaps with it, and so on: picked and dropped, best first."""
    left = np.argsort(scores, kind="stable")[::-1]
    picked: list[int] = []
    dropped: list[int] = []
    while len(left):
        best, left = left[0], left[1:]
        picked.append(int(best))
        covered = _covered(boxes[left], boxes[best]) > overlap
        dropped += left[covered].tolist()
        left = left[~covered]
    return picked, sorted(dropped, key=lambda row: scores[row], reverse=True)


def _covered(boxes: Floats, best: Floats) -> Floats:
    """Which part of each box lies in another one."""
    sides = np.minimum(boxes[:, 2:], best[2:]) - np.maximum(boxes[:, :2], best[:2]) + 1
    result: Floats = np.prod(np.maximum(sides, 0), axis=1) / areas_of(boxes)
    return result

"""Pair instances with tracks by their costs, the smaller the better."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from poise.errors import PoiseError
from poise_workflows.tracking.contract import Floats

Pairs = list[tuple[int, int]]
"""Row and column of each pair, in the order of the matching."""

TRIFLE = 1e-6
"""Part of a cost beyond the highest one that counts."""

Allowed = npt.NDArray[np.bool_]


class MatchingError(PoiseError, ValueError):
    """Instances and tracks cannot be paired."""


def match(
    matching: str, cost: Floats, allowed: Allowed, highest: Floats, *, sorts_ties: bool = False
) -> Pairs:
    """Pair rows and columns, each at most once.

    Args:
        matching: ``greedy`` or ``hungarian``.
        cost: ``(I, K)``; infinite where there is none.
        allowed: ``(I, K)``: which pairs may be made.
        highest: ``(I, K)``: the highest cost of a match; infinite for none.
        sorts_ties: whether greedy matching leaves the order of ties to quicksort.

    Raises:
        MatchingError: Hungarian matching finds no complete matching of finite cost.
    """
    if not cost.size or not allowed.any():
        return []
    if matching == "hungarian":
        return hungarian(cost, allowed, highest)
    return greedy(cost, allowed, sorts_ties=sorts_ties)


def greedy(cost: Floats, allowed: Allowed, *, sorts_ties: bool = False) -> Pairs:
    """The pair of the least cost, then that of the least cost among the rest, and so on."""
    pairs: Pairs = []
    rows, columns = set(range(cost.shape[0])), set(range(cost.shape[1]))
    for cell in order_of(cost, sorts_ties=sorts_ties).tolist():
        row, column = divmod(cell, cost.shape[1])
        if row in rows and column in columns and allowed[row, column]:
            pairs.append((row, column))
            rows.remove(row)
            columns.remove(column)
            if not rows or not columns:
                break
    return pairs


def order_of(cost: Floats, *, sorts_ties: bool) -> npt.NDArray[np.intp]:
    """The cells, in row-major order, by ascending cost."""
    if not sorts_ties:
        return np.argsort(cost, axis=None, kind="stable")
    # NumPy sorts this type by the quicksort that it once had for all types, and nothing else:
    # how it leaves ties does not depend on the instructions that the processor has.
    return np.argsort(cost.astype(np.longdouble), axis=None)


def hungarian(cost: Floats, allowed: Allowed, highest: Floats) -> Pairs:
    """The allowed pairs of the least sum, in the order of the rows.

    What stays alone, and a match that is allowed although it costs more than the highest cost,
    count as the highest cost and a trifle: no good match is given up for a bad one.
    """
    from scipy.optimize import linear_sum_assignment

    if np.isfinite(highest).all():
        excess = np.maximum(cost - highest, 0)
        excess[~allowed] = excess[allowed].max() + 1
        cost = np.minimum(cost, highest) + TRIFLE * excess
    try:
        rows, columns = linear_sum_assignment(cost)
    except ValueError as error:
        raise MatchingError(
            "every instance must have a similarity for Hungarian matching, got one without "
            "visible parts; edition 2026 leaves it untracked, --tracking.match greedy tracks it"
        ) from error
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [pair for pair in pairs if allowed[pair]]

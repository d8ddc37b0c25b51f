"""Pair instances with tracks by their costs, the smaller the better."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from poise.errors import PoiseError
from poise_workflows.tracking.contract import Floats

Pairs = list[tuple[int, int]]
"""Row and column of each pair, in the order of the matching."""

Allowed = npt.NDArray[np.bool_]


class MatchingError(PoiseError, ValueError):
    """Instances and tracks cannot be paired."""


def match(matching: str, cost: Floats, allowed: Allowed, *, sorts_ties: bool = False) -> Pairs:
    """Pair rows and columns, each at most once.

    Args:
        matching: ``greedy`` or ``hungarian``.
        cost: ``(I, K)``; infinite where there is none.
        allowed: ``(I, K)``: which pairs may be made.
        sorts_ties: whether greedy matching leaves the order of ties to quicksort.

    Raises:
        MatchingError: Hungarian matching finds no complete matching of finite cost.
    """
    if not cost.size or not allowed.any():
        return []
    if matching == "hungarian":
        return hungarian(cost, allowed)
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


def hungarian(cost: Floats, allowed: Allowed) -> Pairs:
    """As many allowed pairs as there can be, of the least sum, in the order of the rows."""
    from scipy.optimize import linear_sum_assignment

    if not allowed.all():
        # Dearer than any set of allowed pairs.
        spread = np.ptp(cost[allowed])
        cost = np.where(allowed, cost, cost[allowed].max() + (spread + 1) * (min(cost.shape) + 1))
    try:
        rows, columns = linear_sum_assignment(cost)
    except ValueError as error:
        raise MatchingError(
            "every instance must have a similarity for Hungarian matching, got one without "
            "visible parts; edition 2026 leaves it untracked, --tracking.match greedy tracks it"
        ) from error
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [pair for pair in pairs if allowed[pair]]

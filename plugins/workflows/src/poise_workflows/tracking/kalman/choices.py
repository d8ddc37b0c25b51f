"""Which instance is which filter's animal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from poise_workflows.tracking.contract import Floats, Integers

LOWEST_SCORE = 0.3
"""Instances of a lower score are not compared with filters."""


class Pairs(NamedTuple):
    """Matched instances ``(M,)`` and the filters ``(M,)`` that they are matched with."""

    instances: Integers
    filters: Integers


NO_PAIRS = Pairs(np.empty(0, np.int64), np.empty(0, np.int64))


@attrs.frozen
class Seen:
    """The coordinates of a frame's instances that filters follow.

    Attributes:
        coordinates: ``(I, C)``: x0, y0, x1, …; NaN for missing parts.
        weights: ``(I, C)``: scores of the coordinates' parts.
        scores: ``(I,)``: scores of the instances.
    """

    coordinates: Floats
    weights: Floats
    scores: Floats

    def __len__(self) -> int:
        """The number of instances."""
        return len(self.coordinates)


def costs(seen: Seen, expected: Floats) -> Floats:
    """The distance ``(I, K)`` of each instance from what each filter expects, in pixels.

    It is the mean of the coordinates' absolute differences, weighted by the scores of their
    parts. NaN for an instance without visible parts, and for one of too low a score.

    Args:
        seen: the instances.
        expected: ``(K, C)``: the filters' positions.
    """
    missing = np.isnan(seen.coordinates)
    weights = np.where(missing, 0.0, seen.weights)
    weights[seen.scores < LOWEST_SCORE] = np.nan
    difference = np.abs(np.where(missing, 0.0, seen.coordinates)[:, None] - expected[None])
    with np.errstate(invalid="ignore"):
        result: Floats = np.einsum("ikc,ic->ik", difference, weights) / weights.sum(axis=1)[:, None]
    return result


def choose(
    seen: Seen, expected: Floats, *, plain_minima: bool, farthest: Floats | None = None
) -> Pairs:
    """Match instances with filters; whatever is ambiguous stays unmatched.

    Args:
        seen: the instances.
        expected: ``(K, C)``: the filters' positions.
        plain_minima: whether one NaN makes the minimum of its row or column NaN, so that
            nothing there is ambiguous.
        farthest: ``(I, K)``: greatest distances of matches; by default there is no limit.
    """
    cost = costs(seen, expected)
    if farthest is not None:
        cost = np.where(cost <= farthest, cost, np.nan)
    if np.isnan(cost).all():
        return NO_PAIRS
    margin = float(np.nanmin(cost))
    clear = _clear(cost, margin, np.min if plain_minima else _smallest)
    if np.isnan(clear).all():
        return NO_PAIRS
    return _by_first_choice(seen.coordinates, clear, margin)


def _smallest(cost: Floats, axis: int, keepdims: bool) -> Floats:
    result: Floats = np.where(np.isnan(cost), np.inf, cost).min(axis=axis, keepdims=keepdims)
    return result


def _clear(cost: Floats, margin: float, smallest: Callable[..., Floats]) -> Floats:
    """The costs without the columns, then without the rows, in which several are nearly least."""
    column_ties = _ties(cost, margin, smallest, axis=0)
    left = np.where(column_ties, np.nan, cost)
    row_ties = _ties(left, margin, smallest, axis=1)
    # An instance is not matched with its second choice because its first one is ambiguous.
    best = np.where(np.isnan(cost), np.inf, cost).argmin(axis=1)
    lost = np.isnan(left[np.arange(len(left)), best])
    return np.where(row_ties | lost[:, None], np.nan, left)


def _ties(
    cost: Floats, margin: float, smallest: Callable[..., Floats], *, axis: int
) -> npt.NDArray[np.bool_]:
    """Whether more than one cost of a column (axis 0) or row (1) is within the margin."""
    within = cost < smallest(cost, axis=axis, keepdims=True) + margin
    result: npt.NDArray[np.bool_] = within.sum(axis=axis, keepdims=True) > 1
    return result


def _by_first_choice(coordinates: Floats, cost: Floats, margin: float) -> Pairs:
    """Pairs by ascending cost, without those that took what is left beside a first choice."""
    comparable = np.where(np.isnan(cost), np.inf, cost)
    firsts = comparable.argmin(axis=0)
    pairs = [
        (instance, filter_)
        for instance, filter_ in _greedy(comparable)
        if instance == firsts[filter_]
        or not _mean_difference(coordinates, instance, firsts[filter_]) < margin
    ]
    instances, filters = np.array(pairs, np.int64).reshape(-1, 2).T
    return Pairs(instances, filters)


def _greedy(cost: Floats) -> Iterator[tuple[int, int]]:
    """Finite cells by ascending cost whose row and column are free."""
    rows, columns = set(), set()
    for cell in np.argsort(cost, axis=None).tolist():
        row, column = divmod(cell, cost.shape[1])
        if row not in rows and column not in columns and np.isfinite(cost[row, column]):
            rows.add(row)
            columns.add(column)
            yield row, column


def _mean_difference(coordinates: Floats, instance: int, other: int) -> float:
    difference = np.abs(coordinates[instance] - coordinates[other])
    shared = difference[~np.isnan(difference)]
    return float(shared.mean()) if len(shared) else np.nan

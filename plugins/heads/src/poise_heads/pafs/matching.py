"""Matching: which sources and destinations of an edge belong together."""

from __future__ import annotations

import attrs
import numpy as np

from poise_heads.confmaps.peaks import Flags, Floats, Integers
from poise_heads.pafs.candidates import Candidates


@attrs.frozen(eq=False)
class Matches:
    """Pairs of peaks that were matched, in the order of the candidates.

    Attributes:
        edge: ``(M,)``.
        source: ``(M,)``, indices of peaks.
        destination: ``(M,)``, indices of peaks.
        score: ``(M,)``.
    """

    edge: Integers
    source: Integers
    destination: Integers
    score: Floats

    def __len__(self) -> int:
        return len(self.edge)

    def __getitem__(self, chosen: Integers | Flags) -> Matches:
        """The chosen pairs, by mask or by indices."""
        return Matches(*(array[chosen] for array in attrs.astuple(self, recurse=False)))


def match(pairs: Candidates, scores: Floats) -> Matches:
    """Match peaks one to one, separately for each edge of each image.

    The matching has as many pairs as possible, with the largest total score; the caller drops
    pairs with a low score. A pair with the score NaN is matched only if there is no alternative,
    and then left out.

    Args:
        pairs: ``M`` candidates.
        scores: ``(M,)``.
    """
    sizes = (pairs.sources * pairs.destinations).ravel()
    ends = np.cumsum(sizes)
    shapes = np.stack([pairs.sources.ravel(), pairs.destinations.ravel()], axis=-1)
    chosen = []
    for group in np.flatnonzero(sizes):
        start = ends[group] - sizes[group]
        cost = -scores[start : ends[group]].reshape(shapes[group])
        row, column = assignment(cost)
        chosen.append(start + row * shapes[group][1] + column)
    index = np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.int64)
    index = index[~np.isnan(scores[index])]
    return Matches(pairs.edge[index], pairs.source[index], pairs.destination[index], scores[index])


def assignment(cost: Floats) -> tuple[Integers, Integers]:
    """The one-to-one assignment of the least total cost.

    Args:
        cost: ``(rows, columns)``. NaN costs more than everything else together.

    Returns:
        Rows, ascending, and their columns: ``min(rows, columns)`` of each.
    """
    from scipy.optimize import linear_sum_assignment

    finite = np.isfinite(cost)
    if not finite.all():
        dear = 1 + 2 * np.abs(cost[finite], dtype=np.float64).sum()
        cost = np.where(finite, cost, dear)
    row, column = linear_sum_assignment(cost)
    return np.asarray(row), np.asarray(column)

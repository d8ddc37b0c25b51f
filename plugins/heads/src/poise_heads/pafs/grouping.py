"""Grouping: matched pairs of parts → animals."""

from __future__ import annotations

import numpy as np

from poise.editions import means_sleap
from poise_heads.confmaps.peaks import Floats, Integers
from poise_heads.differences import EDGES_OFF_THE_TREE, MIN_INSTANCE_PEAKS_FRACTION
from poise_heads.edge_order import EdgeOrder
from poise_heads.pafs.matching import Matches

NONE = -1
"""The animal of a peak without a pair."""


def animals_of_peaks(
    matches: Matches, order: EdgeOrder, part: Integers, parts: int
) -> tuple[Integers, Matches]:
    """Join pairs that share a peak.

    Along the trees of edges an animal grows from each source that has none yet, and each
    destination joins its source: a broken chain makes two animals. In edition 2026 the other
    edges then join animals, the best pair first: two animals become one if they have no part
    in common.

    Args:
        matches: pairs that are good enough; of each edge by image, then in the order in
            which they start animals.
        order: of the edges.
        part: ``(K,)``: the part of each peak.
        parts: the number of parts.

    Returns:
        ``(K,)``: the number of each peak's animal, or ``NONE``; and the pairs that are
        within an animal. Animals are numbered across images, with gaps; within an image
        the numbers rise in the order in which animals were started.
    """
    animal = np.full(len(part), NONE, dtype=np.int64)
    as_sleap = means_sleap(EDGES_OFF_THE_TREE)
    trees = order.tree_of_first_root if as_sleap else order.tree_of_first_root + order.other_trees
    begun = 0
    for edge in trees:
        pairs = matches[matches.edge == edge]
        new = pairs.source[animal[pairs.source] == NONE]
        animal[new] = begun + np.arange(len(new))
        begun += len(new)
        animal[pairs.destination] = animal[pairs.source]
    rest = matches[np.isin(matches.edge, order.rest)]
    if as_sleap:
        matches = matches[np.isin(matches.edge, trees)]
    elif len(rest):
        _join(rest, animal, part, parts, begun)
    within = animal[matches.source] == animal[matches.destination]
    return animal, matches[within]


def _join(matches: Matches, animal: Integers, part: Integers, parts: int, begun: int) -> None:
    """Join animals (changed in place) by pairs of any edges, the best pair first."""
    paired = np.unique(np.concatenate([matches.source, matches.destination]))
    single = paired[animal[paired] == NONE]
    animal[single] = begun + np.arange(len(single))  # each is an animal until joined
    has = np.zeros((begun + len(single), parts), dtype=bool)
    joined = animal != NONE
    has[animal[joined], part[joined]] = True
    for index in np.argsort(-matches.score, kind="stable"):
        kept, other = sorted((animal[matches.source[index]], animal[matches.destination[index]]))
        if kept != other and not (has[kept] & has[other]).any():
            animal[animal == other] = kept
            has[kept] |= has[other]
            has[other] = False
    alone = single[has[animal[single]].sum(axis=-1) == 1]
    animal[alone] = NONE


def assemble(
    animal: Integers,
    matches: Matches,
    image: Integers,
    part: Integers,
    points: Floats,
    values: Floats,
    *,
    parts: int,
    min_instance_peaks: float = 0,
) -> tuple[Floats, Floats, Floats, Integers, Integers]:
    """Collect the peaks of each animal.

    Args:
        animal: ``(K,)``: the number of each peak's animal, or ``NONE``.
        matches: pairs within animals.
        image: ``(K,)``.
        part: ``(K,)``.
        points: ``(K, 2)``.
        values: ``(K,)``.
        parts: the number of parts, ``P``.
        min_instance_peaks: animals with fewer parts are left out. A float is a ratio of the
            number of parts, rounded down; in edition sleap-1.4 it leaves none out.

    Returns:
        Of ``A`` animals by image, then by their numbers: points ``(A, P, 2)``, their values
        ``(A, P)``, the sums of their pairs' scores ``(A,)``, and their images ``(A,)``. Then the
        images ``(D,)`` of the animals that are left out.
    """
    members = np.flatnonzero(animal != NONE)
    numbers, row = np.unique(animal[members], return_inverse=True)
    of_points = np.full((len(numbers), parts, 2), np.nan, dtype=np.float32)
    of_values = np.full((len(numbers), parts), np.nan, dtype=np.float32)
    of_points[row, part[members]] = points[members]
    of_values[row, part[members]] = values[members]
    of_image = np.zeros(len(numbers), dtype=np.int64)
    of_image[row] = image[members]
    row_of_pair = np.searchsorted(numbers, animal[matches.source])
    totals = np.bincount(row_of_pair, weights=matches.score, minlength=len(numbers))
    enough = np.bincount(row, minlength=len(numbers)) >= _least(min_instance_peaks, parts)
    scores = totals.astype(np.float32)
    kept = np.flatnonzero(enough)
    kept = kept[np.argsort(of_image[kept], kind="stable")]
    return of_points[kept], of_values[kept], scores[kept], of_image[kept], of_image[~enough]


def _least(min_instance_peaks: float, parts: int) -> int:
    if isinstance(min_instance_peaks, float):
        as_sleap = means_sleap(MIN_INSTANCE_PEAKS_FRACTION)
        return 0 if as_sleap else int(min_instance_peaks * parts)
    return int(min_instance_peaks)

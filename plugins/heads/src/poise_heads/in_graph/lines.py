"""Scores of pairs of peaks within a graph; see ``poise_heads.pafs.scoring``."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from keras import ops

from poise.editions import means_sleap
from poise.specs import Tensor
from poise_heads.differences import CELLS_OUTSIDE_OF_THE_MAP, COINCIDING_PEAKS
from poise_heads.in_graph.cells import INDEX, masked, numbers, values_at
from poise_heads.pafs.scoring import longest_edge


@attrs.frozen(kw_only=True, eq=False)
class Lines:
    """Scores every pair of peaks that an edge may join.

    Attributes:
        ends: ``(E, 2)``: the parts at the source and the destination of each edge; an index
            that no part has joins nothing.
        stride: of the fields.
        n_points: at how many points of a line the field is read, both ends among them.
        max_edge_length_ratio: edges up to this fraction of the map's longer side have no penalty.
        dist_penalty_weight: the largest penalty of longer edges.
    """

    ends: Any
    stride: int
    n_points: int
    max_edge_length_ratio: float
    dist_penalty_weight: float

    def __call__(self, pafs: Tensor, points: Tensor) -> Tensor:
        """Scores of pairs.

        Args:
            pafs: ``(N, H, W, 2 · E)``, x then y of each edge.
            points: ``(N, P, K, 2)`` in pixels, NaN where there is no peak.

        Returns:
            ``(N, E, K, K)``, sources before destinations; NaN where one of the two is missing.
        """
        parts = points.shape[1]
        source, destination = (
            ops.take(points, np.where(ends < parts, ends, 0).astype(INDEX), axis=1)
            for ends in self.ends.T
        )
        begin, end = source[:, :, :, None], destination[:, :, None]
        vectors = end - begin
        fields = self._fields(pafs, begin, end, vectors)
        longest = longest_edge(tuple(pafs.shape[1:]), self.stride, self.max_edge_length_ratio)
        scores = self._scores(fields, vectors, longest)
        exists = (self.ends < parts).all(axis=1)[:, None, None]
        present = ops.logical_not(ops.isnan(vectors[..., 0]))
        return masked(scores, ops.logical_and(present, exists))

    def _fields(self, pafs: Tensor, begin: Tensor, end: Tensor, vectors: Tensor) -> Tensor:
        """The means of the fields along lines: ``(N, E, K, K, 2)``."""
        along = np.linspace(0, 1, self.n_points, dtype="float32")[:, None]
        line = along * vectors[..., None, :] + begin[..., None, :]
        line = ops.where(along == 1, end[..., None, :], line)  # the end is read as it is
        cells, inside = nearest_cells(pafs, line / float(self.stride))
        channels = 2 * numbers(pafs.shape[-1] // 2)[:, None, None, None]
        fields = [
            ops.where(inside, values_at(pafs, cells[..., 1], cells[..., 0], channels + axis), 0.0)
            for axis in numbers(2)
        ]
        return ops.mean(ops.stack(fields, axis=-1), axis=-2)

    def _scores(self, fields: Tensor, vectors: Tensor, longest: float) -> Tensor:
        lengths = ops.sqrt(ops.sum(ops.square(vectors), axis=-1))
        if means_sleap(COINCIDING_PEAKS):
            divisors, apart = lengths, ops.ones_like(lengths)
        else:
            divisors = ops.where(lengths > 0, lengths, 1.0)
            apart = ops.cast(lengths > 0, "float32")
        agreement = ops.sum(fields * (vectors / divisors[..., None]), axis=-1) * apart
        ratio = float(np.float32(longest)) / lengths - 1.0
        return agreement + float(self.dist_penalty_weight) * ops.minimum(ratio, 0.0)


def nearest_cells(maps: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """The cells of maps that are nearest to places; see ``pafs.scoring.nearest_cells``.

    Args:
        maps: ``(N, H, W, C)``.
        places: ``(N, …, 2)``, x then y in cells; NaN is beyond the map.

    Returns:
        Indices ``(N, …, 2)``, columns then rows, and whether they count, ``(N, …)``.
    """
    last = np.array([maps.shape[2] - 1, maps.shape[1] - 1], dtype="float32")
    nearest = ops.round(ops.where(ops.isnan(places), -1.0, places))
    cells = ops.minimum(ops.maximum(nearest, 0.0), last)
    counts = ops.all(ops.equal(cells, nearest), axis=-1)
    if not means_sleap(CELLS_OUTSIDE_OF_THE_MAP):
        counts = ops.ones_like(counts)
    return ops.cast(cells, INDEX), counts

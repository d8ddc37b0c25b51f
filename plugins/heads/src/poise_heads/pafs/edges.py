"""Edges: how far cells are from them, and how strong their fields are there."""

from __future__ import annotations

import math
from typing import Literal

from keras import ops

from poise_heads.maps import grid, windows
from poise_heads.maps.grid import Array

Profile = Literal["gaussian", "squared"]


class Edge:
    """Edges ``(…)`` prepared for distances. An edge with NaN has length 0."""

    def __init__(self, source: Array, destination: Array, profile: Profile) -> None:
        seen = (grid.visible(source) & grid.visible(destination))[..., None]
        self.source = ops.where(seen, source, 0.0)
        self.vector = ops.where(seen, destination - source, 0.0)
        squared = ops.sum(ops.square(self.vector), axis=-1, keepdims=True)
        # 1 for an edge of length 0 avoids a division by 0 and the root's infinite slope.
        present = ops.where(squared > 0.0, squared, 1.0)
        self.unit = self.vector / ops.sqrt(present)
        self.per_pixel = self.vector / (
            ops.maximum(squared, 1.0) if profile == "squared" else present
        )

    def spread(self, axes: int) -> Edge:
        """The same edges with appended axes of length 1."""
        for name, value in vars(self).items():
            setattr(self, name, value[(..., *(None,) * axes, slice(None))])
        return self

    def squared_distance(self, x: Array, y: Array) -> Array:
        """Squared distance of points from the edges, in square pixels.

        The place along an edge, 0 at its source and 1 at its destination, is a sum of what x
        and y give: one addition a cell where x and y are broadcast against each other.
        """
        dx, dy = x - self.source[..., 0], y - self.source[..., 1]
        place = dx * self.per_pixel[..., 0] + dy * self.per_pixel[..., 1]
        place = ops.clip(place, 0.0, 1.0)
        return ops.square(place * self.vector[..., 0] - dx) + ops.square(
            place * self.vector[..., 1] - dy
        )


def strengths(squared: Array, sigma: float, profile: Profile) -> Array:
    """How strong fields are at squared distances from their edges."""
    if profile == "squared":
        squared = ops.square(squared)
    return ops.exp(squared * (-0.5 / sigma**2))


def reach(sigma: float, profile: Profile) -> float:
    """Distance from an edge at which its field is negligible."""
    distance = windows.reach(sigma)
    return math.sqrt(distance) if profile == "squared" else distance


def weighted(ends: Array, x: Array, y: Array, sigma: float, profile: Profile) -> tuple[Array, Edge]:
    """How strong the field of each edge is in each cell, ``(N, E, rows, columns)``.

    Args:
        ends: ``(N, 1, E, 4)``.
        x: of the columns, in pixels; of a shape that is broadcast with ``(N, E, rows, columns)``.
        y: of the rows, likewise.
        sigma: see ``part_affinity_fields``.
        profile: see there.
    """
    ends = ends[:, 0]
    edge = Edge(ends[..., :2], ends[..., 2:], profile).spread(2)
    return strengths(edge.squared_distance(x, y), sigma, profile), edge


def weighted_units(ends: Array, x: Array, y: Array, sigma: float, profile: Profile) -> Array:
    """The weights of all edges times a matrix of their unit vectors: ``(N, cells, 2·E)``.

    The product has its channels last, whereas planes would have to be transposed.
    """
    of_edges, edge = weighted(ends, x, y, sigma, profile)
    count = ends.shape[2]
    unit = ops.eye(count)[:, :, None] * edge.unit[:, None, :, 0, 0]  # (N, E, E, 2)
    cells = of_edges.shape[2] * of_edges.shape[3]
    return ops.matmul(
        ops.transpose(ops.reshape(of_edges, (-1, count, cells)), (0, 2, 1)),
        ops.reshape(unit, (-1, count, 2 * count)),
    )

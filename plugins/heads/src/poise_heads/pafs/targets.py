"""Targets of part affinity fields: unit vectors along the edges."""

from __future__ import annotations

import math
from typing import Literal

from keras import ops

from poise_heads.maps import grid, windows
from poise_heads.maps.grid import Array, Size
from poise_heads.spreads import bounded

Profile = Literal["gaussian", "squared"]

NUMBERS = 8
"""Held for each cell beside a line: distance, weight and place; x and y, and a place for each."""

WORTH_IT = 4
"""Writing a cell into a field takes this many times the work of computing it in place."""


def part_affinity_fields(
    sources: Array,
    destinations: Array,
    size: Size,
    stride: int,
    sigma: float,
    profile: Profile = "gaussian",
) -> Array:
    """Two maps per edge: x and y of the unit vector along it, fading beside it.

    Fields of several instances are added up. An edge with an invisible end, or of length 0,
    has no field.

    Args:
        sources: where the edges begin, ``(N, I, E, 2)``, x then y in pixels; NaN for what is
            not visible.
        destinations: where they end, likewise.
        size: height and width of the image in pixels.
        stride: pixels per cell.
        sigma: how far the field reaches beside the edge.
        profile: ``gaussian``: exp(-d² / (2·sigma²)) at the distance d from the edge, and
            sigma in pixels; ``squared``: exp(-d⁴ / (2·sigma²)), and sigma in square pixels,
            with the place along edges shorter than a pixel measured as if they had one.

    Returns:
        Maps ``(N, ceil(H/stride), ceil(W/stride), 2·E)``; channel 2e is the x component of
        edge e, to the right, 2e + 1 its y component, downwards.
    """
    sources = ops.convert_to_tensor(sources, dtype="float32")
    destinations = ops.convert_to_tensor(destinations, dtype="float32")
    ends = grid.near_enough(ops.concatenate([sources, destinations], axis=-1))
    sigma = bounded(sigma)
    rows, columns = grid.shape_of(size, stride)
    edges = sources.shape[2]
    distance = _reach(sigma, profile)
    # A line crosses its longer direction at up to 45°, where it is √2 times as wide.
    width = windows.width_of(distance * math.sqrt(2.0), stride, max(rows, columns))
    length = max(rows, columns)
    is_thin = width <= min(rows, columns) and WORTH_IT * width * length <= rows * columns
    # A product of matrices is even quicker than writing the thin fields of one instance.
    if is_thin and not (ends.shape[1] == 1 and grid.matmul_is_exact()):
        # The fields have two numbers a cell: a third as many cells take about as much memory.
        maps = rows * columns * edges // 3
        chunk = windows.chunk_of(edges * width * length, NUMBERS, maps)
        initial = grid.empty(ends, rows, columns, 2 * edges)
        if ends.shape[1] == 1:  # each edge has separate maps: nothing to add up
            values, places = _along_lines(ends, size, stride, sigma, profile)
            return windows.write(values, places, initial)
        return grid.over_instances(
            lambda fields, some: (
                fields + windows.total(*_along_lines(some, size, stride, sigma, profile), fields)
            ),
            initial,
            ends,
            chunk,
        )
    if grid.matmul_is_exact():
        return grid.over_instances(
            lambda fields, some: fields + _products(some, size, stride, sigma, profile),
            grid.empty(ends, rows, columns, 2 * edges),
            ends,
            1,
        )
    planes = grid.over_instances(
        lambda fields, some: fields + _everywhere(some, size, stride, sigma, profile),
        grid.empty(ends, 2, edges, rows, columns),
        ends,
        1,
    )
    return ops.reshape(ops.transpose(planes, (0, 3, 4, 2, 1)), (-1, rows, columns, 2 * edges))


def squared_distance(x: Array, y: Array, source: Array, destination: Array) -> Array:
    """Squared distance of points from edges, in square pixels, as ``profile="squared"`` has it.

    Args:
        x: of the points, ``(…)``, in pixels.
        y: likewise.
        source: where the edge begins, ``(…, 2)``.
        destination: where it ends, likewise.
    """
    x, y, source, destination = map(ops.convert_to_tensor, (x, y, source, destination))
    return _Edge(source, destination, "squared").squared_distance(x, y)


class _Edge:
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

    def spread(self, axes: int) -> _Edge:
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


def _weights(squared: Array, sigma: float, profile: Profile) -> Array:
    if profile == "squared":
        squared = ops.square(squared)
    return ops.exp(squared * (-0.5 / sigma**2))


def _reach(sigma: float, profile: Profile) -> float:
    """Distance from an edge at which its field is negligible."""
    distance = windows.reach(sigma)
    return math.sqrt(distance) if profile == "squared" else distance


def _products(ends: Array, size: Size, stride: int, sigma: float, profile: Profile) -> Array:
    """The fields of one instance ``(N, 1, E, 4)`` as maps ``(N, rows, columns, 2·E)``.

    The weights of all edges times a matrix of their unit vectors: the product has its channels
    last, whereas planes would have to be transposed.
    """
    rows, columns = grid.shape_of(size, stride)
    weights, edge = _weighted(ends, size, stride, sigma, profile)
    count = ends.shape[2]
    unit = ops.eye(count)[:, :, None] * edge.unit[:, None, :, 0, 0]  # (N, E, E, 2)
    flat = ops.matmul(
        ops.transpose(ops.reshape(weights, (-1, count, rows * columns)), (0, 2, 1)),
        ops.reshape(unit, (-1, count, 2 * count)),
    )
    return ops.reshape(flat, (-1, rows, columns, 2 * count))


def _everywhere(ends: Array, size: Size, stride: int, sigma: float, profile: Profile) -> Array:
    """The fields of one instance ``(N, 1, E, 4)`` as planes ``(N, 2, E, rows, columns)``."""
    weights, edge = _weighted(ends, size, stride, sigma, profile)
    unit = ops.moveaxis(edge.unit, -1, 1)
    return weights[:, None] * unit


def _weighted(
    ends: Array, size: Size, stride: int, sigma: float, profile: Profile
) -> tuple[Array, _Edge]:
    """How strong the field of each edge is in each cell, ``(N, E, rows, columns)``."""
    ys, xs = map(ops.convert_to_tensor, grid.coordinates(size, stride))
    ends = ends[:, 0]
    edge = _Edge(ends[..., :2], ends[..., 2:], profile).spread(2)
    return _weights(edge.squared_distance(xs[None, :], ys[:, None]), sigma, profile), edge


def _along_lines(
    ends: Array, size: Size, stride: int, sigma: float, profile: Profile
) -> tuple[Array, Array]:
    """The fields of some instances ``(N, I, E, 4)``, computed only beside the edges' lines.

    A flat line has, in each column, a window of rows where its field is not negligible; a steep
    line has a window of columns in each row. Steep lines
    are computed with x and y swapped: a ``step`` is along the longer direction, a ``place``
    on the other axis.

    Returns:
        Values, and where they go in the flattened maps. Steps that an axis does not have repeat
        its first: with the same value for one instance, which may be written twice, with 0
        for several, whose values are added up.
    """
    rows, columns = grid.shape_of(size, stride)
    edges = ends.shape[2]
    run, rise = (ops.abs(ends[..., 2 + axis] - ends[..., axis]) for axis in (0, 1))
    steep = rise > run
    ends = ops.where(steep[..., None], ops.take(ends, [1, 0, 3, 2], axis=-1), ends)
    edge = _Edge(ends[..., :2], ends[..., 2:], profile).spread(2)
    steep = steep[..., None, None]
    distance = _reach(sigma, profile)
    width = windows.width_of(distance * math.sqrt(2.0), stride, max(rows, columns))

    step = ops.arange(max(rows, columns), dtype="int32")[:, None]
    inside = step < ops.where(steep, rows, columns)
    step = ops.where(inside, step, 0)
    at_step = ops.cast(step, "float32") * float(stride)
    longer, shorter = edge.unit[..., 0], edge.unit[..., 1]
    slope = shorter / ops.where(longer == 0.0, 1.0, longer)
    middle = edge.source[..., 1] + (at_step - edge.source[..., 0]) * slope
    half = distance * ops.sqrt(1.0 + ops.square(slope))
    last = ops.cast(ops.where(steep, columns, rows) - width, "float32")
    first = ops.minimum(ops.maximum(ops.ceil((middle - half) / stride), 0.0), last)
    place = ops.cast(first, "int32") + ops.arange(width, dtype="int32")

    squared = edge.squared_distance(at_step, ops.cast(place, "float32") * float(stride))
    weights = _weights(squared, sigma, profile)
    if ends.shape[1] != 1:
        weights = weights * ops.cast(inside, "float32")
    unit = ops.where(steep[..., None], ops.flip(edge.unit, axis=-1), edge.unit)
    # As windows.places, where rows and columns are steps and places in either order.
    column, row = 2 * edges, 2 * edges * columns
    channel = 2 * ops.arange(edges, dtype="int32")[:, None, None]
    begins = windows.first_rows(place, rows, row) * row + channel
    begins = begins + step * ops.where(steep, row, column)
    places = begins + place * ops.where(steep, column, row)
    pairs = places[..., None] + ops.arange(2, dtype="int32")
    return weights[..., None] * unit, pairs

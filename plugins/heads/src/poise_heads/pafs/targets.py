"""Targets of part affinity fields: unit vectors along the edges."""

from __future__ import annotations

import math

from keras import ops

from poise_heads.maps import grid, windows
from poise_heads.maps.grid import Array, Size
from poise_heads.pafs.boxes import everywhere, near_the_animal
from poise_heads.pafs.edges import Edge, Profile, reach, strengths, weighted
from poise_heads.spreads import bounded

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
    distance = reach(sigma, profile)
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
    if ends.shape[1] == 1 and 0 not in ends.shape and grid.matmul_is_exact():
        return near_the_animal(ends, size, stride, sigma, profile)
    if grid.matmul_is_exact():
        return grid.over_instances(
            lambda fields, some: fields + everywhere(some, size, stride, sigma, profile),
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
    return Edge(source, destination, "squared").squared_distance(x, y)


def _everywhere(ends: Array, size: Size, stride: int, sigma: float, profile: Profile) -> Array:
    """The fields of one instance ``(N, 1, E, 4)`` as planes ``(N, 2, E, rows, columns)``."""
    y, x = map(ops.convert_to_tensor, grid.coordinates(size, stride))
    weights, edge = weighted(ends, x[None, :], y[:, None], sigma, profile)
    unit = ops.moveaxis(edge.unit, -1, 1)
    return weights[:, None] * unit


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
    edge = Edge(ends[..., :2], ends[..., 2:], profile).spread(2)
    steep = steep[..., None, None]
    distance = reach(sigma, profile)
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
    weights = strengths(squared, sigma, profile)
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

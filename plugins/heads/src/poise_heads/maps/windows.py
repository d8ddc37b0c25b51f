"""Writing small windows into large maps: a target is 0 in all but a few of its cells.

Gaussian values below ``NEGLIGIBLE`` are left out. This is a hundredth of what float32 resolves
beside 1, and saves all but a percent of the work on large images.
"""

from __future__ import annotations

import math

from keras import ops

from poise.errors import Fault, LabelsError
from poise_heads.maps.grid import Array, Size, reduced, shape_of, without_nan

NEGLIGIBLE = 1e-8
"""Smaller values are not written into a map."""

MARGIN = 1.0001
"""Windows that end at a threshold are wider by this factor: rounding leaves no cell out."""

ROOM = 2**21
"""Numbers, of four bytes, that may be held for the windows in an image: 8 MiB."""

MOST = 2**31 - 1
"""Values that the targets of a batch may hold: places in them are int32."""


def reach(sigma: float, value: float = NEGLIGIBLE) -> float:
    """Distance at which a Gaussian has fallen from 1 to ``value``."""
    if value <= 0.0:
        return math.inf
    return sigma * math.sqrt(-2.0 * math.log(min(value, 1.0)))


def reach_above(sigma: float, threshold: float) -> float:
    """Distance beyond which no cell of a Gaussian is above the threshold, however rounded."""
    return reach(sigma, threshold) * MARGIN


def width_of(distance: float, stride: int, cells: int) -> int:
    """How many cells around a point are within ``distance`` of it, at most ``cells``."""
    if math.isinf(distance):
        return cells
    return min(cells, math.floor(2.0 * distance / stride) + 2)


def area_of(distance: float, size: Size, stride: int) -> int:
    """How many cells the window around a point has."""
    rows, columns = shape_of(size, stride)
    return width_of(distance, stride, rows) * width_of(distance, stride, columns)


def chunk_of(cells: int, numbers: int, maps: int) -> int:
    """How many instances are computed at once; memory does not grow with their number.

    Their windows fill ``ROOM``, since many small steps take long. Where the maps themselves are
    larger, the windows may have as many cells as these: memory is then that of the maps, times
    a constant.

    Args:
        cells: how many cells are computed for one instance.
        numbers: how many numbers are held at once for each cell: its value, its place, and
            intermediate results.
        maps: cells that may always be computed at once, as the maps have about as many.

    Returns:
        At least 1.
    """
    return max(1, max(ROOM // numbers, maps) // max(1, cells))


def around(position: Array, distance: float, stride: int, cells: int) -> Array:
    """The cells around each position, on one axis.

    Args:
        position: ``(…)`` in pixels.
        distance: how far a cell may be away, in pixels.
        stride: pixels per cell.
        cells: how many cells the axis has.

    Returns:
        Indices ``(…, K)``, int32, of neighboring cells, all on the axis: every cell within
        the distance and maybe some more.
    """
    count = width_of(distance, stride, cells)
    first = ops.zeros_like(position)
    if count < cells:
        first = ops.clip(ops.ceil((position - distance) / stride), 0.0, float(cells - count))
    return ops.cast(first, "int32")[..., None] + ops.arange(count, dtype="int32")


def gaussian(cells: Array, position: Array, stride: int, sigma: float) -> Array:
    """A Gaussian along one axis: 1 at the position.

    Args:
        cells: indices ``(…, K)``.
        position: ``(…)`` in pixels.
        stride: pixels per cell.
        sigma: spread in pixels.

    Returns:
        ``(…, K)``.
    """
    distance = ops.cast(cells, "float32") * float(stride) - position[..., None]
    return ops.exp(ops.square(distance) * (-0.5 / sigma**2))


def splats(
    points: Array, size: Size, stride: int, sigma: float, distance: float
) -> tuple[Array, Array, Array]:
    """Gaussians around points, on the cells near them.

    Args:
        points: ``(N, I, P, 2)``, x then y in pixels; NaN for what is not visible.
        size: height and width of the image in pixels.
        stride: pixels per cell.
        sigma: spread in pixels.
        distance: how far near cells may be away, in pixels.

    Returns:
        Values ``(N, I, P, K, L)``, 0 for invisible points, the cells' rows ``(N, I, P, K, 1)``
        and columns ``(N, I, P, 1, L)``.
    """
    height, width = shape_of(size, stride)
    points, seen = without_nan(points)
    columns = around(points[..., 0], distance, stride, width)
    rows = around(points[..., 1], distance, stride, height)
    across = gaussian(columns, points[..., 0], stride, sigma)
    down = gaussian(rows, points[..., 1], stride, sigma) * seen[..., None]
    return down[..., :, None] * across[..., None, :], rows[..., :, None], columns[..., None, :]


def nearest(
    points: Array, size: Size, stride: int, sigma: float, distance: float
) -> tuple[Array, Array, Array]:
    """The same windows as ``splats``, each with the largest Gaussian of all instances.

    Work and memory grow with the square of the number of instances.

    Args:
        points: ``(N, I, P, 2)``, x then y in pixels; NaN for what is not visible.
        size: height and width of the image in pixels.
        stride: pixels per cell.
        sigma: spread in pixels.
        distance: how far near cells may be away, in pixels.

    Returns:
        Values ``(N, I, P, K, L)``, rows and columns as of ``splats``.
    """
    height, width = shape_of(size, stride)
    points, seen = without_nan(points)
    columns = around(points[..., 0], distance, stride, width)
    rows = around(points[..., 1], distance, stride, height)
    # (N, I, J, P): the windows of I, and in them the Gaussians of J.
    across = gaussian(columns[:, :, None], points[:, None, ..., 0], stride, sigma)
    down = gaussian(rows[:, :, None], points[:, None, ..., 1], stride, sigma)
    down = down * seen[:, None, ..., None]
    values = reduced(ops.max, down[..., :, None] * across[..., None, :], axis=2)
    return values, rows[..., :, None], columns[..., None, :]


def places(
    rows: Array, columns: Array, channel: Array, size: Size, stride: int, depth: int
) -> Array:
    """Where cells are in flattened maps ``(N, H/stride, W/stride, depth)``.

    Args:
        rows: indices ``(N, …)``, to be broadcast with ``columns``.
        columns: indices ``(N, …)``.
        channel: index of the channel, to be broadcast with ``rows``.
        size: height and width of the image in pixels.
        stride: pixels per cell.
        depth: channels of the maps.
    """
    height, width = shape_of(size, stride)
    # One addition a cell: all else is done before rows meet columns.
    begins = (first_rows(rows, height, width * depth) + rows) * (width * depth) + channel
    return begins + columns * depth


def first_rows(like: Array, height: int, row: int) -> Array:
    """Index of each image's first row, where maps of ``height`` rows follow each other.

    Args:
        like: ``(N, …)``.
        height: rows of the maps.
        row: values in a row of the maps.

    Raises:
        LabelsError: the images have more values than int32 places can number.
    """
    images = like.shape[0]
    if images is not None and images * height * row > MOST:
        most = MOST // (height * row)
        what = f"targets of {images} images hold more than {MOST:,} values; make at most {most}"
        raise LabelsError([Fault(f"{what} at once", "labels.points")])
    first = ops.arange(ops.shape(like)[0], dtype="int32") * height
    return ops.reshape(first, (-1,) + (1,) * (len(like.shape) - 1))


def alone(values: Array, places: Array, shape: tuple[Array, ...]) -> Array:
    """Maps of that shape with the values in their places, which must differ; 0 elsewhere.

    Args:
        values: ``(…)``.
        places: likewise.
        shape: ``(N, rows, columns, depth)``; N may be a tensor.
    """
    cells = math.prod(shape[1:]) * shape[0]
    flat = ops.scatter(ops.reshape(places, (-1, 1)), ops.reshape(values, (-1,)), (cells,))
    return ops.reshape(flat, shape)


def write(values: Array, places: Array, maps: Array) -> Array:
    """Put the values into their places in the maps; of several for a place, any of them."""
    flat, places = ops.reshape(maps, (-1,)), ops.reshape(places, (-1, 1))
    return ops.reshape(
        ops.scatter_update(flat, places, ops.reshape(values, (-1,))), ops.shape(maps)
    )


def largest(values: Array, places: Array, like: Array) -> Array:
    """The largest of the values that fall on each cell; 0 where none is above 0."""
    flat = _reduced(ops.segment_max, values, places, like)
    return ops.reshape(ops.maximum(flat, 0.0), ops.shape(like))


def total(values: Array, places: Array, like: Array) -> Array:
    """The sum of the values that fall on each cell."""
    return ops.reshape(_reduced(ops.segment_sum, values, places, like), ops.shape(like))


def _reduced(reduction: Array, values: Array, places: Array, like: Array) -> Array:
    cells = 1
    for length in ops.shape(like):
        cells = cells * length
    if 0 in values.shape:
        return ops.zeros((cells,), dtype=values.dtype)  # PyTorch reduces no empty tensor
    return reduction(ops.reshape(values, (-1,)), ops.reshape(places, (-1,)), num_segments=cells)

"""Targets of confidence maps: a Gaussian around each part."""

from __future__ import annotations

from keras import ops

from poise_heads.maps import grid, windows
from poise_heads.maps.grid import Array, Size
from poise_heads.spreads import bounded

NUMBERS = 2
"""Held for each cell of a window: its value and its place."""

WORTH_IT = 4
"""Writing a cell into a map takes at most this many times the work of computing it in place."""


def confidence_maps(points: Array, size: Size, stride: int, sigma: float) -> Array:
    """One map per part: 1 where an instance has it, falling off as a Gaussian.

    ``exp(-d² / (2·sigma²))`` for the distance d from the cell to the nearest instance's
    part. The peak is exactly 1 only where a part lies on a cell. A Gaussian in the plane is
    the product of one along x and one along y, and only these are computed as such.

    Args:
        points: ``(N, I, P, 2)``, x then y in pixels; NaN for what is not visible.
        size: height and width of the image in pixels.
        stride: pixels per cell.
        sigma: spread in pixels.

    Returns:
        Maps ``(N, ceil(H/stride), ceil(W/stride), P)`` in 0…1; 0 for parts without a visible point.
    """
    sigma = bounded(sigma)
    points = ops.convert_to_tensor(points, dtype="float32")
    rows, columns = grid.shape_of(size, stride)
    parts = points.shape[2]
    cells = windows.area_of(windows.reach(sigma), size, stride)
    if points.shape[1] == 1:
        if grid.scatter_is_quick() and WORTH_IT * cells <= rows * columns:
            return _of_one_in_windows(points, size, stride, sigma)
        return _of_one_everywhere(points[:, 0], size, stride, sigma)
    chunk = windows.chunk_of(cells * parts, NUMBERS, maps=rows * columns * parts)
    initial = grid.empty(points, rows, columns, parts)
    count = points.shape[1]
    if count and count**2 * cells <= rows * columns:
        return _of_few(initial, points, size, stride, sigma)
    if count is not None and count <= chunk:
        return _windowed(initial, points, size, stride, sigma)
    return grid.over_instances(
        lambda maps, some: ops.maximum(maps, _windowed(maps, some, size, stride, sigma)),
        initial,
        points,
        chunk,
    )


def _windowed(like: Array, points: Array, size: Size, stride: int, sigma: float) -> Array:
    return windows.largest(*_windows(points, size, stride, sigma), like)


def _of_few(initial: Array, points: Array, size: Size, stride: int, sigma: float) -> Array:
    """The maps of so few instances that each window can look at all of them.

    Overlapping windows then hold the same values, so the order of writing does not matter.
    Unlike a reduction, this does not read the maps again.
    """
    values, rows, columns = windows.nearest(points, size, stride, sigma, windows.reach(sigma))
    return windows.write(values, _places(rows, columns, points, size, stride), initial)


def _of_one_in_windows(points: Array, size: Size, stride: int, sigma: float) -> Array:
    """The maps of one instance ``(N, 1, P, 2)``, where no two Gaussians share a map."""
    values, places = _windows(points, size, stride, sigma)
    shape = (ops.shape(points)[0], *grid.shape_of(size, stride), points.shape[2])
    return windows.alone(values, places, shape)


def _of_one_everywhere(points: Array, size: Size, stride: int, sigma: float) -> Array:
    """The same maps of ``(N, P, 2)``, with every cell computed."""
    ys, xs = map(ops.convert_to_tensor, grid.coordinates(size, stride))
    points, seen = grid.without_nan(points)
    scale = -0.5 / sigma**2
    across = ops.exp(ops.square(xs[:, None] - points[:, None, :, 0]) * scale)
    down = ops.exp(ops.square(ys[:, None] - points[:, None, :, 1]) * scale) * seen[:, None]
    return down[:, :, None] * across[:, None]


def _windows(points: Array, size: Size, stride: int, sigma: float) -> tuple[Array, Array]:
    values, rows, columns = windows.splats(points, size, stride, sigma, windows.reach(sigma))
    return values, _places(rows, columns, points, size, stride)


def _places(rows: Array, columns: Array, points: Array, size: Size, stride: int) -> Array:
    parts = points.shape[2]
    channel = ops.arange(parts, dtype="int32")[:, None, None]
    return windows.places(rows, columns, channel, size, stride, parts)

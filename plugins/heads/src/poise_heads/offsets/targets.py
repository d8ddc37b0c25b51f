"""Targets of offsets: from each cell near a part to the part itself."""

from __future__ import annotations

from typing import Literal

from keras import ops

from poise_heads.maps import grid, windows
from poise_heads.maps.grid import Array, Size
from poise_heads.spreads import bounded

THRESHOLD = 0.2
"""Confidence above which a cell is near enough to a part to point at it."""

NUMBERS = 8
"""Held for each cell of a window: confidence, place and weight; x and y, and a place for each."""

Overlap = Literal["nearest", "sum"]


def offsets(
    points: Array,
    size: Size,
    stride: int,
    sigma: float,
    threshold: float = THRESHOLD,
    overlap: Overlap = "nearest",
) -> Array:
    """Two maps per part: how many cells it lies to the right of the cell, and below it.

    Args:
        points: ``(N, I, P, 2)``, x then y in pixels; NaN for what is not visible.
        size: height and width of the image in pixels.
        stride: pixels per cell.
        sigma: spread of the confidence maps in pixels.
        threshold: cells at or below this confidence have the offset 0.
        overlap: where several instances are near enough: ``nearest`` points at the nearest
            (at the middle of equally near ones); ``sum`` adds up their offsets.

    Returns:
        Maps ``(N, ceil(H/stride), ceil(W/stride), 2·P)``; channel 2p is the x offset of part
        p, 2p + 1 its y offset, in cells.
    """
    sigma = bounded(sigma)
    points = ops.convert_to_tensor(points, dtype="float32")
    rows, columns = grid.shape_of(size, stride)
    parts = points.shape[2]
    near = windows.reach_above(sigma, threshold)
    cells = windows.area_of(near, size, stride) * parts
    chunk = windows.chunk_of(cells, NUMBERS, maps=rows * columns * parts)

    def of(some: Array) -> tuple[Array, Array, Array]:
        values, row, column = windows.splats(some, size, stride, sigma, near)
        channel = ops.arange(parts, dtype="int32")[:, None, None]
        places = windows.places(row, column, channel, size, stride, parts)
        return values, places, values > threshold

    nearest = grid.empty(points, rows, columns, parts)
    shared = nearest
    alone = points.shape[1] == 1 or overlap == "sum"
    if not alone:

        def strongest(maps: Array, some: Array) -> Array:
            values, places, _ = of(some)
            return ops.maximum(maps, windows.largest(values, places, maps))

        nearest = grid.over_instances(strongest, nearest, points, chunk)

        def counted(maps: Array, some: Array) -> Array:
            values, places, above = of(some)
            wins = above & (values >= _at(nearest, places))
            return maps + windows.total(ops.cast(wins, "float32"), places, maps)

        shared = grid.over_instances(counted, shared, points, chunk)

    def added(maps: Array, some: Array) -> Array:
        values, places, above = of(some)
        weight = ops.cast(above, "float32")
        if not alone:
            wins = above & (values >= _at(nearest, places))
            weight = ops.where(wins, 1.0 / ops.maximum(_at(shared, places), 1.0), 0.0)
        x, y = _to_the_part(some, size, stride, near)
        both = ops.stack([x * weight, y * weight], axis=-1)
        pairs = 2 * places[..., None] + ops.arange(2, dtype="int32")
        return maps + windows.total(both, pairs, maps)

    return grid.over_instances(added, grid.empty(points, rows, columns, 2 * parts), points, chunk)


def _to_the_part(points: Array, size: Size, stride: int, near: float) -> tuple[Array, Array]:
    """Offsets in cells on the windows of ``windows.splats``: ``(N, I, P, 1, L)``, ``(…, K, 1)``."""
    height, width = grid.shape_of(size, stride)
    points, _ = grid.without_nan(points)
    x, y = points[..., 0], points[..., 1]
    columns = ops.cast(windows.around(x, near, stride, width), "float32") * float(stride)
    rows = ops.cast(windows.around(y, near, stride, height), "float32") * float(stride)
    return (
        ((x[..., None] - columns) / stride)[..., None, :],
        ((y[..., None] - rows) / stride)[..., :, None],
    )


def _at(maps: Array, places: Array) -> Array:
    return ops.take(ops.reshape(maps, (-1,)), places, axis=0)

"""Targets of class maps: which class the animal at each cell has."""

from __future__ import annotations

from typing import Literal

from keras import ops

from poise_heads.confmaps.targets import NUMBERS as OF_CONFMAPS
from poise_heads.maps import grid, windows
from poise_heads.maps.grid import Array, Size
from poise_heads.offsets.targets import THRESHOLD
from poise_heads.spreads import bounded

NUMBERS = 4
"""Held for each cell of a window: confidence, the same above the threshold, place and channel."""

ANIMALS = 4
"""Animals that may each have a map at once, at any size of the maps."""

Kind = Literal["binary", "shares"]


def class_maps(
    points: Array,
    classes: Array,
    count: int,
    size: Size,
    stride: int,
    sigma: float,
    threshold: float = THRESHOLD,
    kind: Kind = "binary",
) -> Array:
    """One map per class, above 0 around the parts of the animals that have it.

    An animal's confidence at a cell is that of its nearest part.

    Args:
        points: ``(N, I, P, 2)``, x then y in pixels; NaN for what is not visible.
        classes: indices ``(N, I)``; below 0 for none. Animals without a class take cells
            from the others, but give none to any class.
        count: the number of classes.
        size: height and width of the image in pixels.
        stride: pixels per cell.
        sigma: spread in pixels.
        threshold: confidence above which a cell belongs to an animal.
        kind: ``binary``: 1 for the class of the nearest animal, 0 for the others;
            ``shares``: the animal's part of the sum of all animals' confidences.

    Returns:
        Maps ``(N, ceil(H/stride), ceil(W/stride), count)`` in 0…1.
    """
    sigma = bounded(sigma)
    points = ops.convert_to_tensor(points, dtype="float32")
    indices = ops.cast(ops.convert_to_tensor(classes), "int32")
    has_class = (indices >= 0) & (indices < count)
    # Animals without a class go to an extra map, which is dropped at the end.
    indices = ops.where(has_class, indices, count)
    rows, columns = grid.shape_of(size, stride)
    # One array of points and classes, to cut both into the same chunks.
    marked = ops.concatenate(
        [
            points,
            ops.broadcast_to(
                ops.cast(indices, "float32")[..., None, None], (*ops.shape(points)[:3], 1)
            ),
        ],
        axis=-1,
    )
    near = windows.reach_above(sigma, threshold)
    cells = windows.area_of(near, size, stride) * points.shape[2]
    chunk = windows.chunk_of(cells, NUMBERS, maps=rows * columns * count)

    def strongest(maps: Array, some: Array) -> Array:
        values, row, column = windows.splats(some[..., :2], size, stride, sigma, near)
        channel = ops.cast(some[..., 2], "int32")[..., None, None]
        places = windows.places(row, column, channel, size, stride, count + 1)
        values = ops.where(values > threshold, values, 0.0)
        return ops.maximum(maps, windows.largest(values, places, maps))

    maps = grid.over_instances(
        strongest, grid.empty(points, rows, columns, count + 1), marked, chunk
    )
    if kind == "binary":
        wins = (maps > 0.0) & (maps >= grid.reduced(ops.max, maps, axis=-1)[..., None])
        return ops.cast(wins, "float32")[..., :count]
    together = _sum_of_animals(points, size, stride, sigma)
    return ops.where(maps > 0.0, maps / ops.maximum(together, threshold), 0.0)[..., :count]


def _sum_of_animals(points: Array, size: Size, stride: int, sigma: float) -> Array:
    """The sum over animals of the confidence of their nearest parts: ``(N, …, 1)``."""
    rows, columns = grid.shape_of(size, stride)
    distance = windows.reach(sigma)
    # Each animal takes its windows or its map, whichever is larger.
    cells = max(rows * columns, windows.area_of(distance, size, stride) * points.shape[2])
    chunk = windows.chunk_of(cells, OF_CONFMAPS, maps=ANIMALS * rows * columns)

    def added(sums: Array, some: Array) -> Array:
        animals = some.shape[1]
        values, row, column = windows.splats(some, size, stride, sigma, distance)
        each = ops.arange(animals, dtype="int32")[:, None, None, None]
        places = windows.places(row, column, each, size, stride, animals)
        like = grid.empty(some, rows, columns, animals)
        return sums + ops.sum(windows.largest(values, places, like), axis=-1, keepdims=True)

    return grid.over_instances(added, grid.empty(points, rows, columns, 1), points, chunk)

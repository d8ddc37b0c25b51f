"""The fields of one animal in each image, computed only in a box around it."""

from __future__ import annotations

import math
from functools import partial

from keras import ops

from poise_heads.maps import grid, windows
from poise_heads.maps.grid import Array, Size
from poise_heads.pafs.edges import Profile, reach, weighted_units

BOXES = (1 / 8, 1 / 4, 3 / 8, 1 / 2)
"""Sides of a box around an animal, as parts of the image's; in a larger one all is computed."""


def near_the_animal(ends: Array, size: Size, stride: int, sigma: float, profile: Profile) -> Array:
    """The fields of one instance ``(N, 1, E, 4)``, computed only in a box around it.

    Everywhere else they are 0. Shapes must not depend on points (XLA), so the smallest of a few
    boxes is chosen that is large enough for the animal of every image.
    """
    (first_row, rows_needed), (first_column, columns_needed) = (
        _cells_needed(ends[:, 0, :, axis::2], reach(sigma, profile), stride, cells)
        for axis, cells in zip((1, 0), grid.shape_of(size, stride), strict=True)
    )
    rows, columns = grid.shape_of(size, stride)
    boxes = [(math.ceil(rows * part), math.ceil(columns * part)) for part in BOXES]

    def in_box(box: tuple[int, int]) -> Array:
        firsts = (
            ops.clip(first_row, 0, rows - box[0]),
            ops.clip(first_column, 0, columns - box[1]),
        )
        return _in_boxes(ends, firsts, box, size, stride, sigma, profile)

    too_small = [
        ops.cast(ops.logical_or(rows_needed > height, columns_needed > width), "int32")
        for height, width in boxes
    ]
    branches = [partial(in_box, box) for box in boxes]
    whole = partial(everywhere, ends, size, stride, sigma, profile)
    return ops.switch(sum(too_small), [*branches, whole])


def _cells_needed(ends: Array, distance: float, stride: int, cells: int) -> tuple[Array, Array]:
    """On one axis: each image's first cell near its edges, and how many there are at most.

    Args:
        ends: ``(N, E, 2)``: where the edges begin and end; NaN for what is not visible.
        distance: how far a cell may be away, in pixels.
        stride: pixels per cell.
        cells: how many cells the axis has.

    Returns:
        ``(N,)`` and a number, int32.
    """
    seen = ops.all(ops.isfinite(ends), axis=-1, keepdims=True)
    low = ops.min(ops.where(seen, ends, math.inf), axis=(1, 2))
    high = ops.max(ops.where(seen, ends, -math.inf), axis=(1, 2))
    first = ops.clip(ops.floor((low - distance) / stride), 0.0, float(cells - 1))
    last = ops.clip(ops.ceil((high + distance) / stride), 0.0, float(cells - 1))
    return ops.cast(first, "int32"), ops.cast(ops.max(last - first), "int32") + 1


def _in_boxes(
    ends: Array,
    firsts: tuple[Array, Array],
    box: tuple[int, int],
    size: Size,
    stride: int,
    sigma: float,
    profile: Profile,
) -> Array:
    """The fields of one instance in a box of cells, 0 elsewhere: ``(N, rows, columns, 2·E)``.

    Args:
        ends: ``(N, 1, E, 4)``.
        firsts: first row and first column of each image's box, ``(N,)``.
        box: how many rows and columns it has.
        size: see ``part_affinity_fields``.
        stride: see there.
        sigma: see there.
        profile: see there.
    """
    rows, columns = grid.shape_of(size, stride)
    row, column = (
        first[:, None] + ops.arange(count, dtype="int32")
        for first, count in zip(firsts, box, strict=True)
    )
    y, x = (ops.cast(cells, "float32") * float(stride) for cells in (row, column))
    values = weighted_units(ends, x[:, None, None, :], y[:, None, :, None], sigma, profile)
    begins = (windows.first_rows(row, rows, columns) + row) * columns
    places = begins[:, :, None] + column[:, None, :]
    images, depth = ops.shape(ends)[0], 2 * ends.shape[2]
    # All channels of a cell are written at once.
    flat = ops.scatter(
        ops.reshape(places, (-1, 1)),
        ops.reshape(values, (-1, depth)),
        (images * rows * columns, depth),
    )
    return ops.reshape(flat, (-1, rows, columns, depth))


def everywhere(ends: Array, size: Size, stride: int, sigma: float, profile: Profile) -> Array:
    """The fields of one instance ``(N, 1, E, 4)`` as maps ``(N, rows, columns, 2·E)``."""
    y, x = map(ops.convert_to_tensor, grid.coordinates(size, stride))
    flat = weighted_units(ends, x[None, :], y[:, None], sigma, profile)
    return ops.reshape(flat, (-1, *grid.shape_of(size, stride), flat.shape[-1]))

"""Refinement within a graph: the same places as ``poise_heads.confmaps.refinement`` finds."""

from __future__ import annotations

import numpy as np
from keras import ops

from poise.editions import means_sleap
from poise.specs import Tensor
from poise_heads.confmaps.refinement import FARTHEST, INTEGRAL, LOCAL, LOCAL_STEP, OFFSETS
from poise_heads.differences import PATCH_FILLED_WITH_ZEROS
from poise_heads.in_graph.cells import INDEX, values_at
from poise_heads.in_graph.peaks import Cells


def refined(
    maps: Tensor, cells: Cells, refinement: str, patch: int, offsets: Tensor | None
) -> Tensor:
    """Where peaks are within their cells.

    Args:
        maps: ``(N, H, W, P)``.
        cells: peaks ``(N, …)`` of them.
        refinement: as ``confmaps.refinement.chosen_refinement`` returns it.
        patch: side of the square of cells that integral refinement weighs, odd.
        offsets: ``(N, H, W, 2 · P)``; ``None`` if the model predicts none.

    Returns:
        ``(N, …, 2)``, x then y in cells.
    """
    middle = ops.cast(ops.stack([cells.columns, cells.rows], axis=-1), "float32")
    if refinement == OFFSETS and offsets is not None:
        return middle + _offset_shift(offsets, cells)
    if refinement == INTEGRAL:
        return middle + _integral_shift(_patches(maps, cells, patch), patch)
    if refinement == LOCAL:
        return middle + _local_shift(_patches(maps, cells, 3))
    return middle


def _patches(maps: Tensor, cells: Cells, size: int) -> Tensor:
    """The squares of cells around peaks ``(N, …, size, size)``; see ``refinement.patches``."""
    _, height, width, _ = maps.shape
    steps = np.arange(size, dtype=INDEX) - np.int32(size // 2)
    counts = _sampled_by_sleap if means_sleap(PATCH_FILLED_WITH_ZEROS) else _in_the_middle
    inside_rows = counts(cells.rows[..., None], steps, height)[..., :, None]
    inside_columns = counts(cells.columns[..., None], steps, width)[..., None, :]
    rows = ops.clip(cells.rows[..., None] + steps, 0, height - 1)
    columns = ops.clip(cells.columns[..., None] + steps, 0, width - 1)
    parts = cells.parts[..., None, None]
    values = values_at(maps, rows[..., :, None], columns[..., None, :], parts)
    values = ops.where(ops.logical_and(inside_rows, inside_columns), values, 0.0)
    return values if means_sleap(PATCH_FILLED_WITH_ZEROS) else ops.maximum(values, 0.0)


def _in_the_middle(middle: Tensor, steps: Tensor, size: int) -> Tensor:
    return np.abs(steps) <= ops.minimum(middle, size - 1 - middle)


def _sampled_by_sleap(middle: Tensor, steps: Tensor, size: int) -> Tensor:
    """See ``confmaps.refinement``: the order of operations decides how numbers are rounded."""
    count, reach, last = len(steps), float(len(steps) // 2), float(size - 1)
    if count == 1 or size == 1:
        return _in_the_middle(middle, steps, size)
    ratio = float(np.float32(1) / np.float32(last))
    middle = ops.cast(middle, "float32")
    first, end = (middle - reach) * ratio, (middle + reach) * ratio
    step = (end - first) * last / float(count - 1)
    places = first * last + np.arange(count, dtype="float32") * step
    return ops.logical_and(places >= 0, places <= last)


def _integral_shift(values: Tensor, size: int) -> Tensor:
    steps = np.arange(size, dtype="float32") - np.float32(size // 2)
    total = ops.sum(values, axis=(-2, -1))
    if not means_sleap(PATCH_FILLED_WITH_ZEROS):
        total = ops.where(ops.equal(total, 0.0), 1.0, total)  # nothing to weigh: the peak stays
    x = ops.sum(ops.sum(values, axis=-2) * steps, axis=-1)
    y = ops.sum(ops.sum(values, axis=-1) * steps, axis=-1)
    return ops.stack([x / total, y / total], axis=-1)


def _local_shift(values: Tensor) -> Tensor:
    x = ops.sign(values[..., 1, 2] - values[..., 1, 0])
    y = ops.sign(values[..., 2, 1] - values[..., 0, 1])
    return LOCAL_STEP * ops.stack([x, y], axis=-1)


def _offset_shift(offsets: Tensor, cells: Cells) -> Tensor:
    shifts = [
        values_at(offsets, cells.rows, cells.columns, 2 * cells.parts + np.int32(axis))
        for axis in (0, 1)
    ]
    return ops.clip(ops.stack(shifts, axis=-1), -FARTHEST, FARTHEST)

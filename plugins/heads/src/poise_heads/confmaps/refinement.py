"""Refinement: from the cell of a peak to the part's place within it.

Every shift is ``(K, 2)``, x then y in cells, to be added to the peaks' cells.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from poise.editions import means_sleap
from poise.errors import DecodeError, Fault
from poise.fields import is_integer
from poise.messages import short_repr, suggestion
from poise_heads.confmaps.peaks import Flags, Floats, Integers, Peaks
from poise_heads.differences import (
    OFFSETS_ALWAYS_USED,
    PATCH_FILLED_WITH_ZEROS,
    UNKNOWN_REFINEMENT_IGNORED,
)

AUTO, NONE, LOCAL, INTEGRAL, OFFSETS = "auto", "none", "local", "integral", "offsets"
REFINEMENTS = (AUTO, NONE, LOCAL, INTEGRAL, OFFSETS)

LOCAL_STEP = 0.25
"""How far local refinement goes to the higher neighbor, in cells."""

FARTHEST = 1e6
"""Cells that an offset may lead away: beyond any map, and float32 holds its square in pixels."""


def refine(
    maps: Floats,
    peaks: Peaks,
    refinement: str | None,
    *,
    patch: int = 5,
    offsets: Floats | None = None,
) -> Floats:
    """Find where the peaks are within their cells.

    Args:
        maps: confidence maps ``(N, H, W, P)``.
        peaks: ``K`` cells of them.
        refinement: ``"none"`` or ``None``, ``"local"``, ``"integral"``, ``"offsets"``, or
            ``"auto"``: by offsets if the model predicts them, else integral.
        patch: side of the square of cells that integral refinement weighs; odd.
        offsets: ``(N, H, W, 2 · P)``, if the model predicts them.

    Returns:
        ``(K, 2)``, x then y in cells.

    Raises:
        DecodeError: an unknown refinement, missing offsets, or an even patch.
    """
    chosen = chosen_refinement(refinement, patch, offsets is not None)
    if chosen == OFFSETS and offsets is not None:
        return peaks.cells + offset_shift(offsets, peaks)
    if chosen == INTEGRAL:
        return peaks.cells + integral_shift(*patches(maps, peaks, patch))
    if chosen == LOCAL:
        return peaks.cells + local_shift(patches(maps, peaks, 3)[0])
    return peaks.cells


def chosen_refinement(refinement: str | None, patch: Any, has_offsets: bool) -> str:
    """The refinement that an option means for a model.

    Args:
        refinement: see ``refine``.
        patch: see ``refine``.
        has_offsets: whether the model predicts offsets.

    Raises:
        DecodeError: as ``refine`` does.
    """
    if not is_integer(patch) or patch < 1 or patch % 2 == 0:
        what = f"must be an odd number of cells, got {short_repr(patch)}"
        raise DecodeError([Fault(what, "patch")])
    if refinement is None:
        refinement = NONE
    if has_offsets and (refinement in (AUTO, OFFSETS) or means_sleap(OFFSETS_ALWAYS_USED)):
        return OFFSETS
    if refinement == AUTO:
        return INTEGRAL
    if refinement == OFFSETS:
        what = "'offsets' needs a model that predicts offsets; set offset_refinement, or use 'auto'"
        raise DecodeError([Fault(what, "refinement")])
    if refinement not in REFINEMENTS:
        if means_sleap(UNKNOWN_REFINEMENT_IGNORED):
            return NONE
        what = f"no refinement {short_repr(refinement)}; {suggestion(refinement, REFINEMENTS)}"
        raise DecodeError([Fault(what, "refinement")])
    return refinement


def patches(maps: Floats, peaks: Peaks, size: int) -> tuple[Floats, Floats]:
    """The squares of cells around peaks, and their steps from the middle.

    Args:
        maps: ``(N, H, W, P)``.
        peaks: ``K`` cells of them.
        size: side of the square, odd.

    Returns:
        ``(K, size, size)`` values, rows first, and the steps ``(size,)`` from the middle.
        Where a square reaches beyond the map it holds zeros; in edition 2026 equally far at
        the opposite side, which keeps the peak in its middle.
    """
    steps = np.arange(size) - size // 2
    rows, columns = peaks.row[:, None] + steps, peaks.column[:, None] + steps
    _, height, width, _ = maps.shape
    counts = _sampled_by_sleap if means_sleap(PATCH_FILLED_WITH_ZEROS) else _in_the_middle
    inside_rows = counts(peaks.row, steps, height)[:, :, None]
    inside_columns = counts(peaks.column, steps, width)[:, None, :]
    values = maps[
        peaks.image[:, None, None],
        rows.clip(0, height - 1)[:, :, None],
        columns.clip(0, width - 1)[:, None, :],
        peaks.part[:, None, None],
    ]
    values = np.where(inside_rows & inside_columns, values, 0)
    if not means_sleap(PATCH_FILLED_WITH_ZEROS):
        values = values.clip(min=0)
    return values, steps.astype(np.float32)


def _in_the_middle(middle: Integers, steps: Integers, size: int) -> Flags:
    """Which of the cells ``(K, k)`` of a patch along one axis are in the map on both sides."""
    reach = np.minimum(middle, size - 1 - middle)
    inside: Flags = np.abs(steps) <= reach[:, None]
    return inside


def _sampled_by_sleap(middle: Integers, steps: Integers, size: int) -> Flags:
    """The cells of a patch along one axis that SLEAP 1.4 read.

    It cut patches as boxes whose corners are ratios of the map's size, in float32. Rounding
    put some cells of the last rows and columns beyond the map, where it read 0. The order of
    operations is that of TensorFlow's ``crop_and_resize``.
    """
    reach, last = np.float32(len(steps) // 2), np.float32(size - 1)
    if len(steps) == 1 or size == 1:
        return _in_the_middle(middle, steps, size)
    ratio = np.float32(1) / last
    first, end = (middle.astype(np.float32) + sign * reach for sign in (-1, 1))
    first, end = first * ratio, end * ratio
    step = (end - first) * last / np.float32(len(steps) - 1)
    places = (first * last)[:, None] + np.arange(len(steps), dtype=np.float32) * step[:, None]
    inside: Flags = (places >= 0) & (places <= last)
    return inside


def integral_shift(values: Floats, steps: Floats) -> Floats:
    """The mean place in a patch, each cell counting as much as its value.

    Args:
        values: ``(K, k, k)``, rows first.
        steps: ``(k,)``, the place of each row and column.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        total = values.sum(axis=(1, 2))
        if not means_sleap(PATCH_FILLED_WITH_ZEROS):
            total = np.where(total == 0, 1, total)  # nothing to weigh: the peak stays
        x = (values.sum(axis=1) * steps).sum(axis=-1) / total
        y = (values.sum(axis=2) * steps).sum(axis=-1) / total
    return np.stack([x, y], axis=-1)


def local_shift(values: Floats) -> Floats:
    """A quarter of a cell towards the higher neighbor, along each axis.

    Args:
        values: ``(K, 3, 3)``, rows first.
    """
    x = np.sign(values[:, 1, 2] - values[:, 1, 0])
    y = np.sign(values[:, 2, 1] - values[:, 0, 1])
    return LOCAL_STEP * np.stack([x, y], axis=-1)


def offset_shift(offsets: Floats, peaks: Peaks) -> Floats:
    """The model's predicted offset from each peak's cell to the part.

    Args:
        offsets: ``(N, H, W, 2 · P)``, x then y of each part, in cells.
        peaks: ``K`` cells.
    """
    vectors = offsets.reshape(*offsets.shape[:-1], -1, 2)
    shift = vectors[peaks.image, peaks.row, peaks.column, peaks.part]
    return np.asarray(shift.clip(-FARTHEST, FARTHEST))

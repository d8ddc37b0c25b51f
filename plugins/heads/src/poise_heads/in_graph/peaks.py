"""Peaks of maps within a graph: the same cells as ``poise_heads.confmaps.peaks`` has."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from keras import ops

from poise.editions import means_sleap
from poise.specs import Tensor
from poise_heads.confmaps.peaks import NEIGHBORS
from poise_heads.differences import PLATEAUS_WITHOUT_PEAK, TIED_GLOBAL_PEAKS
from poise_heads.in_graph.cells import INDEX, masked, numbers, values_at

NOWHERE = float("-inf")


class Cells(NamedTuple):
    """Cells of maps ``(N, H, W, P)``.

    Attributes:
        rows: indices ``(N, P)`` or ``(N, P, K)``.
        columns: likewise.
        parts: indices of the maps' channels; broadcast with ``rows``.
        values: of the maps there; NaN where there is no peak.
    """

    rows: Tensor
    columns: Tensor
    parts: Tensor
    values: Tensor


def global_cells(maps: Tensor) -> Cells:
    """The highest cell of each map ``(N, P)``; see ``confmaps.peaks.global_peaks``."""
    _, _, width, count = maps.shape
    parts = numbers(count)[None]
    rows = _first_highest(ops.max(maps, axis=2))
    if means_sleap(TIED_GLOBAL_PEAKS):
        columns = _first_highest(ops.max(maps, axis=1))
    else:
        across = numbers(width)[None, :, None]
        columns = _first_highest(values_at(maps, rows[:, None], across, parts[:, None]))
    return Cells(rows, columns, parts, values_at(maps, rows, columns, parts))


def _first_highest(lines: Tensor) -> Tensor:
    """Index of the highest value of lines ``(N, L, P)``, the first of equally high ones.

    ``keras.ops.argmax`` looks at bits of floats, for which other runtimes have no operation.
    """
    length = lines.shape[1]
    highest = ops.equal(lines, ops.max(lines, axis=1, keepdims=True))
    return ops.min(ops.where(highest, numbers(length)[None, :, None], length - 1), axis=1)


def strongest_cells(maps: Tensor, threshold: float, count: int) -> tuple[Cells, Tensor]:
    """The peaks of each map; see ``confmaps.peaks.local_peaks``.

    Args:
        maps: ``(N, H, W, P)``.
        threshold: only cells above this value are peaks.
        count: how many peaks of each map are kept, ``K``.

    Returns:
        Peaks ``(N, P, K)`` by row, then column; where there are more than ``K``, the strongest
        ones, the strongest first. And how many others there are, ``(N, P)``.
    """
    _, height, width, parts = maps.shape
    cells = height * width
    is_peak = _is_peak(maps, threshold)
    flat = ops.transpose(ops.where(is_peak, maps, NOWHERE), (0, 3, 1, 2))
    kept = min(count, cells)
    values, places = ops.top_k(ops.reshape(flat, (-1, parts, cells)), kept)
    places = ops.where(values > NOWHERE, ops.cast(places, INDEX), cells)
    total = ops.sum(ops.cast(is_peak, INDEX), axis=(1, 2))
    in_order = -ops.top_k(-places, kept)[0]
    places = ops.where(total[..., None] > count, places, in_order)
    places = ops.pad(places, ((0, 0), (0, 0), (0, count - kept)), constant_values=cells)
    return _cells_at(maps, places), ops.maximum(total - count, 0)


def _is_peak(maps: Tensor, threshold: float) -> Tensor:
    _, height, width, _ = maps.shape
    padded = ops.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=NOWHERE)
    is_peak = maps > threshold
    for down, right in NEIGHBORS:
        other = padded[:, 1 + down : 1 + down + height, 1 + right : 1 + right + width]
        # Of equally high neighbors the first is the peak: it need not top those after it.
        strictly = means_sleap(PLATEAUS_WITHOUT_PEAK) or (down, right) < (0, 0)
        is_peak = ops.logical_and(is_peak, maps > other if strictly else maps >= other)
    return is_peak


def _cells_at(maps: Tensor, places: Tensor) -> Cells:
    """Cells by their number in a map, ``(N, P, K)``; a number beyond it is no peak."""
    _, height, width, count = maps.shape
    present = places < height * width
    places = ops.where(present, places, np.int32(0))
    rows = ops.floor_divide(places, width)
    columns, parts = places - rows * width, numbers(count)[None, :, None]
    values = values_at(maps, rows, columns, parts)
    return Cells(rows, columns, parts, masked(values, present))

"""Rough peaks: the cells of confidence maps at which parts are."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise.editions import means_sleap
from poise_heads.differences import PLATEAUS_WITHOUT_PEAK, TIED_GLOBAL_PEAKS

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]

NEIGHBORS = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1) if row or column]
"""The eight neighbors of a cell, those before it first, as (row, column) steps."""


@attrs.frozen(eq=False)
class Peaks:
    """Cells of maps ``(N, H, W, P)`` in a row: ``K`` of them.

    Attributes:
        image: ``(K,)``, indices of the images.
        row: ``(K,)``.
        column: ``(K,)``.
        part: ``(K,)``, indices of the parts.
        value: ``(K,)``, the map's values there.
    """

    image: Integers
    row: Integers
    column: Integers
    part: Integers
    value: Floats

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, chosen: Integers | Flags) -> Peaks:
        """The chosen peaks, by mask or by indices."""
        return Peaks(*(array[chosen] for array in attrs.astuple(self, recurse=False)))

    @property
    def cells(self) -> Floats:
        """``(K, 2)``, x then y in cells: the column and the row."""
        return np.stack([self.column, self.row], axis=-1).astype(np.float32)


def global_peaks(maps: Floats) -> Peaks:
    """The highest cell of each map: one peak per image and part, in this order.

    Maps are read once, row by row, for the highest value of each column. All else is of a
    column, except where two columns are equally high.

    Args:
        maps: ``(N, H, W, P)``.

    Returns:
        ``N · P`` peaks, however low: compare ``value`` with the threshold.
    """
    images, height, width, parts = maps.shape
    rows = maps.reshape(images, height, width * parts)  # the longer rows, the quicker
    of_columns = rows.max(axis=1).reshape(images, width, parts)
    image, part = np.indices((images, parts))
    column = of_columns.argmax(axis=1)  # (N, P)
    highest = of_columns[image, column, part]
    row = maps[image, :, column, part].argmax(axis=-1)
    # NaN is equal to nothing, so that it counts as tied.
    is_single = (of_columns == highest[:, None]).sum(axis=1) == 1
    for tied in np.flatnonzero(~is_single.all(axis=1)):
        row[tied] = _highest_of_rows(maps[tied]).argmax(axis=0)
        if not means_sleap(TIED_GLOBAL_PEAKS):
            column[tied] = maps[tied, row[tied], :, part[tied]].argmax(axis=-1)
    value = maps[image, row, column, part]
    return Peaks(image.ravel(), row.ravel(), column.ravel(), part.ravel(), value.ravel())


def _highest_of_rows(maps: Floats) -> Floats:
    """The highest value of each row ``(H, P)`` of the maps ``(H, W, P)`` of an image.

    The maps are folded in the middle until one column is left: NumPy compares long rows
    several times as fast as it looks for the highest of many short ones. Where the number of
    columns is odd, the one in the middle falls on itself.
    """
    while (width := maps.shape[1]) > 1:
        half = -(-width // 2)
        maps = np.maximum(maps[:, :half], maps[:, -half:])
    return maps[:, 0]


def local_peaks(maps: Floats, threshold: float) -> Peaks:
    """Every cell above the threshold that is higher than its eight neighbors.

    There are no neighbors outside the map. Only the few cells above the threshold are compared,
    and fewer remain after each neighbor.

    Args:
        maps: ``(N, H, W, P)``.
        threshold: only cells above this value are peaks.

    Returns:
        The peaks by image, then row, then column, then part.
    """
    _, height, width, parts = maps.shape
    flat = maps.reshape(-1)
    candidates = np.flatnonzero(flat > threshold)
    column = candidates // parts % width
    row = candidates // (parts * width) % height
    strictly = means_sleap(PLATEAUS_WITHOUT_PEAK)
    for down, right in NEIGHBORS:
        inside = (row + down >= 0) & (row + down < height)
        inside &= (column + right >= 0) & (column + right < width)
        step = (down * width + right) * parts
        own, other = flat[candidates], flat[np.where(inside, candidates + step, candidates)]
        # Of equally high neighbors the first is the peak: it need not top those after it.
        higher = own > other if strictly or step < 0 else own >= other
        kept = higher | ~inside
        candidates, row, column = candidates[kept], row[kept], column[kept]
    image = candidates // (parts * width * height)
    return Peaks(image, row, column, candidates % parts, flat[candidates])

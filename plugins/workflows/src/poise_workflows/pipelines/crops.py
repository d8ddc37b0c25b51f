"""Cut crops out of frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def cut_crops(
    images: Array, image: Array, centers: Array, side: int, *, as_sleap: bool = False
) -> Array:
    """Squares around points, interpolated between pixels.

    As in SLEAP, a sample outside the image is 0, also within a pixel of its border, and integers
    are truncated.

    Args:
        images: ``(N, H, W, C)``.
        image: ``(K,)``: index of the image of each crop.
        centers: ``(K, 2)``: x then y of the center of each crop, in pixels. The center of the
            top left pixel of the crop is ``(side - 1) / 2`` less.
        side: of the squares, in pixels.
        as_sleap: compute places as SLEAP does, through parts of the image's sides, whose
            rounding now and then truncates a value to the next lower one.

    Returns:
        ``(K, side, side, C)``, of the dtype of ``images``.
    """
    centers, places = np.asarray(centers, np.float32), _places_in_sleap if as_sleap else _places
    columns = places(centers[:, 0, None], side, images.shape[2])
    rows = places(centers[:, 1, None], side, images.shape[1])
    top, bottom, down, in_rows = _neighbors(rows, images.shape[1])
    left, right, across, in_columns = _neighbors(columns, images.shape[2])
    which, across = image[:, None, None], across[:, None, :, None]

    def row_of(y: Array) -> Array:
        first = images[which, y[:, :, None], left[:, None, :]].astype(np.float32)
        second = images[which, y[:, :, None], right[:, None, :]].astype(np.float32)
        return first + (second - first) * across

    upper = row_of(top)
    crops = upper + (row_of(bottom) - upper) * down[:, :, None, None]
    crops[~(in_rows[:, :, None] & in_columns[:, None, :])] = 0
    return np.asarray(crops.astype(images.dtype))


def _places(center: Array, side: int, length: int) -> Array:
    """Where the samples along an axis of an image are, for centers ``(K, 1)``."""
    return np.asarray(center - np.float32((side - 1) / 2) + np.arange(side, dtype=np.float32))


def _places_in_sleap(center: Array, side: int, length: int) -> Array:
    half, last = np.float32((side - 1) / 2), np.float32(length - 1)
    if side == 1 or length == 1:
        return _places(center, side, length)
    start, end = (center - half) / last, (center + half) / last
    step = (end - start) * last / np.float32(side - 1)
    return np.asarray(start * last + np.arange(side, dtype=np.float32) * step)


def _neighbors(places: Array, length: int) -> tuple[Array, Array, Array, Array]:
    """The pixels around each place, the weight of the second, and whether it is in the image."""
    floor = np.floor(places)
    low = np.clip(floor, 0, length - 1).astype(np.intp)
    high = np.clip(floor + 1, 0, length - 1).astype(np.intp)
    return low, high, places - floor, (places >= 0) & (places <= length - 1)

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
    columns = _Axis(places(centers[:, 0, None], side, images.shape[2]), images.shape[2])
    rows = _Axis(places(centers[:, 1, None], side, images.shape[1]), images.shape[1])
    # Neighboring samples share pixels, so that each pixel is looked up once.
    lines = image[:, None] * images.shape[1] + rows.pixels
    pixels = lines[:, :, None] * images.shape[2] + columns.pixels[:, None, :]
    patches = images.reshape(-1, images.shape[3])[pixels].astype(np.float32)
    crops = rows.interpolated(columns.interpolated(patches, 2), 1)
    if not (rows.inside.all() and columns.inside.all()):
        crops[~(rows.inside[:, :, None] & columns.inside[:, None, :])] = 0
    return np.asarray(crops.astype(images.dtype))


class _Axis:
    """Where the samples of crops are along an axis of the images.

    Args:
        places: ``(K, side)``, in pixels.
        length: of the axis, in pixels.
    """

    def __init__(self, places: Array, length: int) -> None:
        floor = np.floor(places)
        self.inside = (places >= 0) & (places <= length - 1)
        self._weight = places - floor
        self._first = (floor - floor[:, :1]).astype(np.intp)
        span = np.arange(self._first.max(initial=places.shape[1] - 1) + 2)
        self.pixels = (floor[:, :1] + span).clip(0, length - 1).astype(np.intp)
        self._steps_by_one = bool((self._first == np.arange(places.shape[1])).all())

    def interpolated(self, patches: Array, axis: int) -> Array:
        """Samples between the pixels ``(K, …)`` that are looked up along an axis, 1 or 2."""
        first, second = (self._taken(patches, axis, step) for step in (0, 1))
        crops = second - first
        crops *= np.expand_dims(self._weight, (3 - axis, 3))
        crops += first
        return np.asarray(crops)

    def _taken(self, patches: Array, axis: int, step: int) -> Array:
        if self._steps_by_one:  # rounding seldom prevents it
            along = [slice(None)] * axis
            return patches[(*along, slice(step, step + self._first.shape[1]))]
        places = np.expand_dims(self._first + step, (3 - axis, 3))
        return np.take_along_axis(patches, places, axis)


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

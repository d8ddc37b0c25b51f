"""Prepare frames for a network on the host: one size for all, and its number of channels.

Numbers are those of SLEAP. What follows, from floats to padding, is the network's own.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from poise import geometry
from poise.editions import HALF_PIXEL_OF_RESIZING, means_sleap
from poise_workflows.frames.sources import Array

LUMA = np.array([0.2989, 0.5870, 0.1140], dtype=np.float32)
"""What red, green and blue count in gray."""


@attrs.frozen
class SizeMatch:
    """How a frame becomes as large as the target: resized by one ratio, then padded with zeros.

    SLEAP's ``resize_and_pad_to_target``. It keeps the aspect ratio, shrinks larger frames, too,
    and pads at the right and at the bottom.

    Attributes:
        size: height and width of the frame.
        target: height and width of the result.
    """

    size: tuple[int, int]
    target: tuple[int, int]

    @property
    def ratio(self) -> float:
        """By which factor the frame is resized; 1 if it has the target's size."""
        if self.size == self.target:
            return 1.0
        return min(self.target[0] / self.size[0], self.target[1] / self.size[1])

    @property
    def resized(self) -> tuple[int, int]:
        """Height and width of the frame after resizing."""
        height, width = (int(side * self.ratio) for side in self.size)
        return max(1, height), max(1, width)

    def image(self, image: Array) -> Array:
        """The frame ``(H, W, C)`` in the target's size; keeps its dtype."""
        if self.size == self.target:
            return image
        scaled = resized(image, self.resized)
        rows, columns = self.target[0] - self.resized[0], self.target[1] - self.resized[1]
        return np.pad(scaled, ((0, rows), (0, columns), (0, 0)))

    def move(self, points: Any) -> Any:
        """Points of the frame ``(…, 2)``, in pixels of the result; the inverse of ``undo``."""
        if self.size == self.target:
            return points
        return geometry.resize(points, self._factors())

    def undo(self, points: Any) -> Any:
        """Points of the result ``(…, 2)``, x then y in pixels, in pixels of the frame.

        The edition decides, as in ``poise.geometry``: SLEAP divides by the ratio, although sides
        have whole pixels.
        """
        if self.size == self.target:
            return points
        return geometry.undo_resize(points, self._factors())

    def _factors(self) -> Any:
        if means_sleap(HALF_PIXEL_OF_RESIZING):
            return self.ratio
        height, width = self.resized
        return np.array([width / self.size[1], height / self.size[0]])


def with_channels(image: Array, channels: int) -> Array:
    """A frame ``(H, W, C)`` with as many channels as the network's input.

    RGB becomes its luma, and gray is repeated. Other counts stay.
    """
    if channels == 1 and image.shape[-1] == 3:
        return _luma(image)
    if channels == 3 and image.shape[-1] == 1:
        return np.repeat(image, 3, axis=-1)
    return image


def _luma(image: Array) -> Array:
    if image.dtype.kind == "f":
        return np.asarray((image @ LUMA.astype(image.dtype))[..., None])
    floats = image.astype(np.float32) * np.float32(1 / 255)
    # SLEAP rounds so: the largest value and a half, truncated.
    return np.asarray(((floats @ LUMA) * np.float32(255.5)).astype(image.dtype)[..., None])


def resized(image: Array, size: tuple[int, int]) -> Array:
    """Bilinear between the centers of pixels, without smoothing; integers are truncated."""
    floats = image.astype(np.float32)
    for axis, side in enumerate(size):
        low, high, weight = neighbors(image.shape[axis], side)
        weight = weight.reshape(-1, *[1] * (floats.ndim - 1 - axis))
        first, second = floats.take(low, axis), floats.take(high, axis)
        floats = first + (second - first) * weight
    return floats.astype(image.dtype)


def neighbors(side: int, resized: int) -> tuple[Array, Array, Array]:
    """For each pixel of a resized axis: the two pixels around it, and the weight of the second."""
    centers = (np.arange(resized, dtype=np.float32) + 0.5) * np.float32(side / resized) - 0.5
    floor = np.floor(centers)
    low = np.clip(floor, 0, side - 1).astype(np.intp)
    high = np.clip(floor + 1, 0, side - 1).astype(np.intp)
    return low, high, (centers - floor).astype(np.float32)

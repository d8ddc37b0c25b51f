"""Move points when their image is resized, cropped or padded, and move them back.

Each function is followed by its inverse. A point is x then y in pixels; the center of the
top-left pixel is (0, 0). Points are arrays ``(…, 2)`` of NumPy or of Keras' backend, also
while a train step is traced.

In edition 2026 a point moves with the pixels of the image, and each inverse is exact. SLEAP
1.4 omits or adds half a pixel in some steps; the edition decides which rule applies.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from poise.editions import (
    HALF_PIXEL_OF_CROPS,
    HALF_PIXEL_OF_RESIZING,
    HALF_PIXEL_OF_SCALING,
    means_sleap,
)
from poise.errors import PoiseError
from poise.messages import short_repr


def resize(points: Any, scale: Any) -> Any:
    """Points of an image, in pixels of the image after resizing it by ``scale``."""
    factor = _factor(scale, points)
    if means_sleap(HALF_PIXEL_OF_RESIZING):
        return points * factor
    return points * factor + (factor - 1) / 2


def undo_resize(points: Any, scale: Any) -> Any:
    """Points of an image that was resized by ``scale``, in pixels of the image before."""
    factor = _factor(scale, points)
    if means_sleap(HALF_PIXEL_OF_RESIZING):
        return points / factor
    return (points - (factor - 1) / 2) / factor


def undo_input_scaling(points: Any, scale: float) -> Any:
    """As :func:`undo_resize`, for points that a model detected.

    SLEAP adds half a pixel here that it did not subtract before.
    """
    if scale != 1 and means_sleap(HALF_PIXEL_OF_SCALING):
        return undo_resize(points, scale) + 0.5
    return undo_resize(points, scale)


def crop(points: Any, center: Any, size: int | tuple[int, int]) -> Any:
    """Points of an image, in pixels of a crop of ``size`` around ``center``."""
    return points - (_along(center, points, "center") - (_sides(size) - 1) / 2)


def undo_crop(points: Any, center: Any, size: int | tuple[int, int]) -> Any:
    """Points of a crop of ``size`` around ``center``, in pixels of the image."""
    # SLEAP cuts at center − (size − 1)/2, but moves detections by center − size/2.
    less = 0 if means_sleap(HALF_PIXEL_OF_CROPS) else 1
    return points + (_along(center, points, "center") - (_sides(size) - less) / 2)


def pad(points: Any, before: Any) -> Any:
    """Points of an image, in pixels of the image after padding it at the left and at the top."""
    return points + _along(before, points, "before")


def undo_pad(points: Any, before: Any) -> Any:
    """Points of a padded image, in pixels of the image before."""
    return points - _along(before, points, "before")


def _sides(size: int | tuple[int, int]) -> Any:
    """Width and height, in the order x, y, from a side or from (height, width)."""
    return np.array(size[::-1] if isinstance(size, tuple) else (size, size), dtype="float32")


def _factor(scale: Any, points: Any) -> Any:
    if isinstance(scale, int | float):
        if not 0 < scale < float("inf"):
            raise PoiseError(f"scale must be a number > 0, got {short_repr(scale)}")
        return float(scale)  # a Python float, so an array keeps its dtype
    return _along(scale, points, "scale")


def _along(value: Any, points: Any, name: str) -> Any:
    """Shape a value per image, ``(2,)``, ``(N, 2)`` or ``(N, 1)``, to match points (N, …, 2)."""
    if not hasattr(value, "shape"):
        value = np.asarray(value)
    if isinstance(value, np.ndarray):
        dtype = points.dtype if isinstance(points, np.ndarray) else np.dtype("float32")
        value = value.astype(dtype if dtype.kind == "f" else "float64")
    shape = tuple(value.shape)
    if len(shape) not in (1, 2) or shape[-1] not in (1, 2) or shape == (1,):
        number = "a number, " if name == "scale" else ""
        what = f"must be {number}x and y (2,) or (N, 2), got the shape {shape}"
        raise PoiseError(f"{name} {what}")
    if len(shape) == 1:
        return value
    return value[(slice(None), *[None] * (len(points.shape) - 2), slice(None))]

"""Move points when their image is resized, cropped or padded, and move them back.

Each function is followed by its inverse. A point is x then y in pixels; the center of the
top-left pixel is (0, 0). Points are arrays ``(…, 2)`` of NumPy or of Keras' backend, also
while a train step is traced.

In edition 2026 a point moves with the pixels of the image, and each inverse is exact. SLEAP
1.4 omits or adds half a pixel in some steps; the edition decides which rule applies.
"""

from __future__ import annotations

from numbers import Real
from typing import Any, NoReturn

import numpy as np

from poise.editions import (
    HALF_PIXEL_OF_CROPS,
    HALF_PIXEL_OF_RESIZING,
    HALF_PIXEL_OF_SCALING,
    means_sleap,
)
from poise.errors import Fault, LabelsError
from poise.messages import short_repr
from poise.scalars import is_integer


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


def undo_input_scaling(points: Any, scale: Any) -> Any:
    """As :func:`undo_resize`, for points that a model detected; ``scale`` has known values.

    SLEAP adds half a pixel here that it did not subtract before, along axes that were resized.
    """
    moved = undo_resize(points, scale)
    if not means_sleap(HALF_PIXEL_OF_SCALING):
        return moved
    factor = _factor(scale, points)
    if isinstance(factor, float):
        return moved + 0.5 if factor != 1 else moved
    return moved + np.where(np.asarray(factor) != 1, 0.5, 0.0).astype(np.float32)


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
    sides = size if isinstance(size, tuple | list) else (size, size)
    if len(sides) != 2 or not all(_is_length(side) for side in sides):
        _refuse("size", "must be a side in pixels, or (height, width)", short_repr(size))
    height, width = sides
    return np.array((width, height), dtype="float32")


def _is_length(side: Any) -> bool:
    return is_integer(side) and side > 0


def _factor(scale: Any, points: Any) -> Any:
    if isinstance(scale, np.ndarray) and scale.ndim == 0:
        scale = scale.item()
    if isinstance(scale, Real):
        factor: Any = float(scale)  # a Python float, so an array keeps its dtype
    else:
        factor = _along(scale, points, "scale")
    # A tensor may have no values yet.
    known = isinstance(factor, float | np.ndarray)
    if known and not np.all((factor > 0) & np.isfinite(factor)):
        _refuse("scale", "must be above 0 and finite", short_repr(scale))
    return factor


def _along(value: Any, points: Any, name: str) -> Any:
    """Shape a value for x and y, ``(2,)``, or per image, ``(N, 2)``, to match points (N, …, 2)."""
    if not hasattr(value, "shape"):
        value = np.asarray(value)
    if isinstance(value, np.ndarray):
        dtype = points.dtype if isinstance(points, np.ndarray) else np.dtype("float32")
        value = value.astype(dtype if dtype.kind == "f" else "float64")
    shape = tuple(value.shape)
    shared = name == "scale" and len(shape) == 2 and shape[-1] == 1
    if len(shape) not in (1, 2) or (shape[-1] != 2 and not shared):
        shapes = "a number, x and y (2,), or (N, 2) or (N, 1)"
        _refuse(
            name,
            f"must be {shapes if name == 'scale' else 'x and y (2,) or (N, 2)'}",
            f"the shape {shape}",
        )
    if len(shape) == 1:
        return value
    return value[(slice(None), *[None] * (len(points.shape) - 2), slice(None))]


def _refuse(name: str, expected: str, value: str) -> NoReturn:
    raise LabelsError([Fault(f"{expected}, got {value}", name)])

"""The grid of targets: the point of each cell, and the instances on the grid.

Points are x then y in pixels; the center of the top-left pixel is (0, 0). A cell stands for
its first pixel, not for its middle: cell (row r, column c) of stride s is the point
(c·s, r·s). ``NaN`` means not visible.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops

from poise.errors import Fault, LabelsError
from poise.messages import short_repr

Array = Any
"""A tensor of Keras' backend, or a NumPy array."""

Size = tuple[int, int]
"""Height and width in pixels."""


FAR = 1e9
"""Pixels; what is farther away is as far for every map, and float32 holds its square."""


def shape_of(size: Size, stride: int) -> tuple[int, int]:
    """Rows and columns of cells: the size divided by the stride, rounded up.

    Raises:
        LabelsError: there are none.
    """
    height, width = size
    if height < 1 or width < 1:
        what = f"must be a height and width of 1 pixel or more, got {short_repr(size)}"
        raise LabelsError([Fault(what, "size")])
    return -(-height // stride), -(-width // stride)


def coordinates(size: Size, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the cells are: y of each row and x of each column, in pixels."""
    rows, columns = shape_of(size, stride)
    return (
        np.arange(rows, dtype="float32") * np.float32(stride),
        np.arange(columns, dtype="float32") * np.float32(stride),
    )


def visible(points: Array) -> Array:
    """Whether both coordinates of each point are finite: ``(…, 2)`` to ``(…)``."""
    return ops.all(ops.isfinite(points), axis=-1)


def near_enough(points: Array) -> Array:
    """The same points, those that are absurdly far away moved to a distance of ``FAR``.

    Coordinates that are not finite become NaN.
    """
    return ops.where(ops.isfinite(points), ops.clip(points, -FAR, FAR), float("nan"))


def without_nan(points: Array) -> tuple[Array, Array]:
    """Points with 0 where invisible, and 1.0 or 0.0 for whether each is visible.

    Nothing is computed from NaN, so no result or gradient is NaN.
    """
    seen = visible(points)
    points = ops.clip(points, -FAR, FAR)
    return ops.where(seen[..., None], points, 0.0), ops.cast(seen, "float32")


def drop_outside_image(points: Array, size: Size) -> Array:
    """Hide instances without a part in the image, whose pixels end half a pixel past a center.

    Args:
        points: ``(N, I, P, 2)``.
        size: height and width of the image in pixels.

    Returns:
        The points, all NaN for an instance of which no part is in the image.
    """
    height, width = size
    x, y = points[..., 0], points[..., 1]
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    return _drop(points, inside)


def drop_outside_grid(points: Array, size: Size, stride: int) -> Array:
    """Hide instances as SLEAP 1.4 did: without a part strictly between first and last cell.

    A part at 0, or within the last ``stride`` pixels, does not count as inside.
    """
    ys, xs = coordinates(size, stride)
    x, y = points[..., 0], points[..., 1]
    inside = (x > 0.0) & (x < float(xs[-1])) & (y > 0.0) & (y < float(ys[-1]))
    return _drop(points, inside)


def _drop(points: Array, inside: Array) -> Array:
    keep = ops.any(inside, axis=-1)[..., None, None]
    return ops.where(keep, points, float("nan"))


def over_instances(
    step: Callable[[Array, Array], Array], initial: Array, instances: Array, chunk: int
) -> Array:
    """Reduce over the axis of instances; memory does not grow with their number.

    Args:
        step: ``step(reduced, some)``: the result so far and the next instances.
        initial: the initial result.
        instances: ``(N, I, …)``.
        chunk: how many instances ``step`` gets at once, where their number is known while
            tracing; otherwise it gets one at a time.
    """
    images, count = instances.shape[:2]
    if images == 0:
        return initial  # JAX takes nothing out of empty maps, not even at no places
    if count is not None:
        for start in range(0, count, chunk):
            initial = step(initial, instances[:, start : start + chunk])
        return initial
    return ops.fori_loop(
        0,
        ops.shape(instances)[1],
        lambda index, reduced: step(reduced, ops.take(instances, index, axis=1)[:, None]),
        initial,
    )


def reduced(reduction: Callable[..., Array], values: Array, axis: int) -> Array:
    """``ops.min`` or ``ops.max`` along an axis, also of no images or no instances.

    Keras refuses every empty tensor, even where the axis itself is not empty.
    """
    if 0 in values.shape:
        return ops.take(values, 0, axis=axis)
    return reduction(values, axis=axis)


def empty(points: Array, *shape: int) -> Array:
    """Zeros ``(N, …)`` for the same images as ``points``."""
    return ops.zeros((ops.shape(points)[0], *shape), dtype="float32")


def scatter_is_quick() -> bool:
    """Whether writing values into new maps takes about as long as writing zeros.

    On PyTorch ``keras.ops.scatter`` is a loop in Python, and on the CPU under JAX it is slower
    than computing every cell of a large map.
    """
    return str(keras.backend.backend()) == "tensorflow"


@cache
def matmul_is_exact() -> bool:
    """Whether products of matrices have the precision of float32 here, and are quick.

    On a CPU, TensorFlow multiplies matrices several times faster than it broadcasts.
    Accelerators round the factors first (to TF32 or bfloat16), which targets do not allow.
    """
    if keras.backend.backend() != "tensorflow":
        return False
    devices = keras.distribution.list_devices()
    return all(device.lower().startswith("cpu") for device in devices)

"""The distributions of Keras' initializers, drawn by NumPy: the same on every backend."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from keras import initializers

Shape = tuple[int, ...]
Draw = Callable[[Any, Shape, Any], Any]
"""``draw(initializer, shape, random)``: a float32 array; ``random`` is a NumPy generator."""

TRUNCATED = 0.87962566103423978
"""Standard deviation of a standard normal distribution truncated at ±2."""


def constant_of(initializer: Any) -> float | None:
    """The constant that a Keras initializer fills arrays with, or ``None``.

    Args:
        initializer: a Keras or third-party initializer.
    """
    if _is_called_as(initializer, initializers.Zeros):
        return 0
    if _is_called_as(initializer, initializers.Ones):
        return 1
    if _is_called_as(initializer, initializers.Constant):
        number = initializer.value
        return number if isinstance(number, int | float) else None
    return None


def draw_of(initializer: Any) -> Draw | None:
    """The function that draws an initializer's arrays, or ``None`` if Keras must call it.

    Keras must call third-party initializers, and those that draw from a
    ``keras.random.SeedGenerator``: their values depend on earlier draws.

    Args:
        initializer: a Keras or third-party initializer.
    """
    if not isinstance(getattr(initializer, "seed", None), int):
        return None
    return next((draw for cls, draw in _DRAWS if _is_called_as(initializer, cls)), None)


def _is_called_as(initializer: Any, cls: Any) -> bool:
    # A subclass may set the arguments, as HeNormal does, but must not override the drawing.
    return isinstance(initializer, cls) and type(initializer).__call__ is cls.__call__


def _normal(initializer: Any, shape: Shape, random: np.random.Generator) -> Any:
    drawn = random.standard_normal(shape, dtype=np.float32)
    return _scaled(drawn, initializer.stddev, initializer.mean)


def _truncated_normal(initializer: Any, shape: Shape, random: np.random.Generator) -> Any:
    return _scaled(_cut_normal(shape, random), initializer.stddev, initializer.mean)


def _uniform(initializer: Any, shape: Shape, random: np.random.Generator) -> Any:
    low, high = initializer.minval, initializer.maxval
    return _scaled(random.random(shape, dtype=np.float32), high - low, low)


def _variance_scaling(initializer: Any, shape: Shape, random: np.random.Generator) -> Any:
    variance = initializer.scale / _fan(initializer, shape)
    if initializer.distribution == "uniform":
        limit = math.sqrt(3 * variance)
        return _scaled(random.random(shape, dtype=np.float32), 2 * limit, -limit)
    if initializer.distribution == "untruncated_normal":
        return _scaled(random.standard_normal(shape, dtype=np.float32), math.sqrt(variance))
    return _scaled(_cut_normal(shape, random), math.sqrt(variance) / TRUNCATED)


def _orthogonal(initializer: Any, shape: Shape, random: np.random.Generator) -> Any:
    if len(shape) < 2:
        raise ValueError(f"Orthogonal: a weight must have at least two axes, got shape {shape}")
    rows, columns = math.prod(shape[:-1]), shape[-1]
    tall = (max(rows, columns), min(rows, columns))
    q, r = np.linalg.qr(random.standard_normal(tall))
    q *= np.sign(np.diag(r))
    flat = q.T if rows < columns else q
    return _scaled(flat.reshape(shape).astype("float32"), initializer.gain)


def _scaled(drawn: Any, factor: Any, offset: Any = 0.0) -> Any:
    """Scale and shift in place: the largest kernels have millions of numbers."""
    drawn *= np.float32(factor)
    if offset:
        drawn += np.float32(offset)
    return drawn


def _fan(initializer: Any, shape: Shape) -> float:
    """The fan in, the fan out, or their mean; at least 1."""
    into, out = (getattr(initializer, f"{way}_axes", None) for way in ("input", "output"))
    if into is not None and out is not None:  # newer Keras versions name the axes
        fan_in, fan_out = (math.prod(shape[axis] for axis in axes) for axes in (into, out))
    elif len(shape) < 2:
        fan_in = fan_out = math.prod(shape)
    else:
        cells = math.prod(shape[:-2])
        fan_in, fan_out = cells * shape[-2], cells * shape[-1]
    of_mode = {"fan_in": fan_in, "fan_out": fan_out}
    return max(1.0, float(of_mode.get(initializer.mode, (fan_in + fan_out) / 2)))


def _cut_normal(shape: Shape, random: np.random.Generator) -> Any:
    drawn = random.standard_normal(shape, dtype=np.float32)
    beyond = np.abs(drawn) > 2
    while count := np.count_nonzero(beyond):
        again = random.standard_normal(count, dtype=np.float32)
        drawn[beyond] = again
        beyond[beyond] = np.abs(again) > 2
    return drawn


_DRAWS: tuple[tuple[Any, Draw], ...] = (
    (initializers.VarianceScaling, _variance_scaling),
    (initializers.RandomNormal, _normal),
    (initializers.TruncatedNormal, _truncated_normal),
    (initializers.RandomUniform, _uniform),
    (initializers.Orthogonal, _orthogonal),
)

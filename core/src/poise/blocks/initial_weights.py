"""Random first weights that NumPy draws: the same distribution, without a compiler."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import initializers, ops

from poise.specs import Tensor

INITIALIZERS = ("kernel_initializer", "depthwise_initializer")
"""Where layers keep the initializers of their kernels."""

TRUNCATED = 0.87962566103423978
"""Standard deviation of a standard normal distribution that is cut at two of its own."""


def drawn_by_numpy(layer: keras.Layer, x: Tensor) -> Tensor:
    """Apply a new layer for the first time, its kernels drawn by NumPy.

    Keras draws with the backend. JAX compiles each draw anew for every shape of kernel, which
    is nine tenths of the time to build a ResNet-18; TensorFlow goes three times through
    memory, which is half of the time to build SENet-154. What is drawn has the distribution
    that the layer asks for, and follows ``keras.utils.set_random_seed``. The layer's
    configuration, and so every file, is that of a plain layer.

    Args:
        layer: not built yet.
        x: what it is applied to.

    Returns:
        What the layer makes of it.
    """
    own = {name: getattr(layer, name) for name in INITIALIZERS if hasattr(layer, name)}
    for name, initializer in own.items():
        if _can_draw(initializer):
            setattr(layer, name, _Drawn(initializer))
    try:
        return layer(x)
    finally:
        for name, initializer in own.items():
            setattr(layer, name, initializer)


def _can_draw(initializer: Any) -> bool:
    return (
        isinstance(initializer, initializers.VarianceScaling)
        and initializer.distribution in ("uniform", "truncated_normal")
        and isinstance(initializer.seed, int)
    )


class _Drawn:
    """What an initializer of Keras would draw."""

    def __init__(self, initializer: initializers.VarianceScaling) -> None:
        self.initializer = initializer

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        shape = tuple(shape)
        random = np.random.default_rng(self.initializer.seed)
        variance = self.initializer.scale / _fan(self.initializer.mode, shape)
        if self.initializer.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            drawn = random.random(shape, dtype=np.float32)
            drawn *= 2 * limit
            drawn -= limit
        else:
            drawn = _truncated_normal(random, shape)
            drawn *= math.sqrt(variance) / TRUNCATED
        return ops.convert_to_tensor(drawn, dtype=dtype)


def _fan(mode: str, shape: tuple[int, ...]) -> float:
    """How many values meet in one, going in, out, or the mean of both; at least 1."""
    cells = math.prod(shape[:-2])
    fan_in, fan_out = cells * shape[-2], cells * shape[-1]
    return max(1.0, {"fan_in": fan_in, "fan_out": fan_out}.get(mode, (fan_in + fan_out) / 2))


def _truncated_normal(random: np.random.Generator, shape: tuple[int, ...]) -> Any:
    drawn = random.standard_normal(shape, dtype=np.float32)
    beyond = np.abs(drawn) > 2
    while count := np.count_nonzero(beyond):
        again = random.standard_normal(count, dtype=np.float32)
        drawn[beyond] = again
        beyond[beyond] = np.abs(again) > 2
    return drawn

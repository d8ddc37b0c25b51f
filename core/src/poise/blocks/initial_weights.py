"""First weights that NumPy makes: the same distributions, without a compiler."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import initializers, ops

from poise.specs import Tensor

TRUNCATED = 0.87962566103423978
"""Standard deviation of a standard normal distribution that is cut at two of its own."""


def drawn_by_numpy(
    layer: keras.Layer, x: Tensor | list[Tensor], *more: Any, **options: Any
) -> Tensor:
    """Apply a new layer for the first time, its first weights made by NumPy.

    Keras makes them with the backend. JAX compiles each draw anew for every shape of kernel,
    which is nine tenths of the time to build a ResNet-18; TensorFlow goes three times through
    memory, and has operations for zeros and ones that take longer than the numbers. What is
    drawn has the distribution that the layer asks for, and follows
    ``keras.utils.set_random_seed``. The layer's configuration, and so every file, is that of a
    plain layer.

    Args:
        layer: not built yet.
        x: what it is applied to; a list only for a layer without weights.
        *more: what else it is called with.
        **options: likewise, by name.

    Returns:
        What the layer makes of it.
    """
    own = {name: one for name, one in vars(layer).items() if name.endswith("_initializer")}
    for name, initializer in own.items():
        make = _maker(initializer)
        if make is not None:
            setattr(layer, name, _Made(make))
    try:
        if own:
            _build(layer, x, *more, *options.values())
    finally:
        for name, initializer in own.items():
            setattr(layer, name, initializer)
    return layer(x, *more, **options)


def beginning_like(
    other: keras.Layer, layer: keras.Layer, x: Tensor | list[Tensor], *more: Any, **options: Any
) -> Tensor:
    """Apply a new layer for the first time, its first weights being those of another layer.

    Nothing is drawn that would be overwritten at once. The layer's configuration is left alone.

    Args:
        other: a layer with the same weights.
        layer: not built yet.
        x: what it is applied to; a list only for a layer without weights.
        *more: what else it is called with.
        **options: likewise, by name.

    Returns:
        What the layer makes of it.
    """
    times = Counter(weight.name for weight in other.weights)
    values = {weight.name: weight for weight in other.weights if times[weight.name] == 1}
    filled = set()
    add_weight = layer.add_weight

    def add_filled(*args: Any, **kwargs: Any) -> Any:
        value = values.get(kwargs.get("name"))
        if value is None:
            return add_weight(*args, **kwargs)
        # A copy: with PyTorch the two would share their memory.
        made = _Made(lambda shape: np.array(ops.convert_to_numpy(value)))
        weight = add_weight(*args, **{**kwargs, "initializer": made})
        filled.add(id(weight))
        return weight

    layer.add_weight = add_filled
    try:
        if values:
            _build(layer, x, *more, *options.values())
    finally:
        del layer.add_weight
    output = layer(x, *more, **options)
    for own, theirs in zip(layer.weights, other.weights, strict=True):
        if id(own) not in filled:  # those of layers inside of it
            own.assign(theirs)
    return output


def _build(layer: keras.Layer, x: Tensor, *more: Any) -> None:
    if any(map(keras.backend.is_keras_tensor, more)):
        return  # it is built by its call, which knows what shape is whose
    # In a stateless scope weights are named at once and made at its end, outside of the
    # layer's name scope: TensorFlow compiles the making of a variable anew for every scope.
    with keras.StatelessScope():
        layer.build(x.shape)


Maker = Callable[[tuple[int, ...]], Any]


class _Made:
    """An initializer whose arrays NumPy makes."""

    def __init__(self, make: Maker) -> None:
        self.make = make

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        array = self.make(tuple(shape))
        # Keras takes arrays of the right kind as they are.
        return array if dtype == "float32" else ops.convert_to_tensor(array, dtype=dtype)


def _maker(initializer: Any) -> Maker | None:
    """What makes an initializer's arrays in float32, or ``None`` for one that is not known."""
    kind = type(initializer)
    if kind is initializers.Zeros:
        return lambda shape: np.zeros(shape, "float32")
    if kind is initializers.Ones:
        return lambda shape: np.ones(shape, "float32")
    if (
        isinstance(initializer, initializers.VarianceScaling)
        and initializer.distribution in ("uniform", "truncated_normal")
        and isinstance(initializer.seed, int)
    ):
        return lambda shape: _scaled(initializer, shape)
    return None


def _scaled(initializer: initializers.VarianceScaling, shape: tuple[int, ...]) -> Any:
    random = np.random.default_rng(initializer.seed)
    variance = initializer.scale / _fan(initializer.mode, shape)
    if initializer.distribution == "uniform":
        limit = math.sqrt(3 * variance)
        drawn = random.random(shape, dtype=np.float32)
        drawn *= 2 * limit
        drawn -= limit
    else:
        drawn = _truncated_normal(random, shape)
        drawn *= math.sqrt(variance) / TRUNCATED
    return drawn


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

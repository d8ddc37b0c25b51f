"""Initial weights that NumPy makes, of every layer that is built in a context."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import keras
import numpy as np
from keras import initializers, ops

from poise.blocks.distributions import Shape, constant_of, draw_of
from poise.blocks.patching import Patch
from poise.specs import Tensor


@contextmanager
def drawn_by_numpy(seed: int | None = None) -> Iterator[None]:
    """Within this context, NumPy makes the initial weights of every layer that is built.

    Keras makes them with the backend. JAX compiles each draw anew for every shape of kernel,
    which is nine tenths of the time to build a first network; TensorFlow goes three times
    through memory, and has operations for zeros and ones that take longer than the numbers.
    What NumPy draws has the distribution that the layer's own initializer asks for. Layers keep
    their initializers, so that every file is that of plain layers. What is built in other
    threads, and after the context, Keras draws as ever.

    Keras calls an initializer itself that is not one of its own, or that draws from a
    ``keras.random.SeedGenerator``.

    Args:
        seed: decides the numbers, on every backend alike. Without it each initializer's seed
            does, which Keras takes from ``keras.utils.set_random_seed`` when a layer is made.
            An initializer that was given a seed of its own keeps it. A context without a seed
            inside of another one goes on with the other's.
    """
    outer = _DRAWING.get()
    token = _DRAWING.set(_Numbers(seed) if outer is None or seed is not None else outer)
    try:
        # Two methods of Keras, since only together they are fast on every backend (D53).
        with _MAKING_OF_WEIGHTS, _FIRST_CALLS:
            yield
    finally:
        _DRAWING.reset(token)


def beginning_like(
    other: keras.Layer, layer: keras.Layer, x: Tensor | list[Tensor], *more: Any, **options: Any
) -> Tensor:
    """Apply a new layer for the first time, its initial weights being those of another layer.

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
        made = _Made(lambda shape, dtype: np.array(ops.convert_to_numpy(value)))
        weight = add_weight(*args, **{**kwargs, "initializer": made})
        filled.add(id(weight))
        return weight

    layer.add_weight = add_filled
    try:
        if values and not any(map(keras.backend.is_keras_tensor, (*more, *options.values()))):
            _build_outside_of_scopes(layer, x)
    finally:
        del layer.add_weight
    output = layer(x, *more, **options)
    for own, theirs in zip(layer.weights, other.weights, strict=True):
        if id(own) not in filled:  # those of layers inside of it
            own.assign(theirs)
    return output


class _Numbers:
    """Where the numbers of one context come from.

    Attributes:
        seed: of the context, or ``None`` where initializers have theirs.
    """

    def __init__(self, seed: int | None) -> None:
        self.seed = seed
        self._weights = itertools.count()

    def seed_of(self, initializer: Any) -> int | list[int]:
        """What NumPy's generator is made from, for the next weight that an initializer draws."""
        if self.seed is None or initializer.get_config().get("seed") is not None:
            seed: int = initializer.seed
            return seed % 2**64  # NumPy takes none below zero
        return [self.seed, next(self._weights)]


_DRAWING: ContextVar[_Numbers | None] = ContextVar("poise_initial_weights", default=None)


class _Made:
    """An initializer of one weight, whose array NumPy makes."""

    def __init__(self, make: Callable[[Shape, str], Any]) -> None:
        self.make = make
        self._array: Any = None

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        dtype = keras.backend.standardize_dtype(dtype)
        # While a layer is traced, Keras calls this whenever a weight is looked at.
        if self._array is None:
            self._array = self.make(tuple(shape), dtype)
        if dtype == "float32" and keras.backend.backend() != "torch":
            return self._array  # Keras takes it as it is, faster than as a tensor
        return ops.convert_to_tensor(self._array, dtype=dtype)


def _by_numpy(initializer: Any, numbers: _Numbers) -> Any:
    """What stands in for an initializer while a weight is made: itself if Keras must call it."""
    number = constant_of(initializer)
    if number is not None:
        return _Made(
            lambda shape, dtype: np.full(shape, number, "float32" if "float" in dtype else dtype)
        )
    draw = draw_of(initializer)
    if draw is None:
        return initializer
    seed = numbers.seed_of(initializer)
    return _Made(lambda shape, dtype: draw(initializer, shape, np.random.default_rng(seed)))


def _make_weight(
    make: Callable[..., None], weight: Any, initializer: Any, *args: Any, **kwargs: Any
) -> None:
    numbers = _DRAWING.get()
    if numbers is not None:
        if isinstance(initializer, str):
            initializer = initializers.get(initializer)
        initializer = _by_numpy(initializer, numbers)
    make(weight, initializer, *args, **kwargs)


def _call_layer(call: Callable[..., Any], layer: Any, *args: Any, **kwargs: Any) -> Any:
    if _DRAWING.get() is not None and not getattr(layer, "built", True):
        tensors = [one for one in (*args, *kwargs.values()) if keras.backend.is_keras_tensor(one)]
        if len(tensors) == len(args) == 1 and _has_weights_of_its_own(layer):
            _build_outside_of_scopes(layer, *tensors)
    return call(layer, *args, **kwargs)


def _has_weights_of_its_own(layer: Any) -> bool:
    """Whether all that a layer does when it is built is to add weights that NumPy makes.

    So do Keras' layers, and those that are built like one. Somebody else's might look at its
    weights, which are not made yet.
    """
    builder = next(cls for cls in type(layer).__mro__ if "build" in vars(cls))
    if builder.__module__.partition(".")[0] != "keras":
        return False
    own = [value for name, value in vars(layer).items() if name.endswith("_initializer")]
    return bool(own) and all(
        value is None or constant_of(value) is not None or draw_of(value) is not None
        for value in own
    )


def _build_outside_of_scopes(layer: Any, x: Tensor) -> None:
    # In a stateless scope weights are named at once and made at its end, outside of the
    # layer's name scope: TensorFlow compiles the making of a variable anew for every scope.
    # What is wrong with the input, the call says better than the building.
    with keras.StatelessScope(), suppress(Exception):
        layer.build(x.shape)


# keras.Variable inherits it from the class that layers make their weights of, in every version.
_VARIABLE = next(cls for cls in keras.Variable.__mro__ if "__init__" in vars(cls))
_MAKING_OF_WEIGHTS = Patch(_VARIABLE, "__init__", _make_weight)
_FIRST_CALLS = Patch(keras.Layer, "__call__", _call_layer)

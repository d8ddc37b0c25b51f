"""Initial weights drawn by NumPy for every layer that is built in a context."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

import keras
import numpy as np
from keras import initializers, ops

from poise.blocks.distributions import Shape, constant_of, draw_of
from poise.blocks.patching import Patch
from poise.blocks.unfinished_weights import keeps_no_weights
from poise.errors import PoiseError
from poise.specs import Tensor


class Scales(Protocol):
    """Told of every layer and array of weights before it is made; raises to refuse one."""

    def add_layer(self) -> None:
        """A layer will be built."""

    def add_weight(self, shape: Shape, dtype: str) -> None:
        """An array of weights will be made."""


@contextmanager
def drawn_by_numpy(
    seed: int | None = None, counter: Scales | None = None, *, only_counted: bool = False
) -> Iterator[None]:
    """Draw the initial weights of every layer built in this context with NumPy.

    Keras draws them with the backend. JAX compiles each draw for every kernel shape, which is
    nine tenths of the time to build a first network. TensorFlow passes through memory three
    times, and its operations for zeros and ones take longer than the numbers. The NumPy draws
    have the distribution of the layer's initializer. Layers keep their initializers, and
    saved files are those of plain layers. Keras draws as usual in other threads and after
    the context.

    Keras calls an initializer itself if it is third-party, or if it draws from a
    ``keras.random.SeedGenerator``.

    Args:
        seed: decides the numbers, identically on every backend. Without it each initializer's
            seed decides; Keras takes that from ``keras.utils.set_random_seed`` when a layer is
            created. An initializer with an explicit seed keeps it. A nested context without a
            seed continues the outer one.
        counter: told of every layer and array of weights before it is made.
        only_counted: whether nothing is drawn at all; such a network serves to be counted.
    """
    outer = _DRAWING.get()
    if outer is None:
        token = _DRAWING.set(_Numbers(seed, counter, only_counted))
    elif seed is not None or only_counted:
        inner = _Numbers(seed, outer.counter or counter, only_counted or outer.only_counted)
        token = _DRAWING.set(inner)
    else:
        token = _DRAWING.set(outer)
    try:
        # Two methods of Keras, since only together they are fast on every backend (D53).
        with _MAKING_OF_WEIGHTS, _FIRST_CALLS, keeps_no_weights(always=only_counted):
            yield
    finally:
        _DRAWING.reset(token)


def beginning_like(
    other: keras.Layer, layer: keras.Layer, x: Tensor | list[Tensor], *more: Any, **options: Any
) -> Tensor:
    """Call a new layer for the first time, with the weights of another layer as initial ones.

    No weight is drawn only to be overwritten. The layer's configuration is unchanged.

    Args:
        other: a layer with the same weights.
        layer: the new layer, not built yet.
        x: its input; a list only for a layer without weights.
        *more: further positional arguments of the call.
        **options: keyword arguments of the call.

    Returns:
        The output of the layer.
    """
    times = Counter(weight.name for weight in other.weights)
    values = {weight.name: weight for weight in other.weights if times[weight.name] == 1}
    filled = set()
    add_weight = layer.add_weight

    def add_filled(*args: Any, **kwargs: Any) -> Any:
        value = values.get(kwargs.get("name"))
        if value is None:
            return add_weight(*args, **kwargs)
        # A copy: with PyTorch the two would share memory.
        initializer = _NumpyInitializer(lambda shape, dtype: np.array(ops.convert_to_numpy(value)))
        weight = add_weight(*args, **{**kwargs, "initializer": initializer})
        filled.add(id(weight))
        return weight

    layer.add_weight = add_filled
    try:
        if values and not any(map(keras.backend.is_keras_tensor, (*more, *options.values()))):
            _build_outside_of_scopes(layer, x)
    finally:
        del layer.add_weight
    output = layer(x, *more, **options)
    for weight, source in zip(layer.weights, other.weights, strict=True):
        if id(weight) not in filled:  # weights of nested layers
            weight.assign(source)
    return output


class _Numbers:
    """The source of the numbers of one context.

    Attributes:
        seed: the seed of the context; ``None`` to use the initializers' seeds.
        counter: told of every layer and array.
        only_counted: whether nothing is drawn.
    """

    def __init__(self, seed: int | None, counter: Scales | None, only_counted: bool) -> None:
        self.seed, self.counter, self.only_counted = seed, counter, only_counted
        self._weights = itertools.count()

    def seed_of(self, initializer: Any) -> int | list[int]:
        """The seed of NumPy's generator for the next weight that an initializer draws."""
        if self.seed is None or initializer.get_config().get("seed") is not None:
            seed: int = initializer.seed
            return seed % 2**64  # NumPy accepts no negative seed
        return [self.seed, next(self._weights)]


_DRAWING: ContextVar[_Numbers | None] = ContextVar("poise_initial_weights", default=None)


class _NumpyInitializer:
    """An initializer of one weight, whose array NumPy makes."""

    def __init__(self, make: Callable[[Shape, str], Any]) -> None:
        self.make = make
        self._array: Any = None

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        dtype = keras.backend.standardize_dtype(dtype)
        # While a layer is traced, Keras calls this on every access to the weight.
        if self._array is None:
            self._array = self.make(tuple(shape), dtype)
        if dtype == "float32" and keras.backend.backend() != "torch":
            return self._array  # Keras accepts it directly, which is faster than a tensor
        return ops.convert_to_tensor(self._array, dtype=dtype)


def _by_numpy(initializer: Any, numbers: _Numbers) -> Any:
    """The replacement of an initializer; the initializer itself if Keras must call it."""
    if numbers.only_counted:
        return _nothing
    number = constant_of(initializer)
    if number is not None:
        return _NumpyInitializer(
            lambda shape, dtype: np.full(shape, number, "float32" if "float" in dtype else dtype)
        )
    draw = draw_of(initializer)
    if draw is None:
        return initializer
    seed = numbers.seed_of(initializer)
    return _NumpyInitializer(
        lambda shape, dtype: draw(initializer, shape, np.random.default_rng(seed))
    )


def _nothing(shape: Any, dtype: Any = None) -> Any:
    """Zeros that take no memory, for layers whose weights are only counted."""
    return ops.broadcast_to(ops.zeros((), dtype=dtype or "float32"), tuple(shape))


def _shape_and_dtype(
    initializer: Any, shape: Any = None, dtype: Any = None, *_: Any, **others: Any
) -> tuple[Shape, str]:
    shape = others.get("shape", shape)
    shape = getattr(initializer, "shape", ()) if shape is None else shape
    return tuple(shape), keras.backend.standardize_dtype(others.get("dtype", dtype))


def _make_weight(
    make: Callable[..., None], weight: Any, initializer: Any, *args: Any, **kwargs: Any
) -> None:
    numbers = _DRAWING.get()
    if numbers is not None:
        if isinstance(initializer, str):
            initializer = initializers.get(initializer)
        if numbers.counter is not None:
            numbers.counter.add_weight(*_shape_and_dtype(initializer, *args, **kwargs))
        initializer = _by_numpy(initializer, numbers)
    make(weight, initializer, *args, **kwargs)


def _call_layer(call: Callable[..., Any], layer: Any, *args: Any, **kwargs: Any) -> Any:
    numbers = _DRAWING.get()
    if numbers is not None and not getattr(layer, "built", True):
        if numbers.counter is not None:
            numbers.counter.add_layer()
        inputs = (*args, *kwargs.values())
        tensors = [value for value in inputs if keras.backend.is_keras_tensor(value)]
        if len(tensors) == len(args) == 1 and _only_adds_weights(layer):
            _build_outside_of_scopes(layer, *tensors)
    return call(layer, *args, **kwargs)


def _only_adds_weights(layer: Any) -> bool:
    """Whether building a layer does nothing but add weights that NumPy can draw.

    This holds for Keras' layers and for subclasses that inherit ``build``. A third-party
    ``build`` might read the weights, which do not exist yet.
    """
    builder = next(cls for cls in type(layer).__mro__ if "build" in vars(cls))
    if builder.__module__.partition(".")[0] != "keras":
        return False
    used = [value for name, value in vars(layer).items() if name.endswith("_initializer")]
    return bool(used) and all(
        value is None or constant_of(value) is not None or draw_of(value) is not None
        for value in used
    )


def _build_outside_of_scopes(layer: Any, x: Tensor) -> None:
    # In a stateless scope weights are named immediately and created at its end, outside of
    # the layer's name scope: TensorFlow compiles variable creation once per name scope.
    with keeps_no_weights(), keras.StatelessScope():
        try:
            layer.build(x.shape)
        except PoiseError:
            raise  # a weight was refused
        except Exception:  # noqa: BLE001 - the call that follows reports wrong inputs better
            return


# In every version, keras.Variable inherits it from the class that layers use for weights.
_VARIABLE = next(
    (cls for cls in keras.Variable.__mro__ if "__init__" in vars(cls)),
    keras.Variable,  # a stand-in for Keras, as documentation is built with, inherits nothing
)
_MAKING_OF_WEIGHTS = Patch(_VARIABLE, "__init__", _make_weight)
_FIRST_CALLS = Patch(keras.Layer, "__call__", _call_layer)

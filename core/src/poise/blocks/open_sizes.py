"""Upsampling for models whose image size is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import keras
from keras import layers, ops

from poise.blocks.patching import Patch


@keras.saving.register_keras_serializable(package="poise")
class OpenUpSampling2D(layers.UpSampling2D):
    """Bilinear ``keras.layers.UpSampling2D`` for sizes that are known only when the model runs.

    On TensorFlow, Keras from 3.14 on compares sizes in Python, which a compiled function cannot
    do with a size that is open: such a model took images of its first size only. This layer
    computes the same from each cell and its neighbors there, and calls Keras where sizes are
    numbers.
    """

    def call(self, inputs: Any) -> Any:
        sizes = ops.shape(inputs)[1:3]
        if all(isinstance(size, int) for size in sizes):
            return super().call(inputs)
        height, width = sizes
        rows, columns = self.size
        channels = inputs.shape[3]
        # Keras interpolates along rows first: the same sums in the same order.
        wide = ops.stack(_phases(inputs, columns, axis=2), axis=3)
        wide = ops.reshape(wide, (-1, height, width * columns, channels))
        tall = ops.stack(_phases(wide, rows, axis=1), axis=2)
        return ops.reshape(tall, (-1, height * rows, width * columns, channels))


def _phases(x: Any, factor: int, axis: int) -> list[Any]:
    """The new cells at each of the ``factor`` positions inside of a cell of ``x``."""
    first, last = [slice(None)] * 4, [slice(None)] * 4
    first[axis], last[axis] = slice(None, 1), slice(-1, None)
    ahead, behind = [slice(None)] * 4, [slice(None)] * 4
    ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
    # Cells at the border have themselves as neighbors.
    before = ops.concatenate([x[tuple(first)], x[tuple(behind)]], axis=axis)
    after = ops.concatenate([x[tuple(ahead)], x[tuple(last)]], axis=axis)
    # Distance of each new cell's center from the center of its cell, in cells of x.
    distances = [(position + 0.5) / factor - 0.5 for position in range(factor)]
    return [
        x + (after - x) * distance if distance > 0 else x + (before - x) * -distance
        for distance in distances
    ]


def _upsample(call: Callable[..., Any], layer: Any, inputs: Any, *more: Any, **options: Any) -> Any:
    replaced = _REPLACED.get()
    if replaced is not None and _is_bilinear(layer) and _has_open_size(inputs):
        if id(layer) not in replaced:
            # With the layer itself, so that no other one gets its id in the meantime.
            replaced[id(layer)] = layer, OpenUpSampling2D.from_config(layer.get_config())
        _, layer = replaced[id(layer)]
    return call(layer, inputs, *more, **options)


def _is_bilinear(layer: Any) -> bool:
    return (
        type(layer) is layers.UpSampling2D
        and layer.interpolation == "bilinear"
        and layer.data_format == "channels_last"
    )


def _has_open_size(inputs: Any) -> bool:
    return keras.backend.is_keras_tensor(inputs) and None in inputs.shape[1:3]


@contextmanager
def upsampled_at_any_size() -> Iterator[None]:
    """Replace Keras' bilinear upsampling of features of open size, whichever plugin made it.

    Inside of the context a ``keras.layers.UpSampling2D`` that is called on such features is an
    ``OpenUpSampling2D`` of the same name in the model; a layer that is called twice is one layer.
    Other layers and sizes stay as they are, and so does Keras in other threads. A layer that
    another layer calls inside of its own ``call`` is not replaced: it runs after the context.
    """
    token = _REPLACED.set({} if _REPLACED.get() is None else _REPLACED.get())
    try:
        with _UPSAMPLING:
            yield
    finally:
        _REPLACED.reset(token)


_UPSAMPLING = Patch(layers.UpSampling2D, "__call__", _upsample)
_REPLACED: ContextVar[dict[int, tuple[Any, Any]] | None] = ContextVar(
    "poise_upsampling", default=None
)
"""Inside of the context: id of a layer → the layer, and the one in its place."""

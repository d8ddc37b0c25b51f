"""Measure how much of the image a cell of features depends on."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise.specs import Tensor
from poise.testing.running_models import Array, only

BRIGHT = 1e3
"""The change of a pixel; larger than any mean that a normalization subtracts."""


def receptive_field(images: Tensor, features: Tensor) -> int:
    """Rows of pixels that the middle cell of some features depends on.

    Kernels become positive and biases zero, so nothing cancels out: a bright row anywhere in
    the receptive field changes the cell. Bisection from both sides finds its ends.

    Args:
        images: a model's input ``(N, H, W, C)``, twice as high as the expected field.
        features: ``(N, H/stride, W/stride, C)``, computed from it. This changes the weights.

    Returns:
        The height in pixels; the image's height if a cell depends on all of it.
    """
    import keras

    model = keras.Model(images, features)
    for weight in model.weights:
        weight.assign(_see_through(weight.path.rpartition("/")[2], tuple(weight.shape)))
    height = int(images.shape[1])
    # The first bounds change nothing, the second ones do: rows above `top`, below `bottom`.
    top, bottom = [0, height], [0, height]
    while max(top[1] - top[0], bottom[1] - bottom[0]) > 1:
        above, below = sum(top) // 2, sum(bottom) // 2
        seen = _seen(model, images.shape[1:], above, below)
        top[0 if not seen[0] else 1] = above
        bottom[0 if not seen[1] else 1] = below
    return height - top[0] - bottom[0]


def _seen(model: Any, image: tuple[int, int, int], above: int, below: int) -> tuple[bool, bool]:
    """Whether a change of the rows above changes the middle cell, and one of the rows below."""
    import keras

    batch = np.zeros((3, *image), np.float32)
    batch[1, :above] = BRIGHT
    batch[2, image[0] - below :] = BRIGHT
    features = keras.ops.convert_to_numpy(model(only([batch]), training=False))
    cells = features[:, features.shape[1] // 2, features.shape[2] // 2]
    return not np.array_equal(cells[1], cells[0]), not np.array_equal(cells[2], cells[0])


def _see_through(role: str, shape: tuple[int, ...]) -> Array:
    """Values of a weight that pass every change on without letting values overflow."""
    if role in ("bias", "beta", "moving_mean"):
        return np.zeros(shape, np.float32)
    if len(shape) < 4:
        return np.ones(shape, np.float32)
    channels = 1 if role == "depthwise_kernel" else shape[2]
    return np.full(shape, 1 / (shape[0] * channels), np.float32)

"""Whether Keras computes transposed convolutions by their definition, on this backend."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

Pair = tuple[int, int]
Array = npt.NDArray[Any]

TOLERANCE = 1e-2
"""Above rounding to the ten bits of a GPU's TF32, and far below the numbers compared."""

CELLS = (4, 5)
"""Height and width of the features that layers are compared on: odd and even."""


def by_definition(x: Array, kernel: Array, strides: Pair, padding: str) -> Array:
    """A transposed convolution without bias, as the gradient of a convolution defines it.

    Each cell adds its multiple of the kernel to the output, ``strides`` apart. Padding "same"
    cuts the output to ``strides`` cells for each cell of ``x``, half of the rest on each side,
    the smaller half first.

    Args:
        x: features ``(N, H, W, C)``.
        kernel: ``(rows, columns, D, C)``, as Keras has it.
        strides: output cells from one cell of ``x`` to the next.
        padding: ``"same"`` or ``"valid"``.

    Returns:
        Features ``(N, H', W', D)``.
    """
    (count, height, width, _), size = x.shape, kernel.shape[:2]
    whole = [
        max((cells - 1) * stride + of_kernel, cells * stride)
        for cells, stride, of_kernel in zip((height, width), strides, size, strict=True)
    ]
    output = np.zeros((count, *whole, kernel.shape[2]))
    for row in range(size[0]):
        for column in range(size[1]):
            rows = slice(row, row + (height - 1) * strides[0] + 1, strides[0])
            columns = slice(column, column + (width - 1) * strides[1] + 1, strides[1])
            output[:, rows, columns] += x @ kernel[row, column].T
    if padding == "valid":
        return output
    top, left = (
        max(of_kernel - stride, 0) // 2 for of_kernel, stride in zip(size, strides, strict=True)
    )
    return output[:, top : top + height * strides[0], left : left + width * strides[1]]


@cache
def difference_from_definition(cls: Any, kernel_size: Pair, strides: Pair, padding: str) -> float:
    """The largest difference of a layer of a class from the definition.

    ``cls`` is ``keras.layers.Conv2DTranspose`` or a subclass. One that takes other arguments has
    no definition here, and the difference 0. The kernel and the input are between -1 and 1, with
    a single channel.
    """
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, (1, *CELLS, 1)).astype("float32")
    kernel = random.uniform(-1, 1, (*kernel_size, 1, 1)).astype("float32")
    try:
        layer = cls(
            1,
            kernel_size,
            strides=strides,
            padding=padding,
            use_bias=False,
            kernel_initializer="zeros",  # draws nothing, so that seeds go on as they would
            dtype="float32",
        )
    except TypeError:
        return 0.0
    layer.build(x.shape)
    layer.kernel.assign(kernel)
    expected = by_definition(x, kernel, strides, padding)
    try:
        output = np.asarray(keras.ops.convert_to_numpy(layer(x)))
    except ValueError:  # older Keras refuses some on PyTorch
        return float("inf")
    if output.shape != expected.shape:
        return float("inf")
    return float(np.abs(output - expected).max())


def inexact_layers(model: Any) -> Iterator[tuple[Any, float]]:
    """The transposed convolutions of a model that are not what they are defined to be.

    Args:
        model: a Keras model; nested models are looked into.

    Yields:
        Each such layer, and the difference of a layer of its kind from the definition.
    """
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from inexact_layers(layer)
        elif _has_a_definition_here(layer):
            settings = (tuple(layer.kernel_size), tuple(layer.strides), layer.padding)
            cls: Any = type(layer)
            difference = difference_from_definition(cls, *settings)
            if difference > TOLERANCE:
                yield layer, difference


def _has_a_definition_here(layer: Any) -> bool:
    return (
        isinstance(layer, keras.layers.Conv2DTranspose)
        and tuple(layer.dilation_rate) == (1, 1)
        and layer.output_padding is None
        and layer.data_format == "channels_last"
    )

"""Which pixels the cells of a model's layers depend on, read from the graph.

Along each axis, a tensor is a row of cells, each with the first and the last pixel that it
sees. A layer computes new cells from old ones: a convolution sees what all its taps see. The
module follows whole rows of cells, which handles strides, paddings and upsampling without
special cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from poise.inspection.graph import Call, calls

Cells = npt.NDArray[np.int64]

START, LARGEST = 1024, 16384
"""First and largest length of the row of pixels; it doubles until no cell sees over half."""

NOTHING = 1 << 40
"""First pixel of a cell that sees no pixel, as in padding; its last is the negative."""

_CELL_BY_CELL = """
Activation ReLU LeakyReLU PReLU ELU Softmax BatchNormalization Dropout SpatialDropout2D
GaussianNoise GaussianDropout AlphaDropout Rescaling Normalization LayerNormalization
UnitNormalization Identity Add Subtract Multiply Divide Average Maximum Minimum Concatenate
Negative Absolute Square Sqrt Exp Power Clip Cast Relu Relu6 LeakyRelu Elu Sigmoid HardSigmoid
Silu HardSilu Gelu Tanh Softplus Split Stack LayerScale StochasticDepth
PadToMultiple CropToImage
"""
CELL_BY_CELL = frozenset(_CELL_BY_CELL.split())
"""Kinds of layers and operations whose cells see the same pixels as the cells of their inputs."""

RESIZED_BY_A_MARGIN = ("PadToMultiple", "CropToImage")


class Row(NamedTuple):
    """The cells along one axis.

    Attributes:
        first: the first pixel that each cell sees.
        last: the last one.
    """

    first: Cells
    last: Cells

    def picked(self, index: Cells, valid: npt.NDArray[np.bool_]) -> Row:
        """New cells, each of which sees what its taps see.

        Args:
            index: the cell of each tap, ``(cells, taps)``.
            valid: whether that cell exists, ``(cells, taps)``.
        """
        index = np.clip(index, 0, len(self.first) - 1)
        first = np.where(valid, self.first[index], NOTHING)
        last = np.where(valid, self.last[index], -NOTHING)
        return Row(first.min(axis=1), last.max(axis=1))

    def extent(self) -> int:
        """Pixels from the first to the last, for the cell that sees most."""
        return int((self.last - self.first).max()) + 1


Plane = tuple[Row, Row] | None
"""Both axes; ``None`` if a cell sees the whole image."""


def receptive_fields(model: Any) -> tuple[dict[str, tuple[int, int] | None], list[str]]:
    """The pixels that the cells of each layer see.

    Args:
        model: a functional Keras model of one image.

    Returns:
        Height and width in pixels by layer name, ``None`` for the whole image; and the names
        of layers of unknown kinds, which are assumed to work cell by cell.
    """
    length = START
    while True:
        planes, unknown = _follow(model, length)
        seen = {
            name: None if plane is None else (plane[0].extent(), plane[1].extent())
            for name, plane in planes.items()
        }
        if max((max(pixels) for pixels in seen.values() if pixels), default=0) <= length // 2:
            return seen, unknown
        if length >= LARGEST:
            return {
                name: pixels if pixels and max(pixels) < length else None
                for name, pixels in seen.items()
            }, unknown
        length *= 2


def _follow(model: Any, length: int) -> tuple[dict[str, Plane], list[str]]:
    pixels = np.arange(length)
    planes: dict[int, Plane] = {}  # by the id of the tensor
    of_layers: dict[str, Plane] = {}
    unknown = []
    for call in calls(model):
        plane, is_known = _apply(call, [planes[id(tensor)] for tensor in call.inputs], pixels)
        planes.update((id(tensor), plane) for tensor in call.outputs)
        of_layers[call.name] = _larger(plane, of_layers.get(call.name, plane))
        if not is_known and call.name not in unknown:
            unknown.append(call.name)
    return of_layers, unknown


def _apply(call: Call, sources: list[Plane], pixels: Cells) -> tuple[Plane, bool]:
    """The pixels that the cells of a call's outputs see, and whether its kind is known."""
    if not sources:
        return (Row(pixels, pixels), Row(pixels, pixels)), True
    if call.kind == "CropToImage":
        del sources[1:]  # of the image it uses only the size
    plane = _together(sources)
    declared = getattr(call.operation, "cell_by_cell", None)  # by a class of Poise or a plugin
    if declared is False:
        return None, True
    kind = next((cls for cls in type(call.operation).__mro__ if cls.__name__ in _RULES), None)
    if kind is not None:
        return plane and _RULES[kind.__name__](call.operation, plane), True
    is_known = call.kind in CELL_BY_CELL or declared is True
    sizes = [tensor.shape[1:3] for tensor in call.inputs]
    if call.outputs[0].shape[1:3] not in sizes and call.kind not in RESIZED_BY_A_MARGIN:
        plane = None  # output cells do not correspond to input cells
    return plane, is_known


def _larger(first: Plane, second: Plane) -> Plane:
    """The plane that sees more, for a layer that is called several times."""
    if first is None or second is None:
        return None
    return max(first, second, key=lambda plane: plane[0].extent() * plane[1].extent())


def _together(planes: Sequence[Plane]) -> Plane:
    """The pixels seen by cells computed from the same cells of several tensors."""
    rows = []
    for axis in (0, 1):
        several = [plane[axis] for plane in planes if plane is not None]
        if len(several) < len(planes) or len({len(row.first) for row in several}) > 1:
            return None
        rows.append(
            Row(
                np.stack([row.first for row in several]).min(axis=0),
                np.stack([row.last for row in several]).max(axis=0),
            )
        )
    return rows[0], rows[1]


def _window(row: Row, size: int, stride: int, dilation: int, padding: str) -> Row:
    count, reach = len(row.first), (size - 1) * dilation + 1
    if padding == "same":
        cells = -(-count // stride)
        before = max((cells - 1) * stride + reach - count, 0) // 2
    else:
        cells, before = (count - reach) // stride + 1, 0
    index = (np.arange(cells) * stride - before)[:, None] + np.arange(size) * dilation
    return row.picked(index, (index >= 0) & (index < count))


def _convolution(layer: Any, plane: tuple[Row, Row]) -> Plane:
    settings = zip(plane, layer.kernel_size, layer.strides, layer.dilation_rate, strict=True)
    rows = [
        _window(row, size, stride, dilation, layer.padding)
        for row, size, stride, dilation in settings
    ]
    return rows[0], rows[1]


def _pooling(layer: Any, plane: tuple[Row, Row]) -> Plane:
    # Layers store pairs; operations store the arguments of the call.
    size = _pair(layer.pool_size)
    strides = size if layer.strides is None else _pair(layer.strides)
    settings = zip(plane, size, strides, strict=True)
    rows = [_window(row, size, stride, 1, layer.padding) for row, size, stride in settings]
    return rows[0], rows[1]


def _pair(value: Any) -> tuple[int, int]:
    first, second = (value, value) if isinstance(value, int) else value
    return int(first), int(second)


def _transposed(layer: Any, plane: tuple[Row, Row]) -> Plane:
    rows = []
    for row, size, stride in zip(plane, layer.kernel_size, layer.strides, strict=True):
        count = len(row.first)
        same = layer.padding == "same"
        cells = count * stride + (0 if same else max(size - stride, 0))
        before = max(size - stride, 0) // 2 if same else 0
        at = np.arange(cells) + before
        index = (at // stride)[:, None] - np.arange(-(-size // stride))
        tap = at[:, None] - index * stride
        rows.append(row.picked(index, (index >= 0) & (index < count) & (tap < size)))
    return rows[0], rows[1]


def _upsampling(layer: Any, plane: tuple[Row, Row]) -> Plane:
    taps = {"nearest": (0,), "bilinear": (0, 1), "bicubic": (-1, 0, 1, 2)}.get(layer.interpolation)
    rows = []
    for row, factor in zip(plane, layer.size, strict=True):
        cells = np.arange(len(row.first) * factor)
        # A cell lies in the middle of the pixels it covers, so positions differ by a half.
        near = cells // factor if taps == (0,) else (2 * cells + 1 - factor) // (2 * factor)
        index = near[:, None] + np.array(taps or range(-3, 5))
        rows.append(row.picked(index, np.ones(index.shape, bool)))
    return rows[0], rows[1]


def _padding(layer: Any, plane: tuple[Row, Row]) -> Plane:
    rows = [
        Row(
            np.pad(row.first, tuple(pads), constant_values=NOTHING),
            np.pad(row.last, tuple(pads), constant_values=-NOTHING),
        )
        for row, pads in zip(plane, layer.padding, strict=True)
    ]
    return rows[0], rows[1]


def _cropping(layer: Any, plane: tuple[Row, Row]) -> Plane:
    rows = []
    for row, (before, after) in zip(plane, layer.cropping, strict=True):
        kept = slice(before, len(row.first) - after)
        rows.append(Row(row.first[kept], row.last[kept]))
    return rows[0], rows[1]


def _everything(layer: Any, plane: tuple[Row, Row]) -> Plane:
    return None


_RULES = {
    "Conv2D": _convolution,
    "DepthwiseConv2D": _convolution,
    "SeparableConv2D": _convolution,
    "Conv2DTranspose": _transposed,
    "MaxPooling2D": _pooling,
    "AveragePooling2D": _pooling,
    "MaxPool": _pooling,
    "AveragePool": _pooling,
    "UpSampling2D": _upsampling,
    "ZeroPadding2D": _padding,
    "Cropping2D": _cropping,
    "GlobalMaxPooling2D": _everything,
    "GlobalAveragePooling2D": _everything,
    "Flatten": _everything,
    "GroupNormalization": _everything,
    "Dense": _everything,
    "Resizing": _everything,
    "Resize": _everything,
}

"""Bilinear upsampling in ONNX: one ``Resize`` with fixed scales, for which runtimes have fast code.

On TensorFlow, features of open size are upsampled by slices and sums, which cost ONNX Runtime and
OpenVINO a fifth of the time of a U-Net for large frames. A ``Resize`` to a size that the graph
computes is slower than one whose scales are numbers, too.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
from keras import layers

from poise.blocks.open_sizes import OpenUpSampling2D
from poise.blocks.patching import Patch

SCOPE = "poise_scales_{}_{}"
"""The scope of a layer's operators in the file, with the scales of rows and columns."""

MARKED = re.compile(r"(?:^|/)poise_scales_(\d+)_(\d+)/")

SIZES = 3
"""Position of the size among the inputs of a ``Resize``."""

_writing: ContextVar[bool] = ContextVar("poise_writing_onnx", default=False)


def _upsample(call: Callable[..., Any], layer: Any, inputs: Any) -> Any:
    if not (_writing.get() and _is_bilinear(layer)):
        return call(layer, inputs)
    import tensorflow

    rows, columns = layer.size
    with tensorflow.name_scope(SCOPE.format(rows, columns)):
        sizes = tensorflow.shape(inputs)
        return tensorflow.image.resize(inputs, (sizes[1] * rows, sizes[2] * columns))


def _is_bilinear(layer: Any) -> bool:
    return bool(layer.interpolation == "bilinear" and layer.data_format == "channels_last")


_PATCHES = (
    Patch(layers.UpSampling2D, "call", _upsample),
    Patch(OpenUpSampling2D, "call", _upsample),
)


@contextmanager
def upsampled_by_resizes() -> Iterator[None]:
    """Let Keras' bilinear upsampling be one operator in what is traced inside of the context.

    Other threads upsample as before.
    """
    token = _writing.set(True)
    try:
        with _PATCHES[0], _PATCHES[1]:
            yield
    finally:
        _writing.reset(token)


def fix_scales(graph: Any) -> None:
    """Give each ``Resize`` of an upsampling layer its scales, instead of a size to compute.

    Args:
        graph: the ``onnx.GraphProto`` of a model that was traced by ``upsampled_by_resizes``.
    """
    from onnx import numpy_helper

    makers = {name: node for node in graph.node for name in node.output}
    arrays = {}
    for node in graph.node:
        scales = _scales_of(node, makers) if node.op_type == "Resize" else None
        if scales:
            name = SCOPE.format(*scales)
            node.input[:] = [node.input[0], "", name]
            arrays[name] = np.array([1, 1, *scales], np.float32)  # tf2onnx resizes (N, C, H, W)
    graph.initializer.extend(numpy_helper.from_array(arrays[name], name) for name in sorted(arrays))
    remove_unread(graph)


def _scales_of(resize: Any, makers: Mapping[str, Any]) -> tuple[int, int] | None:
    """The scales by the name of the nearest operator that computes the size, if there is one.

    tf2onnx gives the ``Resize`` itself another name.
    """
    names = deque(resize.input[SIZES:])
    while names:
        node = makers.get(names.popleft())
        if node is None or node.op_type == "Shape":  # behind it are the layers before
            continue
        marked = MARKED.search(node.name)
        if marked:
            return int(marked[1]), int(marked[2])
        names.extend(node.input)
    return None


def remove_unread(graph: Any) -> None:
    """Remove the operators and arrays that nothing in a graph reads."""
    read = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if read.intersection(node.output):
            read.update(_inputs_of(node))
            kept.append(node)
    arrays = [array for array in graph.initializer if array.name in read]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(arrays)


def _inputs_of(node: Any) -> Iterator[str]:
    """What a node reads, in the graphs of its branches as well."""
    yield from node.input
    for attribute in node.attribute:
        for graph in (attribute.g, *attribute.graphs):
            for inner in graph.node:
                yield from _inputs_of(inner)
            yield from (output.name for output in graph.output)

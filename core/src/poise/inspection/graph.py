"""The calls in the graph of a functional Keras model.

A graph holds more than layers: `x + 1` and `keras.ops.relu(x)` are operations without a layer,
a layer may be called several times, and a call may have several outputs.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple


class Call(NamedTuple):
    """One call in a model's graph.

    Attributes:
        operation: a layer, or one of Keras' operations.
        inputs: its input tensors.
        outputs: its output tensors.
    """

    operation: Any
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]

    @property
    def name(self) -> str:
        """The operation's name."""
        return str(self.operation.name)

    @property
    def kind(self) -> str:
        """The operation's class."""
        return type(self.operation).__name__


def calls(model: Any) -> list[Call]:
    """Every call in a functional model, those of its inputs included, in order of computation.

    Args:
        model: a functional Keras model; a nested model is one call.
    """
    place = {id(operation): index for index, operation in enumerate(model.operations)}
    return [
        Call(node.operation, tuple(node.input_tensors), tuple(node.output_tensors))
        for depth in sorted(model._nodes_by_depth, reverse=True)
        for node in sorted(model._nodes_by_depth[depth], key=lambda node: place[id(node.operation)])
    ]


def is_generated(call: Call) -> bool:
    """Whether Keras made the name of a call from its class, as ``conv2d_3``.

    The number depends on what the process has built before.
    """
    return (
        re.fullmatch(rf"{re.escape(call.kind.lower())}\d*", call.name.replace("_", "")) is not None
    )


def shapes(model: Any, image: tuple[int, ...]) -> dict[int, tuple[int, ...]]:
    """Shapes of all tensors for one image. Nothing is computed.

    Args:
        model: a functional Keras model of images ``(N, H, W, C)``.
        image: ``(H, W, C)``: height and width in pixels, and channels.

    Returns:
        The ``id`` of each tensor → its shape, 1 for the axis of images.
    """
    import keras

    tensors = [tensor for call in calls(model) for tensor in call.outputs]
    probe = keras.Model(model.inputs, tensors)
    images = keras.KerasTensor((1, *image), dtype=model.inputs[0].dtype)
    specs = keras.tree.flatten(probe.compute_output_spec(images))
    return {id(tensor): tuple(spec.shape) for tensor, spec in zip(tensors, specs, strict=True)}

"""The calls that a functional Keras model is made of.

A model's layers are not all of it: `x + 1` and `keras.ops.relu(x)` are operations without a
layer, a layer may be called several times, and a call may have several outputs.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Call(NamedTuple):
    """One call in a model's graph.

    Attributes:
        operation: what is called: a layer, or one of Keras' operations.
        inputs: the tensors that it is given.
        outputs: the tensors that it makes.
    """

    operation: Any
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]

    @property
    def name(self) -> str:
        """That of the operation."""
        return str(self.operation.name)

    @property
    def kind(self) -> str:
        """The operation's class."""
        return type(self.operation).__name__


def calls(model: Any) -> list[Call]:
    """Every call of a functional model, its inputs' included, in the order of computation.

    Args:
        model: a functional Keras model; a model inside of it is one call.
    """
    place = {id(operation): index for index, operation in enumerate(model.operations)}
    return [
        Call(node.operation, tuple(node.input_tensors), tuple(node.output_tensors))
        for depth in sorted(model._nodes_by_depth, reverse=True)
        for node in sorted(model._nodes_by_depth[depth], key=lambda one: place[id(one.operation)])
    ]


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

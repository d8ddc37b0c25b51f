"""A network as data: its layers and the arguments each of them is called with.

Some libraries take seconds to build a network. Rebuilding it from a recipe takes a tenth of
the time. A recipe holds no layer, no tensor and no weight.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import keras

from poise.libraries.replay import copy_operation
from poise.specs import Features, Tensor


@attrs.frozen
class TensorRef:
    """Stands for a tensor: the image, or an output of a step.

    Attributes:
        number: index of the tensor in creation order.
    """

    number: int


@attrs.frozen(kw_only=True)
class Step:
    """One layer, or one of Keras' functions, and its call.

    Attributes:
        operation: the layer's class; or the function, detached from any graph.
        config: configuration of the layer; ``None`` for a function.
        args: its positional arguments, with ``TensorRef`` in place of tensors.
        kwargs: its keyword arguments, likewise.
    """

    operation: Any
    config: Mapping[str, Any] | None
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def make(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Create the layer and call it.

        Args:
            tensors: the tensors created so far.
        """
        args, kwargs = keras.tree.map_structure(
            lambda value: tensors[value.number] if isinstance(value, TensorRef) else value,
            (self.args, self.kwargs),
        )
        if self.config is None:
            output = copy_operation(self.operation, self.operation.name)(*args, **kwargs)
        else:
            layer = self.operation.from_config(copy.deepcopy(self.config))
            output = layer(*args, **kwargs)
        return list(output) if isinstance(output, list | tuple) else [output]


@attrs.frozen(kw_only=True)
class Recipe:
    """A network from an image to its features.

    Attributes:
        steps: the steps in creation order.
        features: stride → tensor.
    """

    steps: tuple[Step, ...]
    features: Mapping[int, TensorRef]

    def make(self, image: Tensor) -> Features:
        """The features of an image, with the initial weights of the layers' initializers.

        Args:
            image: ``(N, H, W, C)``, with any number of channels.
        """
        tensors = [image]
        for step in self.steps:
            tensors += step.make(tensors)
        return {stride: tensors[ref.number] for stride, ref in self.features.items()}


def recipe_of(image: Tensor, features: Features) -> Recipe:
    """The recipe by which features were computed from an image.

    Args:
        image: the input of a model.
        features: its features, computed by layers that are each called once.
    """
    refs = {id(image): TensorRef(0)}
    steps = []
    for operation in keras.Model(image, features).operations:
        if isinstance(operation, keras.layers.InputLayer):
            continue
        (node,) = operation._inbound_nodes
        args, kwargs = node.arguments.fill_in(refs)
        is_layer = isinstance(operation, keras.layers.Layer)
        steps.append(
            Step(
                operation=type(operation)
                if is_layer
                else copy_operation(operation, operation.name),
                config=operation.get_config() if is_layer else None,
                args=args,
                kwargs=kwargs,
            )
        )
        for output in node.outputs:
            refs[id(output)] = TensorRef(len(refs))
    # Data only: asking the library again takes most of the time of a build (D42).
    return Recipe(
        steps=tuple(steps),
        features={stride: refs[id(tensor)] for stride, tensor in features.items()},
    )

"""A network as data: which layers it is made of, and what each of them is called on.

Some libraries take seconds to build a network. Once it is known what it is made of, it is made
again in a tenth of the time. A recipe holds no layer, no tensor and no weight.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import keras

from poise.libraries.replay import called_anew
from poise.specs import Features, Tensor


@attrs.frozen
class Made:
    """Stands for a tensor: the image, or what a step made.

    Attributes:
        number: in the order in which they are made.
    """

    number: int


@attrs.frozen(kw_only=True)
class Step:
    """One layer, or one of Keras' functions, and its call.

    Attributes:
        operation: the layer's class; or the function, apart from any graph.
        config: of the layer; ``None`` for a function.
        args: what it is called with, ``Made`` in the place of tensors.
        kwargs: likewise.
    """

    operation: Any
    config: Mapping[str, Any] | None
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def make(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Make the layer, and call it.

        Args:
            tensors: what there is so far.
        """
        args, kwargs = keras.tree.map_structure(
            lambda one: tensors[one.number] if isinstance(one, Made) else one,
            (self.args, self.kwargs),
        )
        if self.config is None:
            made = called_anew(self.operation, self.operation.name)(*args, **kwargs)
        else:
            layer = self.operation.from_config(copy.deepcopy(self.config))
            made = layer(*args, **kwargs)
        return list(made) if isinstance(made, list | tuple) else [made]


@attrs.frozen(kw_only=True)
class Recipe:
    """A network from an image to its features.

    Attributes:
        steps: in the order in which they are made.
        features: stride → which tensor.
    """

    steps: tuple[Step, ...]
    features: Mapping[int, Made]

    def make(self, image: Tensor) -> Features:
        """The features of an image, with first weights as the layers ask for.

        Args:
            image: ``(N, H, W, C)``, with any number of channels.
        """
        tensors = [image]
        for step in self.steps:
            tensors += step.make(tensors)
        return {stride: tensors[made.number] for stride, made in self.features.items()}


def recipe_of(image: Tensor, features: Features) -> Recipe:
    """How features were made of an image.

    Args:
        image: the input of a model.
        features: made of it, by layers that are each called once.
    """
    numbers = {id(image): Made(0)}
    steps = []
    for operation in keras.Model(image, features).operations:
        if isinstance(operation, keras.layers.InputLayer):
            continue
        (node,) = operation._inbound_nodes
        args, kwargs = node.arguments.fill_in(numbers)
        is_layer = isinstance(operation, keras.layers.Layer)
        steps.append(
            Step(
                operation=type(operation) if is_layer else called_anew(operation, operation.name),
                config=operation.get_config() if is_layer else None,
                args=args,
                kwargs=kwargs,
            )
        )
        for output in node.outputs:
            numbers[id(output)] = Made(len(numbers))
    # Data only: asking the library again takes most of the time of a build (D42).
    return Recipe(
        steps=tuple(steps),
        features={stride: numbers[id(tensor)] for stride, tensor in features.items()},
    )

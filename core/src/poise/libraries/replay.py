"""Another library's network, made again of Keras' own layers, on any image.

Libraries of backbones build functional models of their own: with layers that Keras cannot
save or load, names that count on from build to build, and sizes that are fixed. Replaying
such a model makes its layers anew, one by one, on another tensor, and lets a rule put
something sound in the place of each layer that is not. Weights are the model's: what is
replayed computes what the model does.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from poise.blocks.initial_weights import beginning_like
from poise.specs import Features, Tensor
from poise.weights.keras3 import snake_case

Rule = Callable[[Any, list[Tensor]], Tensor]
"""``rule(layer, inputs) -> output``: makes what a layer of the model is to be replaced by,
with the layer's weights. Every layer that it makes has a name, the same in every build."""


def pyramid(
    model: Any, levels: Sequence[Tensor], image: Tensor, rules: Mapping[str, Rule]
) -> Features:
    """Features of a library's backbone, by their real strides.

    A library's names for levels are not strides, so that these are measured. Of several
    levels with one stride, the last one counts.

    Args:
        model: the backbone, freshly built for images of a known size.
        levels: those of its tensors that make its pyramid, in the order of the network.
        image: what to build on, ``(N, H, W, C)`` with as many channels.
        rules: see ``replay``.

    Returns:
        Features ``(N, H/stride, W/stride, channels)`` by stride, the finest first.
    """
    height = model.input.shape[1]
    last = {height // level.shape[1]: level for level in levels}
    strides = sorted(last)
    features = replay(model, [last[stride] for stride in strides], image, rules)
    return dict(zip(strides, features, strict=True))


def replay(
    model: Any, outputs: Sequence[Tensor], image: Tensor, rules: Mapping[str, Rule]
) -> list[Tensor]:
    """Call a functional model's layers on another image.

    Args:
        model: a functional model with one input, each of its layers called once. It stays
            what it is.
        outputs: tensors of its graph.
        image: what takes the place of its input.
        rules: by name of a layer's class, what to make in its place. Layers without a rule
            are made anew; what Keras named by itself is called ``{layer before}_{class}``.

    Returns:
        The tensors that are to the image what ``outputs`` are to the model's input.
    """
    # New layers, since the library's own cannot be saved, loaded or named soundly (D41).
    new = {id(model.input): image}
    names: set[str] = set()
    for operation in model.operations:
        if isinstance(operation, keras.layers.InputLayer):
            continue
        (node,) = operation._inbound_nodes
        inputs = [new[id(one)] for one in node.input_tensors]
        rule = rules.get(type(operation).__name__)
        if rule is not None:
            made = rule(operation, inputs)
        else:
            args, kwargs = node.arguments.fill_in(new)
            name = _free_name(operation, inputs, image, names)
            if isinstance(operation, keras.layers.Layer):
                made = beginning_like(operation, _like(operation, name), *args, **kwargs)
            else:
                made = called_anew(operation, name)(*args, **kwargs)
        several = made if isinstance(made, list | tuple) else [made]
        new |= {id(old): one for old, one in zip(node.outputs, several, strict=True)}
    return [new[id(tensor)] for tensor in outputs]


def renewed(
    layer: Any,
    inputs: list[Tensor] | Tensor,
    name: str,
    *,
    cls: type[keras.layers.Layer] | None = None,
    **changed: Any,
) -> Tensor:
    """Call a new layer that is like another one but for its name, and has its weights.

    Args:
        layer: one of Keras' own.
        inputs: what to call it on: a tensor or, for a layer that joins some, several.
        name: of the new layer.
        cls: its class, if that is not the other's.
        **changed: what else of its configuration is not the other's.
    """
    made = _like(layer, name, cls, **changed)
    several = isinstance(inputs, list) and len(inputs) > 1
    return beginning_like(
        layer, made, inputs if several or not isinstance(inputs, list) else inputs[0]
    )


def _like(
    layer: Any, name: str, cls: type[keras.layers.Layer] | None = None, **changed: Any
) -> keras.layers.Layer:
    return (cls or type(layer)).from_config({**layer.get_config(), **changed, "name": name})


def called_anew(function: Any, name: str) -> Any:
    """One of Keras' functions, such as a slice, as it stands in a graph, for another graph."""
    made = copy.copy(function)
    made.name = name
    made._inbound_nodes, made._outbound_nodes = [], []
    return made


def maker(tensor: Tensor) -> str:
    """Name of the layer that made a tensor."""
    name: str = tensor._keras_history.operation.name
    return name


def is_automatic(layer: Any) -> bool:
    """Whether Keras named a layer by itself, so that its name changes from build to build."""
    stem = snake_case(type(layer).__name__)
    return re.fullmatch(rf"{re.escape(stem)}(_\d+)?", layer.name) is not None


def _free_name(layer: Any, inputs: list[Tensor], image: Tensor, taken: set[str]) -> str:
    name: str = layer.name
    if is_automatic(layer):
        # The image may come from any layer; what follows it bears the same name all the same.
        before = "image" if inputs[0] is image else maker(inputs[0])
        name = first = f"{before}_{snake_case(type(layer).__name__)}"
        number = 1
        while name in taken:
            number += 1
            name = f"{first}_{number}"
    taken.add(name)
    return name

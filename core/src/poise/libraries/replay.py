"""Another library's network, rebuilt from Keras layers on any image.

Backbone libraries build functional models with layers that Keras cannot save or load, names
that change from build to build, and fixed sizes. Replaying such a model copies its layers,
one by one, onto another tensor. A rule replaces each layer that Keras cannot save. The copy
has the model's weights and computes the same values.
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
"""``rule(layer, inputs) -> output``: creates the replacement of a layer, with its weights.
Every layer that it creates has a name that is the same in every build."""


def pyramid(
    model: Any, levels: Sequence[Tensor], image: Tensor, rules: Mapping[str, Rule]
) -> Features:
    """Features of a library's backbone, by their real strides.

    A library's names for levels are not strides, so strides are measured. If several levels
    have the same stride, the last one counts.

    Args:
        model: the backbone, freshly built for images of a known size.
        levels: the tensors of its pyramid, in the order of the network.
        image: the image to build on, ``(N, H, W, C)`` with as many channels.
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
        model: a functional model with one input, each of its layers called once. It is not
            changed.
        outputs: tensors of its graph.
        image: the replacement of its input.
        rules: the replacement of a layer, by name of its class. Layers without a rule are
            copied. A layer that Keras named automatically becomes ``{layer before}_{class}``.

    Returns:
        The tensors that correspond to ``outputs``, computed from ``image``.
    """
    # New layers, since the library's own cannot be saved, loaded or named soundly (D41).
    new = {id(model.input): image}
    names: set[str] = set()
    for operation in model.operations:
        if isinstance(operation, keras.layers.InputLayer):
            continue
        (node,) = operation._inbound_nodes
        inputs = [new[id(tensor)] for tensor in node.input_tensors]
        rule = rules.get(type(operation).__name__)
        if rule is not None:
            output = rule(operation, inputs)
        else:
            args, kwargs = node.arguments.fill_in(new)
            name = _free_name(operation, inputs, image, names)
            if isinstance(operation, keras.layers.Layer):
                output = beginning_like(operation, _like(operation, name), *args, **kwargs)
            else:
                output = copy_operation(operation, name)(*args, **kwargs)
        copies = output if isinstance(output, list | tuple) else [output]
        new |= {id(old): tensor for old, tensor in zip(node.outputs, copies, strict=True)}
    return [new[id(tensor)] for tensor in outputs]


def copy_layer(
    layer: Any,
    inputs: list[Tensor] | Tensor,
    name: str,
    *,
    cls: type[keras.layers.Layer] | None = None,
    **changed: Any,
) -> Tensor:
    """Copy a layer with its weights under a new name, and call the copy.

    Args:
        layer: a Keras layer.
        inputs: the input of the copy: a tensor, or several for a layer that joins them.
        name: name of the copy.
        cls: class of the copy; that of ``layer`` unless given.
        **changed: fields of its configuration that differ.
    """
    several = isinstance(inputs, list) and len(inputs) > 1
    return beginning_like(
        layer,
        _like(layer, name, cls, **changed),
        inputs if several or not isinstance(inputs, list) else inputs[0],
    )


def _like(
    layer: Any, name: str, cls: type[keras.layers.Layer] | None = None, **changed: Any
) -> keras.layers.Layer:
    return (cls or type(layer)).from_config({**layer.get_config(), **changed, "name": name})


def copy_operation(function: Any, name: str) -> Any:
    """Copy a Keras operation without weights, such as a slice, for use in another graph."""
    operation = copy.copy(function)
    operation.name = name
    operation._inbound_nodes, operation._outbound_nodes = [], []
    return operation


def layer_name_of(tensor: Tensor) -> str:
    """The name of the layer that computed a tensor."""
    name: str = tensor._keras_history.operation.name
    return name


def is_automatic(layer: Any) -> bool:
    """Whether Keras named a layer automatically; such a name changes from build to build."""
    stem = snake_case(type(layer).__name__)
    return re.fullmatch(rf"{re.escape(stem)}(_\d+)?", layer.name) is not None


def _free_name(layer: Any, inputs: list[Tensor], image: Tensor, taken: set[str]) -> str:
    name: str = layer.name
    if is_automatic(layer):
        # The image may come from any layer; the names of later layers must not depend on it.
        before = "image" if inputs[0] is image else layer_name_of(inputs[0])
        name = first = f"{before}_{snake_case(type(layer).__name__)}"
        number = 1
        while name in taken:
            number += 1
            name = f"{first}_{number}"
    taken.add(name)
    return name

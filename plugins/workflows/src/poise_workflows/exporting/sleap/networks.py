"""The network that is written: Poise's, with the names and classes of Keras 2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from poise.errors import Fault
from poise.weights.assign import old_names_of
from poise_workflows.exporting.errors import ExportError
from poise_workflows.exporting.sleap.graphs import INPUT, Layer, Network, Source, Weight
from poise_workflows.exporting.sleap.layers import class_of, config_of, input_config
from poise_workflows.exporting.sleap.substitutes import substitute_of

NAME = "functional_1"
"""The name that Keras 2.4 gave to SLEAP's models."""

ROLES = {"DepthwiseConv2D": {"kernel": "depthwise_kernel"}}
"""Class → Keras 3's role of an array → Keras 2's."""


def network_of(model: Any, outputs: Sequence[str], image: Sequence[int | None]) -> Network:
    """The graph of a model, without any nested one.

    Args:
        model: a model of ``poise.build`` that neither pads nor crops.
        outputs: names of its outputs, in the order in which SLEAP has them.
        image: height, width and channels to write; ``None`` for any height or width.

    Raises:
        ExportError: a layer has no counterpart in Keras 2.
    """
    names = old_names_of(model)
    layers: dict[str, Layer] = {}
    written: dict[int, str] = {}
    for operation in model.operations:
        for layer in _written(operation, names, written, image):
            layers[layer.name] = layer
            written[id(operation)] = layer.name
    heads = [_source(model.output[name], written) for name in outputs]
    return Network(NAME, layers, tuple(heads))


def _written(
    operation: Any,
    names: Mapping[str, Sequence[str]],
    written: Mapping[int, str],
    image: Sequence[int | None],
) -> Iterator[Layer]:
    """The layers that stand for one of Keras 3."""
    import keras

    if isinstance(operation, keras.layers.InputLayer):
        config = input_config(operation.name, tuple(image))
        yield Layer(class_name=INPUT, name=operation.name, config=config)
        return
    (node,) = operation._inbound_nodes
    sources = [_source(tensor, written) for tensor in node.input_tensors]
    own = [_name(old) for old in names.get(operation.name, (operation.name,))]
    substitute = substitute_of(operation)
    if substitute is not None:
        yield from substitute(operation, sources, own)
        return
    class_name = class_of(operation)
    if not class_name:
        what = f"layer {operation.name} is a {type(operation).__name__}, which Keras 2 lacks"
        raise ExportError([Fault(what)], "SLEAP cannot have this network")
    yield Layer(
        class_name=class_name,
        name=own[0],
        config=config_of(operation, class_name, own[0]),
        sources=tuple(sources),
        weights=tuple(_weights(operation, class_name, own[0])),
    )


def _source(tensor: Any, written: Mapping[int, str]) -> Source:
    history = tensor._keras_history
    return Source(written[id(history.operation)], history.tensor_index)


def _name(old: str) -> str:
    """A name with a rank, ``conv2d#3``, as Keras gave it: ``conv2d_3``."""
    stem, _, rank = old.partition("#")
    return f"{stem}_{rank}" if rank not in ("", "0") else stem


def _weights(layer: Any, class_name: str, name: str) -> Iterator[Weight]:
    of_training = {id(variable) for variable in layer.trainable_weights}
    for variable in layer.weights:
        role = str(variable.path).rpartition("/")[2]
        yield Weight(
            layer=name,
            role=ROLES.get(class_name, {}).get(role, role),
            is_trainable=id(variable) in of_training,
            read=partial(_read, variable),
        )


def _read(variable: Any) -> Any:
    import keras

    return keras.ops.convert_to_numpy(variable)

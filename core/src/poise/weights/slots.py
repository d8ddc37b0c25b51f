"""The places in a Keras model where arrays go. Needs no import of Keras."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from poise.weights.keras3 import numbered
from poise.weights.records import LayerPath, Shape


@attrs.frozen
class Slot:
    """One variable of a model.

    Attributes:
        layer: path of the layer that owns it, from the outermost model inwards.
        role: what the layer calls it: ``kernel``, ``bias``, ``gamma``, …
        shape: its shape.
        variable: what the array is assigned to.
    """

    layer: LayerPath
    role: str
    shape: Shape
    variable: Any = attrs.field(repr=False, eq=False)

    @property
    def name(self) -> str:
        """``layer/role``, as reports show it."""
        return "/".join((*self.layer, self.role))


def slots_of(model: Any) -> tuple[Slot, ...]:
    """Every weight of a model, nested models included.

    A layer that is used in two places is listed in both, with the same variables.
    """
    return tuple(_slots(model, ()))


def group_names(model: Any) -> dict[LayerPath, LayerPath]:
    """Layer path for each group path that Keras 3 would give this model in a file."""
    names: dict[LayerPath, LayerPath] = {(): ()}
    _group_names(model, (), (), names)
    return names


def output_layers(model: Any) -> frozenset[LayerPath]:
    """The layers that make the model's outputs.

    Layers without weights behind them, such as a crop, are seen through.
    """
    return frozenset(_output_layers(model, ()))


def _slots(layer: Any, path: LayerPath) -> Iterator[Slot]:
    inner_layers = _inner_layers(layer)
    inner = {id(weight) for one in inner_layers for weight in one.weights}
    for weight in layer.weights:
        if id(weight) not in inner:
            shape = tuple(int(size) for size in weight.shape)
            yield Slot(path, weight.path.rpartition("/")[2], shape, weight)
    for one in inner_layers:
        yield from _slots(one, (*path, one.name))


def _inner_layers(layer: Any) -> list[Any]:
    found: list[Any] = layer._flatten_layers(include_self=False, recursive=False)
    return found


def _group_names(
    layer: Any, groups: LayerPath, path: LayerPath, names: dict[LayerPath, LayerPath]
) -> None:
    layers = list(getattr(layer, "layers", ()))
    for group, one in zip(numbered(type(one).__name__ for one in layers), layers, strict=True):
        names[(*groups, group)] = (*path, one.name)
        _group_names(one, (*groups, group), (*path, one.name), names)


def _output_layers(model: Any, path: LayerPath) -> Iterator[LayerPath]:
    pending = list(getattr(model, "outputs", None) or ())
    seen: set[int] = set()
    while pending:
        history = pending.pop()._keras_history
        operation = history.operation
        if id(operation) in seen:
            continue
        seen.add(id(operation))
        if getattr(operation, "weights", ()):
            yield (*path, operation.name)
            yield from _output_layers(operation, (*path, operation.name))
        else:
            pending += operation._inbound_nodes[history.node_index].input_tensors

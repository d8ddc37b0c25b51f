"""The variables of a Keras model, by layer and role. Does not import Keras."""

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
        layer: path of the layer that owns it, from the outermost model inward.
        role: its name in the layer: ``kernel``, ``bias``, ``gamma``, …
        shape: its shape.
        variable: the Keras variable.
    """

    layer: LayerPath
    role: str
    shape: Shape
    variable: Any = attrs.field(repr=False, eq=False)

    @property
    def name(self) -> str:
        """``layer/role``, as reports show it."""
        return "/".join((*self.layer, self.role))

    def stored(self, array: Any) -> Any:
        """An array as the variable stores it: a number that is too large becomes infinite.

        A variable of integers has no NaN and no infinity, and gets any number instead.
        """
        import numpy as np

        try:
            dtype = np.dtype(self.variable.dtype)
        except TypeError:  # bfloat16, which NumPy lacks
            return array
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(array).astype(dtype, copy=False)


def slots_of(model: Any) -> tuple[Slot, ...]:
    """Every weight of a model, nested models included.

    A layer used in two places is listed in both, with the same variables.
    """
    return tuple(_slots(model, ()))


def group_names(model: Any) -> dict[LayerPath, LayerPath]:
    """Layer path for each group path that Keras 3 would write for this model."""
    names: dict[LayerPath, LayerPath] = {(): ()}
    _group_names(model, (), (), names)
    return names


def output_layers(model: Any) -> frozenset[LayerPath]:
    """The layers that compute the model's outputs.

    Layers without weights after them, such as a crop, are skipped.
    """
    return frozenset(_output_layers(model, ()))


def _slots(layer: Any, path: LayerPath) -> Iterator[Slot]:
    inner_layers = _inner_layers(layer)
    inner = {id(weight) for inner_layer in inner_layers for weight in inner_layer.weights}
    for weight in layer.weights:
        if id(weight) not in inner:
            shape = tuple(int(size) for size in weight.shape)
            yield Slot(path, weight.path.rpartition("/")[2], shape, weight)
    for inner_layer in inner_layers:
        yield from _slots(inner_layer, (*path, inner_layer.name))


def _inner_layers(layer: Any) -> list[Any]:
    layers: list[Any] = layer._flatten_layers(include_self=False, recursive=False)
    return layers


def _group_names(
    layer: Any, groups: LayerPath, path: LayerPath, names: dict[LayerPath, LayerPath]
) -> None:
    layers = list(getattr(layer, "layers", ()))
    for group, inner_layer in zip(
        numbered(type(inner_layer).__name__ for inner_layer in layers), layers, strict=True
    ):
        names[(*groups, group)] = (*path, inner_layer.name)
        _group_names(inner_layer, (*groups, group), (*path, inner_layer.name), names)


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

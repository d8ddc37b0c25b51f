"""The graph of a network as Keras 2 describes it, and the order that Keras 2 gives its layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import attrs

INPUT = "InputLayer"
NESTED = "Functional"
"""The class of a model, also of one inside another."""


class Source(NamedTuple):
    """Where a tensor comes from.

    Attributes:
        layer: the name of a layer.
        output: which of its outputs; only a nested model has several.
    """

    layer: str
    output: int = 0


@attrs.frozen(kw_only=True, eq=False)
class Weight:
    """One array of a layer.

    Attributes:
        layer: the name of the layer.
        role: ``kernel``, ``bias``, ``gamma``, …
        is_trainable: whether training may change it.
        read: returns its values.
    """

    layer: str
    role: str
    is_trainable: bool
    read: Callable[[], Any]

    @property
    def name(self) -> str:
        """Its name in Keras 2's files."""
        return f"{self.layer}/{self.role}:0"


@attrs.frozen(kw_only=True, eq=False)
class Layer:
    """A layer, called once.

    Attributes:
        class_name: Keras 2's name of its class.
        name: unique among the layers of its network.
        config: its configuration as Keras 2 has it; empty for a nested model.
        sources: what it is called on.
        weights: its arrays, in Keras' order.
        inner: the network, if the layer is a nested model.
    """

    class_name: str
    name: str
    config: dict[str, Any] = attrs.field(factory=dict)
    sources: tuple[Source, ...] = ()
    weights: tuple[Weight, ...] = ()
    inner: Network | None = None


@attrs.frozen(eq=False)
class Network:
    """A functional model.

    Attributes:
        name: of the model.
        layers: name → layer.
        outputs: where each output comes from.
    """

    name: str
    layers: dict[str, Layer]
    outputs: tuple[Source, ...]

    def ordered(self) -> list[Layer]:
        """The layers in the order of Keras 2: by depth, the deepest first.

        The depth of a layer is the longest way from it to an output. Layers of one depth have the
        order in which a walk back from the outputs meets them.
        """
        met, left = _walk(self)
        depths = dict.fromkeys(left, 0)
        for name in reversed(left):
            for source in self.layers[name].sources:
                depths[source.layer] = max(depths[source.layer], depths[name] + 1)
        return [self.layers[name] for name in sorted(met, key=lambda name: -depths[name])]

    def config(self) -> dict[str, Any]:
        """The configuration of the model, as Keras 2 writes it."""
        layers = self.ordered()
        return {
            "name": self.name,
            "layers": [self._entry(layer) for layer in layers],
            "input_layers": [[layer.name, 0, 0] for layer in layers if layer.class_name == INPUT],
            "output_layers": [self._place(source) for source in self.outputs],
        }

    def _entry(self, layer: Layer) -> dict[str, Any]:
        called_on = [[*self._place(source), {}] for source in layer.sources]
        return {
            "class_name": layer.class_name,
            "config": layer.inner.config() if layer.inner else layer.config,
            "name": layer.name,
            "inbound_nodes": [called_on] if called_on else [],
        }

    def _place(self, source: Source) -> list[Any]:
        # A model counts as called once before: on its own input.
        return [source.layer, int(self.layers[source.layer].inner is not None), source.output]


def weights_of(layer: Layer) -> list[Weight]:
    """The arrays of a layer in the order of Keras 2's files: those that train, then the others."""
    weights = list(_weights(layer))
    return sorted(weights, key=lambda weight: not weight.is_trainable)


def _weights(layer: Layer) -> Iterator[Weight]:
    yield from layer.weights
    if layer.inner is not None:
        for inside in layer.inner.ordered():
            yield from _weights(inside)


def _walk(network: Network) -> tuple[list[str], list[str]]:
    """Names of layers as a walk back from the outputs meets them, and as it leaves them."""
    met: dict[str, None] = {}
    left: dict[str, None] = {}
    for output in network.outputs:
        waiting = [iter([output])]
        path: list[str] = []
        while waiting:
            source = next(waiting[-1], None)
            if source is None:
                waiting.pop()
                if path:
                    left[path.pop()] = None
            elif source.layer not in met:
                met[source.layer] = None
                path.append(source.layer)
                waiting.append(iter(network.layers[source.layer].sources))
    return list(met), list(left)

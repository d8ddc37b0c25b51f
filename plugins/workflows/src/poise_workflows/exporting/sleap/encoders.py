"""The model inside the model: SLEAP's networks have an encoder and its decoder as one layer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import attrs

from poise_workflows.exporting.sleap.graphs import INPUT, NESTED, Layer, Network, Source
from poise_workflows.exporting.sleap.layers import input_config

_OF_KERAS = ("model_1", "input_1")
_RESIDUAL = ("model_2", "data")
_SQUEEZED = ("model_2", "input")

ENCODERS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("vgg16", "vgg19"), _OF_KERAS),
    **{f"resnet{depth}": _RESIDUAL for depth in (18, 34, 50, 101, 152)},
    **{f"resnext{depth}": _RESIDUAL for depth in (50, 101)},
    **dict.fromkeys(("inceptionv3", "inceptionresnetv2"), _OF_KERAS),
    **{f"densenet{depth}": _OF_KERAS for depth in (121, 169, 201)},
    **{f"seresnet{depth}": _RESIDUAL for depth in (18, 34)},
    **{f"seresnet{depth}": _SQUEEZED for depth in (50, 101, 152)},
    **{f"seresnext{depth}": _SQUEEZED for depth in (50, 101)},
    "senet154": _SQUEEZED,
    **dict.fromkeys(("mobilenet", "mobilenetv2"), _OF_KERAS),
    **{f"efficientnetb{size}": _OF_KERAS for size in range(8)},
}
"""Encoder of SLEAP → the name of the nested model, and of its input, in a first build."""

_OUTSIDE = "ensure_rgb"
_STAGE = re.compile(r"decoder_stage\d+b_relu")


def nested(network: Network, encoder: str) -> Network:
    """The same network with its encoder and decoder as one nested model.

    Args:
        network: as ``network_of`` returns it.
        encoder: the name of the encoder.
    """
    model, image = ENCODERS[encoder]
    stages = [name for name in network.layers if _STAGE.fullmatch(name)]
    inside = _before(network, stages)
    entries = {
        source
        for name in inside
        for source in network.layers[name].sources
        if source.layer not in inside
    }
    (entry,) = entries
    moved = {entry: Source(image)}
    inner = Network(
        model,
        {image: _input(network, entry, image), **_called_on(network, inside, moved)},
        tuple(map(Source, stages)),
    )
    heads = {Source(stage): Source(model, index) for index, stage in enumerate(stages)}
    outside = [name for name in network.layers if name not in inside]
    layers = _called_on(network, outside, heads)
    layers[model] = Layer(class_name=NESTED, name=model, sources=(entry,), inner=inner)
    outputs = tuple(heads.get(output, output) for output in network.outputs)
    return attrs.evolve(network, layers=layers, outputs=outputs)


def _before(network: Network, last: list[str]) -> dict[str, None]:
    """The layers that some layers need, and those, in the order of the network."""
    needed, waiting = set(), [*last]
    while waiting:
        layer = network.layers[waiting.pop()]
        if layer.name not in needed and layer.class_name != INPUT and layer.name != _OUTSIDE:
            needed.add(layer.name)
            waiting += [source.layer for source in layer.sources]
    return {name: None for name in network.layers if name in needed}


def _input(network: Network, entry: Source, name: str) -> Layer:
    """The input of the nested model: images as they are, or gray ones repeated."""
    (images,) = (layer for layer in network.layers.values() if layer.class_name == INPUT)
    _, height, width, channels = images.config["batch_input_shape"]
    channels = 3 if entry.layer == _OUTSIDE else channels
    return Layer(class_name=INPUT, name=name, config=input_config(name, (height, width, channels)))


def _called_on(
    network: Network, names: Iterable[str], moved: dict[Source, Source]
) -> dict[str, Layer]:
    """Some of the layers, called on other sources."""
    return {
        name: attrs.evolve(
            network.layers[name],
            sources=tuple(moved.get(source, source) for source in network.layers[name].sources),
        )
        for name in names
    }

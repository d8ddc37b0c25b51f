"""What stands for the layers that SLEAP's own networks have as Lambdas, and for grouped ones.

A Lambda holds the byte code of one version of Python. Everything here is made of built-in layers
without weights. Where SLEAP loads a checkpoint by position, every layer keeps its place: what
needs several layers is one nested model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from poise_workflows.exporting.sleap.graphs import INPUT, NESTED, Layer, Network, Source, Weight
from poise_workflows.exporting.sleap.layers import (
    config_of,
    input_config,
    plain_config,
    registered_name_of,
)

IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)
"""Mean of ImageNet's images: blue, green, red, in 0…255."""

Substitute = Callable[[Any, Sequence[Source], Sequence[str]], list[Layer]]
"""``substitute(layer, sources, names)``: the layers in the place of one, the last with its output.
``names`` are those of the layer in SLEAP's files: one, or one for each group."""


def substitute_of(layer: Any) -> Substitute | None:
    """What makes the layers that stand for a layer; ``None`` if it needs no substitute."""
    name = registered_name_of(layer)
    if name == "GlobalAveragePooling2D" and layer.keepdims:
        return _pooled_to_a_cell
    return _SUBSTITUTES.get(name)


def _repeated(layer: Any, sources: Sequence[Source], names: Sequence[str]) -> list[Layer]:
    """A gray image as three equal channels."""
    config = {**plain_config(names[0], is_trainable=layer.trainable), "axis": -1}
    return [Layer(class_name="Concatenate", name=names[0], config=config, sources=(*sources,) * 3)]


def _for_imagenet(layer: Any, sources: Sequence[Source], names: Sequence[str]) -> list[Layer]:
    """0…255, blue before green before red, less the mean."""
    name = names[0]
    scaled = partial(_scaled, is_trainable=layer.trainable)
    if sources[0].layer != "input":  # gray, repeated: all orders of its channels are the same
        return [scaled(name, sources[0])]
    image, columns = f"{name}_input", f"{name}_columns"
    layers = [
        Layer(class_name=INPUT, name=image, config=input_config(image, (None, None, 3))),
        _turned(columns, Source(image)),
    ]
    channels = [f"{name}_{color}" for color in ("blue", "green", "red")]
    for index, channel in zip((2, 1, 0), channels, strict=True):
        layers.append(_cut(channel, Source(columns), index, 2 - index))
    joined, back = f"{name}_bgr_columns", f"{name}_bgr"
    config = {**plain_config(joined), "axis": 2}
    layers += [
        Layer(
            class_name="Concatenate",
            name=joined,
            config=config,
            sources=tuple(map(Source, channels)),
        ),
        _turned(back, Source(joined)),
        scaled(f"{name}_scaled", Source(back)),
    ]
    inner = Network(name, {inside.name: inside for inside in layers}, (Source(layers[-1].name),))
    return [Layer(class_name=NESTED, name=name, sources=tuple(sources), inner=inner)]


def _pooled_to_a_cell(layer: Any, sources: Sequence[Source], names: Sequence[str]) -> list[Layer]:
    """The mean of each channel, as a map of one cell; older Keras 2 has no ``keepdims``."""
    pool, cell = names[0], names[0].replace("_squeeze", "") + "_reshape"
    target = [1, 1, layer.output.shape[-1]]
    return [
        Layer(
            class_name="GlobalAveragePooling2D",
            name=pool,
            config={**plain_config(pool), "data_format": "channels_last"},
            sources=tuple(sources),
        ),
        Layer(
            class_name="Reshape",
            name=cell,
            config={**plain_config(cell), "target_shape": target},
            sources=(Source(pool),),
        ),
    ]


def _grouped(layer: Any, sources: Sequence[Source], names: Sequence[str]) -> list[Layer]:
    """A convolution for each group, as SLEAP has it: Keras 2 trains no grouped ones on a CPU."""
    turned, groups = f"{layer.name}_columns", layer.groups
    layers = [_turned(turned, sources[0])]
    width = layer.input.shape[-1] // groups
    for group, name in enumerate(names):
        cut, part = f"{layer.name}_cut{group}", f"{layer.name}_part{group}"
        before = group * width
        layers += [
            _cut(cut, Source(turned), before, (groups - 1) * width - before),
            _turned(part, Source(cut)),
            _group(layer, group, name, Source(part)),
        ]
    config = {**plain_config(layer.name), "axis": -1}
    parts = tuple(map(Source, names))
    return [
        *layers,
        Layer(class_name="Concatenate", name=layer.name, config=config, sources=parts),
    ]


def _group(layer: Any, group: int, name: str, source: Source) -> Layer:
    filters = layer.filters // layer.groups
    config = {**config_of(layer, "Conv2D", name), "filters": filters, "groups": 1}
    variables = [(weight.path.rpartition("/")[2], weight) for weight in layer.weights]
    channels = slice(group * filters, (group + 1) * filters)
    return Layer(
        class_name="Conv2D",
        name=name,
        config=config,
        sources=(source,),
        weights=tuple(
            Weight(
                layer=name,
                role=role,
                is_trainable=layer.trainable,
                read=partial(_read_channels, variable, channels),
            )
            for role, variable in variables
        ),
    )


def _read_channels(variable: Any, channels: slice) -> Any:
    import keras

    return keras.ops.convert_to_numpy(variable)[..., channels]


def _turned(name: str, source: Source) -> Layer:
    """Columns and channels exchanged; a second time, they are as before."""
    config = {**plain_config(name), "dims": [1, 3, 2]}
    return Layer(class_name="Permute", name=name, config=config, sources=(source,))


def _cut(name: str, source: Source, before: int, after: int) -> Layer:
    """Fewer channels of maps whose columns and channels are exchanged."""
    cropping = [[0, 0], [before, after]]
    config = {**plain_config(name), "cropping": cropping, "data_format": "channels_last"}
    return Layer(class_name="Cropping2D", name=name, config=config, sources=(source,))


def _scaled(name: str, source: Source, *, is_trainable: bool) -> Layer:
    offset = [-mean for mean in IMAGENET_MEAN_BGR]
    config = {**plain_config(name, is_trainable=is_trainable), "scale": 255.0, "offset": offset}
    return Layer(class_name="Rescaling", name=name, config=config, sources=(source,))


_SUBSTITUTES: dict[str, Substitute] = {
    "poise>EnsureRGB": _repeated,
    "poise_resnet>TileChannels": _repeated,
    "poise_resnet>ImageNetPreprocessing": _for_imagenet,
    "poise>GroupedConv2D": _grouped,
}

"""The published ImageNet weights for the encoders. Needs no Keras to inspect.

They are the files, without the classifier, that SLEAP's libraries load. ``weights.json`` lists
their names, addresses and checksums, as those libraries state them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from typing import Any

from poise.specs import Features, OldNames, PublishedWeights, Tensor

FLOAT32 = 4
"""Bytes of a parameter. Files are a little larger; their exact sizes are not published."""


def published_weights(
    name: str,
    title: str,
    build: Callable[[Tensor], Features],
    old_names: Callable[[], OldNames],
    image_layers: tuple[str, ...],
) -> PublishedWeights:
    """The weights of an encoder.

    Args:
        name: name of the encoder.
        title: its name in sentences.
        build: builds the encoder.
        old_names: the file's names of layers.
        image_layers: the layers that take the image.
    """
    entry = manifest()[name]
    return PublishedWeights(
        name=f"encoder-{name}-imagenet",
        title=f"{title}'s ImageNet weights",
        file=entry["file"],
        url=entry["url"],
        checksum=entry["checksum"],
        license=entry["license"],
        size=FLOAT32 * entry["parameters"],
        layers=partial(file_order, build, old_names),
        old_names=old_names(),
        image_layers=image_layers,
    )


@cache
def manifest() -> dict[str, dict[str, Any]]:
    """The entries of ``weights.json``, by encoder."""
    text = files("poise_pretrained").joinpath("weights.json").read_text("utf-8")
    entries: dict[str, dict[str, Any]] = json.loads(text)["encoders"]
    return entries


@cache
def file_order(
    build: Callable[[Tensor], Features], old_names: Callable[[], OldNames]
) -> tuple[str, ...]:
    """The layers that own weights, by the file's names, in the order of the file.

    This is Keras' order of a network's layers, by distance from the output. The encoder is
    built once to determine it.
    """
    import keras

    image = keras.Input((None, None, 3))
    features = build(image)
    names = old_names()
    layers = keras.Model(image, features[max(features)]).layers
    return tuple(
        old for layer in layers if layer.weights for old in names.get(layer.name, (layer.name,))
    )

"""The ImageNet weights that are published for the encoders. Needs no Keras to look at.

They are the files, without the classifier, that SLEAP's libraries load. ``weights.json`` has
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
"""Bytes of a parameter. Files are a little larger; nobody publishes how much."""


def published_weights(
    name: str,
    title: str,
    build: Callable[[Tensor], Features],
    old_names: Callable[[], OldNames],
    image_layers: tuple[str, ...],
) -> PublishedWeights:
    """The weights of an encoder.

    Args:
        name: of the encoder.
        title: what it is called in sentences.
        build: makes the encoder.
        old_names: the names that the file has for layers.
        image_layers: the layers that see the image.
    """
    entry = manifest()[name]
    return PublishedWeights(
        name=f"encoder-{name}-imagenet",
        title=f"{title}'s ImageNet weights",
        file=entry["file"],
        url=entry["url"],
        checksum=entry["checksum"],
        licence=entry["licence"],
        size=FLOAT32 * entry["parameters"],
        layers=partial(file_order, build, old_names),
        old_names=old_names(),
        image_layers=image_layers,
    )


@cache
def manifest() -> dict[str, dict[str, Any]]:
    """What ``weights.json`` says, by encoder."""
    text = files("poise_pretrained").joinpath("weights.json").read_text("utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)["encoders"]
    return found


@cache
def file_order(
    build: Callable[[Tensor], Features], old_names: Callable[[], OldNames]
) -> tuple[str, ...]:
    """The layers that own weights, by the file's names, in the order of the file.

    That is Keras' order of a network's layers, by distance from the output. So the encoder
    is built to know it, once.
    """
    import keras

    image = keras.Input((None, None, 3))
    features = build(image)
    names = old_names()
    layers = keras.Model(image, features[max(features)]).layers
    return tuple(old for one in layers if one.weights for old in names.get(one.name, (one.name,)))

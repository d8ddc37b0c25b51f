"""The weights that a configuration names. Needs no Keras to look at."""

from __future__ import annotations

from functools import partial
from typing import Any

from poise.pretrained.library import LibraryNetwork, published
from poise.specs import Features, PublishedWeights, Tensor
from poise_keras_cv.presets import PRESETS
from poise_keras_cv.variants import VARIANTS


def weights(variant: str, source: str) -> PublishedWeights:
    """A preset's weights, or a file's.

    Args:
        variant: the network that they are for.
        source: the name of a preset, or a path.
    """
    network = LibraryNetwork(
        name=variant,
        make=partial(_make, variant),
        features=partial(_features, variant),
        image_layer=VARIANTS[variant].image_layer,
        parameters=VARIANTS[variant].parameters,
    )
    return published(source, network, key="keras_cv", library="KerasCV", presets=PRESETS)


def _make(variant: str, channels: int) -> Any:
    from poise_keras_cv.build import backbone

    return backbone(variant, channels)


def _features(variant: str, model: Any, image: Tensor) -> Features:
    from poise_keras_cv.build import features

    return features(variant, model, image)

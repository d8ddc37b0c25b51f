"""Class maps: which class the animal at each cell has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.specs import Output, Tensor
from poise_heads import layers

LAYER_NAME = "ClassMapsHead"


def class_maps(config: Any, classes: Sequence[str], *, section: str = "") -> Output:
    """The output with one map a class, each cell between 0 and 1.

    The classes do not exclude each other (sigmoid, not softmax): where no animal is, all
    are 0.

    Args:
        config: a configuration with ``output_stride`` and ``loss_weight``.
        classes: names of the classes, in the order of the channels.
        section: dotted path of ``config`` in the head's configuration, ending in a dot.

    Returns:
        The output ``class_maps`` with maps ``(N, H/stride, W/stride, classes)``.
    """
    channels = len(classes)

    def build(features: Tensor, suffix: str) -> Tensor:
        return layers.pointwise(features, LAYER_NAME + suffix, channels, activation="sigmoid")

    return Output(
        name="class_maps",
        layer_name=LAYER_NAME,
        stride=config.output_stride,
        channels=channels,
        build=build,
        loss="mean_squared_error",
        loss_weight=config.loss_weight,
        where=f"{section}output_stride",
    )

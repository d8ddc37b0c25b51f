"""Class maps: which class the animal at each cell has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.editions import means_sleap
from poise.labels import Labels
from poise.specs import Output, Tensor
from poise_heads import layers
from poise_heads.differences import CLASS_MAPS_SHARED
from poise_heads.labeling import Names, Size, classes_of, of_every_part, sigma_in_pixels

LAYER_NAME = "ClassMapsHead"


def class_maps(
    config: Any, classes: Sequence[str], *, parts: Names = (), section: str = ""
) -> Output:
    """The output with one map per class, each cell between 0 and 1.

    The classes do not exclude each other (sigmoid, not softmax): where no animal is, all
    are 0.

    Args:
        config: a configuration with ``sigma``, ``output_stride`` and ``loss_weight``.
        classes: names of the classes, in the order of the channels.
        parts: the parts of the confidence maps, for labels that do not name their parts.
        section: dotted path of ``config`` in the head's configuration, ending in a dot.

    Returns:
        The output ``class_maps`` with maps ``(N, H/stride, W/stride, classes)``.
    """
    channels, stride, sigma = len(classes), config.output_stride, sigma_in_pixels(config)
    points = of_every_part(parts, stride)
    shared = means_sleap(CLASS_MAPS_SHARED)

    def build(features: Tensor, suffix: str) -> Tensor:
        return layers.pointwise(features, LAYER_NAME + suffix, channels, activation="sigmoid")

    def targets(labels: Labels, size: Size) -> Tensor:
        from poise_heads.class_maps import targets as maps

        kind: maps.Kind = "shares" if shared else "binary"
        indices = classes_of(labels, classes, "class_maps")
        shown = points(labels, size)
        return maps.class_maps(shown, indices, channels, size, stride, sigma, kind=kind)

    return Output(
        name="class_maps",
        layer_name=LAYER_NAME,
        stride=stride,
        channels=channels,
        build=build,
        loss="mean_squared_error",
        loss_weight=config.loss_weight,
        where=f"{section}output_stride",
        targets=targets,
    )

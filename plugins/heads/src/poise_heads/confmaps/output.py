"""Confidence maps: how likely each part is at each cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.labels import Labels
from poise.specs import Output, Tensor
from poise_heads import layers
from poise_heads.labeling import Points, Size, of_all_instances, sigma_in_pixels


def confmaps(
    config: Any,
    parts: Sequence[str | None],
    layer_name: str,
    *,
    points: Points | None = None,
    activation: str = "linear",
    section: str = "",
) -> Output:
    """The output with one confidence map per part.

    Args:
        config: a configuration with ``sigma``, ``output_stride`` and ``loss_weight``.
        parts: the parts of the maps; only their number matters here.
        layer_name: name of the layer that predicts the maps.
        points: selects the labeled points of the maps: one of ``labeling.of_…``;
            ``None``: those of all instances.
        activation: Keras' name of that layer's activation.
        section: dotted path of ``config`` in the head's configuration, ending in a dot.

    Returns:
        The output ``confmaps`` with maps ``(N, H/stride, W/stride, parts)``.
    """
    channels, stride, sigma = len(parts), config.output_stride, sigma_in_pixels(config)

    def build(features: Tensor, suffix: str) -> Tensor:
        return layers.pointwise(features, layer_name + suffix, channels, activation)

    shown = of_all_instances(parts, stride) if points is None else points

    def targets(labels: Labels, size: Size) -> Tensor:
        from poise_heads.confmaps.targets import confidence_maps

        return confidence_maps(shown(labels, size), size, stride, sigma)

    return Output(
        name="confmaps",
        layer_name=layer_name,
        stride=stride,
        channels=channels,
        build=build,
        loss="mean_squared_error",
        loss_weight=config.loss_weight,
        where=f"{section}output_stride",
        targets=targets,
    )

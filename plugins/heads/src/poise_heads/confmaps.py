"""Confidence maps: how likely each part is at each cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.specs import Output, Tensor
from poise_heads import layers


def confmaps(
    config: Any, parts: Sequence[str | None], layer_name: str, *, section: str = ""
) -> Output:
    """The output with one confidence map a part.

    Args:
        config: a configuration with ``output_stride`` and ``loss_weight``.
        parts: what the maps are of; only their number matters here.
        layer_name: name of the layer that predicts the maps.
        section: dotted path of ``config`` in the head's configuration, ending in a dot.

    Returns:
        The output ``confmaps`` with maps ``(N, H/stride, W/stride, parts)``.
    """
    channels = len(parts)

    def build(features: Tensor, suffix: str) -> Tensor:
        return layers.pointwise(features, layer_name + suffix, channels)

    return Output(
        name="confmaps",
        layer_name=layer_name,
        stride=config.output_stride,
        channels=channels,
        build=build,
        loss="mean_squared_error",
        loss_weight=config.loss_weight,
        where=f"{section}output_stride",
    )

"""Part affinity fields: unit vectors along the edges, which join parts to animals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.skeleton import Edge
from poise.specs import Output, Tensor
from poise_heads import layers

LAYER_NAME = "PartAffinityFieldsHead"


def pafs(config: Any, edges: Sequence[Edge], *, section: str = "") -> Output:
    """The output with two channels an edge: the field's x and y component.

    Args:
        config: a configuration with ``output_stride`` and ``loss_weight``.
        edges: pairs ``(source, destination)``. Channel 2e is the x component of edge e,
            to the right, and 2e + 1 its y component, downwards.
        section: dotted path of ``config`` in the head's configuration, ending in a dot.

    Returns:
        The output ``pafs`` with maps ``(N, H/stride, W/stride, 2 · edges)``.
    """
    channels = 2 * len(edges)

    def build(features: Tensor, suffix: str) -> Tensor:
        return layers.pointwise(features, LAYER_NAME + suffix, channels)

    return Output(
        name="pafs",
        layer_name=LAYER_NAME,
        stride=config.output_stride,
        channels=channels,
        build=build,
        loss="mean_squared_error",
        loss_weight=config.loss_weight,
        where=f"{section}output_stride",
    )

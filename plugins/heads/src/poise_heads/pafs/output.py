"""Part affinity fields: unit vectors along the edges, which join parts to animals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.editions import means_sleap
from poise.labels import Labels
from poise.skeleton import Edge
from poise.specs import Output, Tensor
from poise_heads import layers
from poise_heads.differences import PAF_SIGMA_IN_SQUARE_PIXELS
from poise_heads.labeling import Names, Size, ends_of_edges

LAYER_NAME = "PartAffinityFieldsHead"


def pafs(config: Any, edges: Sequence[Edge], *, parts: Names = (), section: str = "") -> Output:
    """The output with two channels per edge: the field's x and y component.

    Args:
        config: a configuration with ``sigma``, ``output_stride`` and ``loss_weight``.
        edges: pairs ``(source, destination)``. Channel 2e is the x component of edge e,
            to the right, and 2e + 1 its y component, downwards.
        parts: the parts of the confidence maps, for labels that do not name their parts.
        section: dotted path of ``config`` in the head's configuration, ending in a dot.

    Returns:
        The output ``pafs`` with maps ``(N, H/stride, W/stride, 2 · edges)``.
    """
    channels, stride, sigma = 2 * len(edges), config.output_stride, float(config.sigma)
    ends = ends_of_edges(edges, parts, stride)
    squared = means_sleap(PAF_SIGMA_IN_SQUARE_PIXELS)

    def build(features: Tensor, suffix: str) -> Tensor:
        return layers.pointwise(features, LAYER_NAME + suffix, channels)

    def targets(labels: Labels, size: Size) -> Tensor:
        from poise_heads.pafs import edges
        from poise_heads.pafs import targets as fields

        profile: edges.Profile = "squared" if squared else "gaussian"
        sources, destinations = ends(labels, size)
        return fields.part_affinity_fields(sources, destinations, size, stride, sigma, profile)

    return Output(
        name="pafs",
        layer_name=LAYER_NAME,
        stride=stride,
        channels=channels,
        build=build,
        loss="mean_squared_error",
        loss_weight=config.loss_weight,
        where=f"{section}output_stride",
        targets=targets,
    )

"""Offsets: from each cell near a part to the part itself, for sub-cell precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.editions import means_sleap
from poise.labels import Labels
from poise.specs import Output, Tensor
from poise_heads import layers
from poise_heads.differences import OFFSETS_SUMMED
from poise_heads.labeling import Points, Size, of_all_instances, sigma_in_pixels

LAYER_NAME = "OffsetRefinementHead"
LOSS_WEIGHT = 1.0
"""Not configurable: the ``loss_weight`` of the confidence maps does not apply to offsets."""


def offsets(
    config: Any, parts: Sequence[str | None], *, points: Points | None = None, section: str = ""
) -> Output:
    """The output with two offset channels per part, on the cells of the confidence maps.

    Args:
        config: the configuration of the confidence maps, for its ``sigma`` and
            ``output_stride``.
        parts: the parts of the confidence maps. Channel 2p is the x offset of part p, and
            2p + 1 its y offset, in cells.
        points: selects the points of the confidence maps: one of ``labeling.of_…``;
            ``None``: those of all instances.
        section: dotted path of ``config`` in the head's configuration, ending in a dot.

    Returns:
        The output ``offsets`` with maps ``(N, H/stride, W/stride, 2 · parts)``.
    """
    channels, stride, sigma = 2 * len(parts), config.output_stride, sigma_in_pixels(config)
    summed = means_sleap(OFFSETS_SUMMED)

    def build(features: Tensor, suffix: str) -> Tensor:
        return layers.pointwise(features, LAYER_NAME + suffix, channels)

    shown = of_all_instances(parts, stride) if points is None else points

    def targets(labels: Labels, size: Size) -> Tensor:
        from poise_heads.offsets import targets as fields

        overlap: fields.Overlap = "sum" if summed else "nearest"
        return fields.offsets(shown(labels, size), size, stride, sigma, overlap=overlap)

    return Output(
        name="offsets",
        layer_name=LAYER_NAME,
        stride=stride,
        channels=channels,
        build=build,
        loss="mean_squared_error",
        loss_weight=LOSS_WEIGHT,
        where=f"{section}output_stride",
        targets=targets,
    )

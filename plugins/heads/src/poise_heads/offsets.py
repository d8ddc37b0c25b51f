"""Offsets: from each cell near a part to the part itself, for sub-cell precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poise.specs import Output, Tensor
from poise_heads import layers

LAYER_NAME = "OffsetRefinementHead"
LOSS_WEIGHT = 1.0
"""Not configurable: the ``loss_weight`` of the confidence maps does not apply to offsets."""


def offsets(config: Any, parts: Sequence[str | None], *, section: str = "") -> Output:
    """The output with two offset channels a part, on the cells of the confidence maps.

    Args:
        config: the configuration of the confidence maps; its ``output_stride`` is taken.
        parts: the parts of the confidence maps. Channel 2p is the x offset of part p, and
            2p + 1 its y offset, in cells.
        section: dotted path of ``config`` in the head's configuration, ending in a dot.

    Returns:
        The output ``offsets`` with maps ``(N, H/stride, W/stride, 2 · parts)``.
    """
    channels = 2 * len(parts)

    def build(features: Tensor, suffix: str) -> Tensor:
        return layers.pointwise(features, LAYER_NAME + suffix, channels)

    return Output(
        name="offsets",
        layer_name=LAYER_NAME,
        stride=config.output_stride,
        channels=channels,
        build=build,
        loss="mean_squared_error",
        loss_weight=LOSS_WEIGHT,
        where=f"{section}output_stride",
    )

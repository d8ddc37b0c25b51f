"""One part of each animal, within a graph; see ``poise_heads.decoding.one_part``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from keras import ops

from poise.specs import GraphDecoding, GraphOutput, Tensor
from poise_heads.decoding.options import PATCH, THRESHOLD, check
from poise_heads.in_graph.cells import masked, usable
from poise_heads.in_graph.one_animal import OUTPUTS as OF_ANIMALS
from poise_heads.in_graph.options import ANIMALS, checked_refinement
from poise_heads.in_graph.peaks import strongest_cells
from poise_heads.in_graph.refinement import refined

OUTPUTS: Mapping[str, GraphOutput] = {
    **OF_ANIMALS,
    "dropped": GraphOutput(
        axes=("image",), meaning="how many animals were found for which there was no room"
    ),
}


@attrs.frozen(eq=False)
class LocalPeaks:
    """Finds every peak of confidence maps.

    Attributes:
        config: of the confidence maps.
        threshold: only cells above it are peaks.
        refinement: see ``poise_heads.decoding``.
        patch: see there.
        count: for how many peaks of each map there is room, ``K``.
    """

    config: Any
    threshold: float
    refinement: str | None
    patch: int
    count: int

    def __attrs_post_init__(self) -> None:
        check(max_instances=self.count)
        self._refinement()

    def __call__(self, predictions: Mapping[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Places ``(N, P, K, 2)`` in pixels, scores ``(N, P, K)``, and the number of others."""
        maps = usable(predictions["confmaps"])
        offsets = usable(predictions["offsets"]) if "offsets" in predictions else None
        cells, others = strongest_cells(maps, self.threshold, self.count)
        places = refined(maps, cells, self._refinement(), self.patch, offsets)
        places = places * float(self.config.output_stride)
        present = ops.logical_not(ops.isnan(cells.values))
        return masked(places, present[..., None]), cells.values, others

    def _refinement(self) -> str:
        return checked_refinement(self.config, self.threshold, self.refinement, self.patch)


def centroid(
    config: Any,
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
    max_instances: int | None = None,
) -> GraphDecoding:
    """Every peak of the map is an animal; options as of ``decoding.centroid``.

    ``max_instances`` is for how many animals of an image there is room.
    """
    peaks = LocalPeaks(config, threshold, refinement, patch, room(max_instances))

    def call(predictions: Mapping[str, Tensor]) -> dict[str, Tensor]:
        places, scores, others = peaks(predictions)
        return {
            "points": places[:, 0, :, None],
            "point_scores": scores[:, 0, :, None],
            "instance_scores": scores[:, 0],
            "dropped": others[:, 0],
        }

    names = {"part": (config.anchor_part or "centroid",)}
    return GraphDecoding(outputs=OUTPUTS, names=names, call=call)


def room(max_instances: int | None) -> int:
    """For how many animals of an image there is room."""
    return ANIMALS if max_instances is None else max_instances

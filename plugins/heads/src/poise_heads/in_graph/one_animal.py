"""One animal in each image or crop, within a graph; see ``poise_heads.decoding.one_animal``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras import ops

from poise.editions import means_sleap
from poise.specs import GraphDecoding, GraphOutput, Tensor
from poise_heads.decoding.options import PATCH, THRESHOLD
from poise_heads.differences import SCORE_OF_FIRST_STAGE, VALUES_BELOW_THRESHOLD
from poise_heads.in_graph.cells import masked, usable
from poise_heads.in_graph.options import checked_refinement
from poise_heads.in_graph.peaks import global_cells
from poise_heads.in_graph.refinement import refined

OUTPUTS: Mapping[str, GraphOutput] = {
    "points": GraphOutput(
        axes=("image", "animal", "part", "xy"),
        meaning="where the parts are; NaN where a part's score does not reach the threshold",
    ),
    "point_scores": GraphOutput(
        axes=("image", "animal", "part"),
        meaning="the value of the confidence map at each part, about 1 at most",
    ),
    "instance_scores": GraphOutput(
        axes=("image", "animal"),
        meaning="the score of each animal; NaN where there is none",
    ),
}


class Parts:
    """Finds the parts of the one animal in each image.

    Args:
        config: of the confidence maps.
        threshold: parts whose score is below it are missing.
        refinement: see ``poise_heads.decoding``.
        patch: see there.
    """

    def __init__(self, config: Any, threshold: float, refinement: str | None, patch: int) -> None:
        self.names: tuple[str, ...] = config.part_names
        self._stride = float(config.output_stride)
        self._threshold, self._patch = threshold, patch
        self._refinement = checked_refinement(config, threshold, refinement, patch)

    def __call__(
        self, predictions: Mapping[str, Tensor], centroid_scores: Tensor | None = None
    ) -> dict[str, Tensor]:
        """The tensors of ``OUTPUTS``, with one animal in each image."""
        maps = usable(predictions["confmaps"])
        offsets = usable(predictions["offsets"]) if "offsets" in predictions else None
        cells = global_cells(maps)
        present = cells.values >= self._threshold
        places = refined(maps, cells, self._refinement, self._patch, offsets) * self._stride
        is_there = ops.any(present, axis=-1, keepdims=True)
        kept = is_there if means_sleap(VALUES_BELOW_THRESHOLD) else present
        scores = ops.sum(ops.where(kept, cells.values, 0.0), axis=-1, keepdims=True)
        if centroid_scores is not None:
            scores = _with_centroids(scores, centroid_scores[:, None])
        return {
            "points": masked(places, present[..., None])[:, None],
            "point_scores": masked(cells.values, kept)[:, None],
            "instance_scores": masked(scores, is_there),
        }


def _with_centroids(scores: Tensor, of_centroids: Tensor) -> Tensor:
    return of_centroids if means_sleap(SCORE_OF_FIRST_STAGE) else of_centroids * scores


def single_instance(
    config: Any,
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
) -> GraphDecoding:
    """The highest cell of each map is the part; options as of ``decoding.single_instance``."""
    parts = Parts(config, threshold, refinement, patch)
    return GraphDecoding(outputs=OUTPUTS, names={"part": parts.names}, call=parts.__call__)


centered_instance = single_instance
"""The same for crops: each crop is an image."""

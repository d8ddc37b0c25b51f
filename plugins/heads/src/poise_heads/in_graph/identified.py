"""Animals with a class, within a graph; see ``poise_heads.decoding.identified``.

Which animal gets which class is an assignment, which no graph of fixed shapes has: the program
that runs the graph assigns them, by their probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras import ops

from poise.specs import GraphDecoding, GraphOutput, Tensor
from poise_heads.decoding.options import PATCH, THRESHOLD
from poise_heads.in_graph.bottom_up import PEAKS
from poise_heads.in_graph.cells import masked, numbers, usable, values_at
from poise_heads.in_graph.lines import nearest_cells
from poise_heads.in_graph.one_animal import OUTPUTS, Parts
from poise_heads.in_graph.one_part import LocalPeaks, room

OF_PEAKS = GraphOutput(
    axes=("image", "part", "peak", "class"),
    meaning="the value of each class map at each peak; NaN where there is no peak",
)
OF_ANIMALS = GraphOutput(
    axes=("image", "animal", "class"),
    meaning="the probability that each animal is of each class; NaN where there is no animal",
)


def multi_class_bottomup(
    config: Any,
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
    max_instances: int | None = None,
) -> GraphDecoding:
    """Peaks and their classes; options as of ``decoding.multi_class_bottomup``.

    ``max_instances`` is for how many peaks of each part there is room.
    """
    peaks = LocalPeaks(config.confmaps, threshold, refinement, patch, room(max_instances))
    stride = float(config.class_maps.output_stride)

    def call(predictions: Mapping[str, Tensor]) -> dict[str, Tensor]:
        places, scores, others = peaks(predictions)
        maps = usable(predictions["class_maps"])
        return {
            "peaks": places,
            "peak_scores": scores,
            "class_probabilities": _probabilities(maps, places / stride),
            "dropped": others,
        }

    names = {"part": config.confmaps.part_names, "class": config.class_maps.classes}
    outputs = {**PEAKS, "class_probabilities": OF_PEAKS}
    return GraphDecoding(outputs=outputs, names=names, call=call)


def _probabilities(class_maps: Tensor, places: Tensor) -> Tensor:
    """The values of class maps at places ``(N, P, K, 2)`` in their cells: ``(N, P, K, C)``."""
    cells, counts = nearest_cells(class_maps, places)
    rows, columns = cells[..., 1, None], cells[..., 0, None]
    values = values_at(class_maps, rows, columns, numbers(class_maps.shape[-1]))
    present = ops.logical_not(ops.isnan(places[..., :1]))
    return masked(ops.where(counts[..., None], values, 0.0), present)


def multi_class_topdown(
    config: Any,
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
) -> GraphDecoding:
    """Parts and classes of crops; options as of ``decoding.multi_class_topdown``.

    In both editions an animal has the score of its own crop.
    """
    parts = Parts(config.confmaps, threshold, refinement, patch)

    def call(
        predictions: Mapping[str, Tensor], centroid_scores: Tensor | None = None
    ) -> dict[str, Tensor]:
        animals = parts(predictions, centroid_scores)
        is_there = ops.logical_not(ops.isnan(animals["instance_scores"]))
        probabilities = usable(predictions["class_vectors"])[:, None]
        return {**animals, "class_probabilities": masked(probabilities, is_there[..., None])}

    names = {"part": parts.names, "class": config.class_vectors.classes}
    outputs = {**OUTPUTS, "class_probabilities": OF_ANIMALS}
    return GraphDecoding(outputs=outputs, names=names, call=call)

"""Peaks, and the scores of their pairs, within a graph; see ``poise_heads.decoding.bottom_up``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from poise.specs import GraphDecoding, GraphOutput, Tensor
from poise_heads.decoding.options import PATCH, THRESHOLD, check
from poise_heads.in_graph.cells import usable
from poise_heads.in_graph.lines import Lines
from poise_heads.in_graph.one_part import LocalPeaks, room

PEAKS: Mapping[str, GraphOutput] = {
    "peaks": GraphOutput(
        axes=("image", "part", "peak", "xy"),
        meaning="where each part is, of whichever animal; NaN where there are fewer peaks",
    ),
    "peak_scores": GraphOutput(
        axes=("image", "part", "peak"),
        meaning="the value of the confidence map at each peak, about 1 at most",
    ),
    "dropped": GraphOutput(
        axes=("image", "part"), meaning="how many peaks were found for which there was no room"
    ),
}

LINE_SCORES = GraphOutput(
    axes=("image", "edge", "source", "destination"),
    meaning="how well the field agrees with the line between the peaks of an edge's two parts, "
    "less the penalty of its length, 1 at most; NaN where a peak is missing",
)


def multi_instance(
    config: Any,
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
    max_instances: int | None = None,
    n_points: int = 10,
    max_edge_length_ratio: float = 0.25,
    dist_penalty_weight: float = 1.0,
) -> GraphDecoding:
    """Every peak is a part; options as of ``decoding.multi_instance``.

    Which peaks are joined is a matching, which no graph of fixed shapes has: the program that
    runs the graph joins them, by their scores.

    ``max_instances`` is for how many peaks of each part there is room.
    """
    check(
        n_points=n_points,
        max_edge_length_ratio=max_edge_length_ratio,
        dist_penalty_weight=dist_penalty_weight,
    )
    peaks = LocalPeaks(config.confmaps, threshold, refinement, patch, room(max_instances))
    lines = Lines(
        ends=_ends(config),
        stride=config.pafs.output_stride,
        n_points=n_points,
        max_edge_length_ratio=max_edge_length_ratio,
        dist_penalty_weight=dist_penalty_weight,
    )

    def call(predictions: Mapping[str, Tensor]) -> dict[str, Tensor]:
        places, scores, others = peaks(predictions)
        return {
            "peaks": places,
            "peak_scores": scores,
            "line_scores": lines(usable(predictions["pafs"]), places),
            "dropped": others,
        }

    edges = tuple(f"{source} → {destination}" for source, destination in config.pafs.edges)
    outputs = {**PEAKS, "line_scores": LINE_SCORES}
    names = {"part": config.confmaps.part_names, "edge": edges}
    return GraphDecoding(outputs=outputs, names=names, call=call)


def _ends(config: Any) -> Any:
    """Indices ``(E, 2)`` of the parts of edges; an end without a map has the number after all."""
    names = config.confmaps.part_names
    indices = {name: index for index, name in enumerate(names)}
    return np.array([[indices.get(end, len(names)) for end in edge] for edge in config.pafs.edges])

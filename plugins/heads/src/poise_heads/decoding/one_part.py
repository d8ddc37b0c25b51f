"""One part of each animal: ``centroid``; and the peaks of any number of animals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from poise.instances import Instances, gathered
from poise_heads.confmaps.peaks import Floats, Peaks, local_peaks
from poise_heads.confmaps.refinement import refine
from poise_heads.decoding.host import on_host
from poise_heads.decoding.options import PATCH, THRESHOLD, check


def refined_peaks(
    predictions: Mapping[str, Any],
    stride: int,
    threshold: float,
    refinement: str | None,
    patch: int,
) -> tuple[Peaks, Floats]:
    """Every peak of the confidence maps, and its place.

    Args:
        predictions: ``confmaps`` ``(N, H, W, P)`` and, if refined, ``offsets``.
        stride: stride of the confidence maps.
        threshold: only cells above this value are peaks.
        refinement: how parts are located within their cells: ``"auto"`` (by offsets if the model
            predicts them, else integral), ``"offsets"``, ``"integral"``, ``"local"`` (a quarter
            of a cell towards the higher neighbor), ``"none"`` or ``None``.
        patch: side of the square of cells that integral refinement weighs, odd. It should cover
            most of a peak, and no other peak.

    Returns:
        ``K`` peaks, and ``(K, 2)``, x then y in pixels of the model's input.
    """
    check(threshold=threshold)
    maps = on_host(predictions, "confmaps")
    offsets = on_host(predictions, "offsets") if "offsets" in predictions else None
    peaks = local_peaks(maps, threshold)
    return peaks, refine(maps, peaks, refinement, patch=patch, offsets=offsets) * stride


def centroid(
    config: Any,
    predictions: Mapping[str, Any],
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
    max_instances: int | None = None,
) -> Instances:
    """Every peak of the map is an animal, of one part: ``anchor_part``, or ``"centroid"``.

    Args:
        config: a ``CentroidsHeadConfig``.
        predictions: ``confmaps`` ``(N, H, W, 1)`` and, if refined, ``offsets``
            ``(N, H, W, 2)``.
        threshold: cells of confidence maps below it are not parts.
        refinement: how parts are located within their cells: ``"auto"`` (by offsets if the model
            predicts them, else integral), ``"offsets"``, ``"integral"``, ``"local"`` (a quarter
            of a cell towards the higher neighbor), ``"none"`` or ``None``.
        patch: side of the square of cells that integral refinement weighs, odd. It should cover
            most of a peak, and no other peak.
        max_instances: keep at most this many animals of each image, those with the best scores.
            ``None`` keeps all.

    Returns:
        The animals from top to bottom; their scores are the peaks' values.
    """
    check(max_instances=max_instances)
    peaks, points = refined_peaks(predictions, config.output_stride, threshold, refinement, patch)
    return gathered(
        points[:, None].astype(np.float32, copy=False),
        peaks.value[:, None],
        peaks.value,
        peaks.image,
        images=predictions["confmaps"].shape[0],
        parts=(config.anchor_part or "centroid",),
        max_instances=max_instances,
    )

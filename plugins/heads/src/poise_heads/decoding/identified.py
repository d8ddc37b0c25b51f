"""Animals with a class: ``multi_class_bottomup`` and ``multi_class_topdown``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from poise.instances import Instances, gathered
from poise_heads.decoding.host import on_host
from poise_heads.decoding.identities import by_maps, by_vectors, probabilities_of_peaks
from poise_heads.decoding.one_animal import Crops, parts_of_one
from poise_heads.decoding.one_part import refined_peaks
from poise_heads.decoding.options import check


def multi_class_bottomup(
    config: Any,
    predictions: Mapping[str, Any],
    threshold: float,
    refinement: str | None,
    patch: int,
    max_instances: int | None,
) -> Instances:
    """See :func:`poise_heads.decoding.multi_class_bottomup`."""
    check(max_instances=max_instances)
    stride = config.confmaps.output_stride
    peaks, points = refined_peaks(predictions, stride, threshold, refinement, patch)
    class_maps = on_host(predictions, "class_maps")
    probabilities = probabilities_of_peaks(
        class_maps, peaks.image, points / config.class_maps.output_stride
    )
    of_points, of_values, of_probabilities = by_maps(
        points,
        peaks.value,
        probabilities,
        peaks.image,
        peaks.part,
        images=len(class_maps),
        parts=len(config.confmaps.part_names),
    )
    image, classes = np.nonzero(~np.isnan(of_values).all(axis=-1))
    return gathered(
        of_points[image, classes],
        of_values[image, classes],
        np.nanmean(of_values[image, classes], axis=-1),
        image,
        images=len(class_maps),
        parts=config.confmaps.part_names,
        classes=classes,
        class_scores=np.nanmean(of_probabilities[image, classes], axis=-1),
        class_names=config.class_maps.classes,
        max_instances=max_instances,
    )


def multi_class_topdown(
    config: Any,
    predictions: Mapping[str, Any],
    threshold: float,
    refinement: str | None,
    patch: int,
    crops: Crops,
    max_instances: int | None,
) -> Instances:
    """See :func:`poise_heads.decoding.multi_class_topdown`."""
    check(max_instances=max_instances)
    points, values = parts_of_one(config.confmaps, predictions, threshold, refinement, patch)
    probabilities = on_host(predictions, "class_vectors")
    image, images = crops.image_of_each(len(points))
    of_points, of_values, of_probabilities = by_vectors(
        crops.in_image(points), values, probabilities, image, images=images
    )
    image, classes = np.nonzero(~np.isnan(of_points).all(axis=(-1, -2)))
    return gathered(
        of_points[image, classes],
        of_values[image, classes],
        np.nansum(of_values[image, classes], axis=-1),
        image,
        images=images,
        parts=config.confmaps.part_names,
        classes=classes,
        class_scores=of_probabilities[image, classes],
        class_names=config.class_vectors.classes,
        max_instances=max_instances,
    )

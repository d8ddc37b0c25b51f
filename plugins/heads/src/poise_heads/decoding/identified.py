"""Animals with a class: ``multi_class_bottomup`` and ``multi_class_topdown``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from poise.editions import means_sleap
from poise.instances import Instances, gathered
from poise.missing import Dropped
from poise_heads.confmaps.peaks import Floats, Integers
from poise_heads.decoding.host import on_host
from poise_heads.decoding.identities import by_maps, by_vectors, probabilities_of_peaks
from poise_heads.decoding.one_animal import Crops, parts_of_one, score_of_crop, why_none
from poise_heads.decoding.one_part import refined_peaks
from poise_heads.decoding.options import PATCH, THRESHOLD, check
from poise_heads.differences import SCORES_OF_OTHER_CROPS


def multi_class_bottomup(
    config: Any,
    predictions: Mapping[str, Any],
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
    max_instances: int | None = None,
) -> Instances:
    """Every peak is a part; the class maps at its place tell which animal has it.

    Args:
        config: a ``MultiClassBottomUpConfig`` with ``part_names`` and ``classes``.
        predictions: ``confmaps`` ``(N, H, W, P)``, ``class_maps`` ``(N, H', W', C)`` and, if
            refined, ``offsets`` ``(N, H, W, 2 · P)``.
        threshold: cells of confidence maps below it are not parts.
        refinement: how parts are located within their cells: ``"auto"`` (by offsets if the model
            predicts them, else integral), ``"offsets"``, ``"integral"``, ``"local"`` (a quarter
            of a cell towards the higher neighbor), ``"none"`` or ``None``.
        patch: side of the square of cells that integral refinement weighs, odd. It should cover
            most of a peak, and no other peak.
        max_instances: keep at most this many animals of each image, those with the best scores.
            ``None`` keeps all.

    Returns:
        At most one animal of each class, in the order of the classes. An animal's score is
        the mean of its parts' scores, its class' score the mean of their probabilities.
    """
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
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
    images: npt.ArrayLike | None = None,
    n_images: int | None = None,
    origins: npt.ArrayLike | None = None,
    centroid_scores: npt.ArrayLike | None = None,
    max_instances: int | None = None,
) -> Instances:
    """The highest cell of each map of a crop is the part; its vector tells the class.

    Args:
        config: a ``MultiClassTopDownConfig`` with ``part_names`` and ``classes``.
        predictions: of ``K`` crops: ``confmaps`` ``(K, H, W, P)``, ``class_vectors``
            ``(K, C)`` and, if refined, ``offsets`` ``(K, H, W, 2 · P)``.
        threshold: cells of confidence maps below it are not parts.
        refinement: how parts are located within their cells: ``"auto"`` (by offsets if the model
            predicts them, else integral), ``"offsets"``, ``"integral"``, ``"local"`` (a quarter
            of a cell towards the higher neighbor), ``"none"`` or ``None``.
        patch: side of the square of cells that integral refinement weighs, odd. It should cover
            most of a peak, and no other peak.
        images: ``(K,)``: the index of the image that each crop was cut from. ``None``: each
            crop is an image by itself, and has its most probable class.
        n_images: the number of images; the last ones may have no crops.
        origins: ``(K, 2)``: x and y of each crop's top left pixel in its image, which are
            added to the points; in edition sleap-1.4 half a pixel less, as in SLEAP. ``None``
            leaves them in pixels of the crop.
        centroid_scores: ``(K,)``: ``instance_scores`` of the animals that the crops were cut
            around, as the first stage found them. ``None`` if there was none.
        max_instances: keep at most this many animals of each image, those with the best scores.
            ``None`` keeps all.

    Returns:
        At most one animal of each class, in the order of the classes. A crop is left out if
        another crop of its image takes its most probable class. An animal's score is the sum
        of its parts' scores, times its centroid's if ``centroid_scores`` is set. In edition
        sleap-1.4 it is the score of the centroid that has the number of the animal's class in
        the image; an animal without one is left out.
    """
    crops = Crops(images, n_images, origins, centroid_scores)
    check(max_instances=max_instances)
    points, values = parts_of_one(config.confmaps, predictions, threshold, refinement, patch)
    probabilities = on_host(predictions, "class_vectors")
    image, count = crops.image_of_each(len(points))
    cut_from, of_centroids = image, crops.scores(len(values))
    # One more value of each crop, to follow it to its class.
    scored = np.column_stack([values, score_of_crop(values, of_centroids)])
    of_points, of_values, of_probabilities = by_vectors(
        crops.in_image(points), scored, probabilities, image, images=count
    )
    scores = of_values[..., -1]
    if of_centroids is not None and means_sleap(SCORES_OF_OTHER_CROPS):
        scores = _in_order(of_centroids, image, scores.shape)
        of_points = np.where(np.isnan(scores)[..., None, None], np.nan, of_points)
    image, classes = np.nonzero(~np.isnan(of_points).all(axis=(-1, -2)))
    names, present = config.class_vectors.classes, ~np.isnan(points).all(axis=(1, 2))
    classless = np.bincount(cut_from[present], minlength=count) - np.bincount(
        image, minlength=count
    )
    return gathered(
        of_points[image, classes],
        of_values[image, classes, :-1],
        scores[image, classes],
        image,
        images=count,
        parts=config.confmaps.part_names,
        classes=classes,
        class_scores=of_probabilities[image, classes],
        class_names=names,
        max_instances=max_instances,
        missing=why_none(predictions, cut_from, np.setdiff1d(np.arange(count), image), threshold),
        dropped=[
            *crops.without_parts(cut_from, present, threshold),
            *Dropped.by("classes", len(names), np.repeat(np.arange(count), classless)),
        ],
    )


def _in_order(scores: Floats, image: Integers, shape: tuple[int, int]) -> Floats:
    """The scores ``(K,)`` of crops as a table ``(images, classes)``, in the order of the crops."""
    table = np.full(shape, np.nan, dtype=np.float32)
    for row in range(shape[0]):
        first = scores[image == row][: shape[1]]
        table[row, : len(first)] = first
    return table

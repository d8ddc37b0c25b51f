"""One animal in each image or crop: ``single_instance`` and ``centered_instance``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise.editions import HALF_PIXEL_OF_CROPS, means_sleap
from poise.errors import DecodeError, Fault
from poise.instances import Instances, gathered
from poise.messages import short_repr
from poise.missing import Dropped, Missing
from poise_heads.confmaps.peaks import Floats, Integers, global_peaks
from poise_heads.confmaps.refinement import refine
from poise_heads.decoding.host import on_host
from poise_heads.decoding.options import PATCH, THRESHOLD, check
from poise_heads.differences import SCORE_OF_FIRST_STAGE, VALUES_BELOW_THRESHOLD

AFTER_CLASSES = "number of animals that a class is left for"
"""Animals whose parts reach the threshold are missing for this reason alone."""


@attrs.frozen(eq=False)
class Crops:
    """Where ``K`` crops were cut.

    Attributes:
        images: ``(K,)``: indices of their images, or ``None``: each crop is an image.
        n_images: the number of images, or ``None``: as few as ``images`` allows.
        origins: ``(K, 2)``: x and y of their top left pixels, or ``None``.
        centroid_scores: ``(K,)``: of their animals in the first stage, or ``None``.
    """

    images: npt.ArrayLike | None = None
    n_images: int | None = None
    origins: npt.ArrayLike | None = None
    centroid_scores: npt.ArrayLike | None = None

    def image_of_each(self, crops: int) -> tuple[Integers, int]:
        """The image of each crop, and the number of images.

        Raises:
            DecodeError: ``images`` or ``n_images`` is invalid.
        """
        check(n_images=self.n_images)
        if self.images is None:
            if self.n_images not in (None, crops):
                what = f"must be {crops}, one image per crop, got {self.n_images}; or set images"
                raise DecodeError([Fault(what, "n_images")])
            return np.arange(crops), crops
        images = np.asarray(self.images)
        whole = images.size == 0 or np.issubdtype(images.dtype, np.integer)
        if images.shape != (crops,) or not whole or (images < 0).any():
            what = f"must be an index ≥ 0 for each of {crops} crops, got {short_repr(self.images)}"
            raise DecodeError([Fault(what, "images")])
        least = int(images.max(initial=-1)) + 1
        if self.n_images is not None and self.n_images < least:
            what = f"must be at least {least}, the largest index in images + 1, got {self.n_images}"
            raise DecodeError([Fault(what, "n_images")])
        return images.astype(np.int64), least if self.n_images is None else self.n_images

    def in_image(self, points: Floats) -> Floats:
        """Points ``(K, P, 2)`` of the crops in pixels of their images.

        Raises:
            DecodeError: the number of origins is not that of the crops, or one is not finite.
        """
        if self.origins is None:
            return points
        origins = np.asarray(self.origins, dtype=np.float32)
        if origins.shape != (len(points), 2):
            what = f"must have the shape ({len(points)}, 2), got {origins.shape}"
            raise DecodeError([Fault(what, "origins")])
        if not np.isfinite(origins).all():  # NaN would hide the animal
            what = f"must be finite numbers, got {short_repr(self.origins)}"
            raise DecodeError([Fault(what, "origins")])
        # SLEAP cuts crops half a pixel further right and down than it moves their points.
        shift = 0.5 if means_sleap(HALF_PIXEL_OF_CROPS) else 0.0
        return points + (origins[:, None] - np.float32(shift))

    def without_parts(
        self, image: Integers, present: npt.ArrayLike, threshold: float
    ) -> list[Dropped]:
        """The animals that the first stage has found, and of which no part reaches the threshold.

        Args:
            image: ``(K,)``: the image of each crop.
            present: ``(K,)``: whether a part reaches the threshold.
            threshold: the least value of a part.
        """
        if self.images is None:  # no first stage has found anything
            return []
        return Dropped.by("threshold", threshold, image[np.logical_not(present)])

    def scores(self, crops: int) -> Floats | None:
        """The scores ``(K,)`` of the first stage, if they are known.

        Raises:
            DecodeError: their number is not that of the crops.
        """
        if self.centroid_scores is None:
            return None
        scores = np.asarray(self.centroid_scores, dtype=np.float32)
        if scores.shape != (crops,):
            what = f"must have the shape ({crops},), got {scores.shape}"
            raise DecodeError([Fault(what, "centroid_scores")])
        return scores


def score_of_crop(values: Floats, of_centroids: Floats | None) -> Floats:
    """Scores ``(K,)`` of animals from their parts' values ``(K, P)`` and the first stage's."""
    of_parts: Floats = np.nansum(values, axis=-1)
    if of_centroids is None:
        return of_parts
    return of_centroids if means_sleap(SCORE_OF_FIRST_STAGE) else of_centroids * of_parts


def why_none(
    predictions: Mapping[str, Any], image: Integers, empty: Integers, threshold: float
) -> list[Missing]:
    """Why there are no animals in some images.

    Args:
        predictions: ``confmaps`` ``(K, H, W, P)`` of crops.
        image: ``(K,)``: the image that each crop was cut from.
        empty: the images without animals.
        threshold: the least value of a part.
    """
    maps = on_host(predictions, "confmaps")
    reasons = []
    for index in map(int, empty):
        crops = maps[image == index]
        if not len(crops):
            reasons.append(Missing(image=index, quantity="number of crops", value=0))
            continue
        highest = float(crops.max())
        if highest >= threshold:
            reasons.append(Missing(image=index, quantity=AFTER_CLASSES, value=0))
            continue
        reasons.append(
            Missing(
                image=index,
                quantity="highest value of 'confmaps'",
                value=highest,
                option="threshold",
                limit=threshold,
            )
        )
    return reasons


def parts_of_one(
    config: Any,
    predictions: Mapping[str, Any],
    threshold: float,
    refinement: str | None,
    patch: int,
) -> tuple[Floats, Floats]:
    """Points ``(N, P, 2)`` in pixels of the input, NaN where missing, and values ``(N, P)``."""
    check(threshold=threshold)
    maps = on_host(predictions, "confmaps")
    offsets = on_host(predictions, "offsets") if "offsets" in predictions else None
    peaks = global_peaks(maps)
    present = peaks.value >= threshold
    cells = np.full((len(peaks), 2), np.nan, dtype=np.float32)
    cells[present] = refine(maps, peaks[present], refinement, patch=patch, offsets=offsets)
    values = peaks.value
    if not means_sleap(VALUES_BELOW_THRESHOLD):
        values = np.where(present, values, np.nan)
    images, _, _, parts = maps.shape
    return (
        (cells * config.output_stride).reshape(images, parts, 2),
        values.reshape(images, parts),
    )


def single_instance(
    config: Any,
    predictions: Mapping[str, Any],
    *,
    threshold: float = THRESHOLD,
    refinement: str | None = "auto",
    patch: int = PATCH,
) -> Instances:
    """The highest cell of each map is the part.

    Args:
        config: a ``SingleInstanceConfmapsHeadConfig`` with ``part_names``.
        predictions: ``confmaps`` ``(N, H, W, P)`` and, if refined, ``offsets``
            ``(N, H, W, 2 · P)``.
        threshold: cells of confidence maps below it are not parts.
        refinement: how parts are located within their cells: ``"auto"`` (by offsets if the model
            predicts them, else integral), ``"offsets"``, ``"integral"``, ``"local"`` (a quarter
            of a cell towards the higher neighbor), ``"none"`` or ``None``.
        patch: side of the square of cells that integral refinement weighs, odd. It should cover
            most of a peak, and no other peak.

    Returns:
        One animal per image, or none where no part reaches the threshold. Its score is the
        sum of its parts' scores.
    """
    return centered_instance(
        config, predictions, threshold=threshold, refinement=refinement, patch=patch
    )


def centered_instance(
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
    """The highest cell of each map of a crop is the part.

    Args:
        config: a ``CenteredInstanceConfmapsHeadConfig`` with ``part_names``.
        predictions: of ``K`` crops: ``confmaps`` ``(K, H, W, P)`` and, if refined,
            ``offsets`` ``(K, H, W, 2 · P)``.
        threshold: cells of confidence maps below it are not parts.
        refinement: how parts are located within their cells: ``"auto"`` (by offsets if the model
            predicts them, else integral), ``"offsets"``, ``"integral"``, ``"local"`` (a quarter
            of a cell towards the higher neighbor), ``"none"`` or ``None``.
        patch: side of the square of cells that integral refinement weighs, odd. It should cover
            most of a peak, and no other peak.
        images: ``(K,)``: the index of the image that each crop was cut from. ``None``: each
            crop is an image by itself.
        n_images: the number of images; the last ones may have no crops.
        origins: ``(K, 2)``: x and y of each crop's top left pixel in its image, which are
            added to the points; in edition sleap-1.4 half a pixel less, as in SLEAP. ``None``
            leaves them in pixels of the crop.
        centroid_scores: ``(K,)``: ``instance_scores`` of the animals that the crops were cut
            around, as the first stage found them. ``None`` if there was none.
        max_instances: keep at most this many animals of each image, those with the best scores.
            ``None`` keeps all.

    Returns:
        The animals of each image, in the order of the crops; none for a crop in which no
        part reaches the threshold. An animal's score is the sum of its parts' scores, times
        its centroid's if ``centroid_scores`` is set; in edition sleap-1.4 it is the centroid's.
    """
    crops = Crops(images, n_images, origins, centroid_scores)
    check(max_instances=max_instances)
    points, values = parts_of_one(config, predictions, threshold, refinement, patch)
    image, count = crops.image_of_each(len(points))
    points = crops.in_image(points)
    scores = score_of_crop(values, crops.scores(len(values)))
    present = ~np.isnan(points).all(axis=(1, 2))
    return gathered(
        points[present],
        values[present],
        scores[present],
        image[present],
        images=count,
        parts=config.part_names,
        max_instances=max_instances,
        missing=why_none(
            predictions, image, np.setdiff1d(np.arange(count), image[present]), threshold
        ),
        dropped=crops.without_parts(image, present, threshold),
    )

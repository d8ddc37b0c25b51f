"""All of augmentation, in SLEAP's order: where an image goes, then its values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from poise import Skeleton
from poise.job.optimization import AugmentationConfig
from poise_workflows.augmentation.intensities import change_intensities
from poise_workflows.augmentation.placements import draw_placements
from poise_workflows.augmentation.warping import warp

SWITCHES = (
    "rotate",
    "translate",
    "scale",
    "uniform_noise",
    "gaussian_noise",
    "contrast",
    "brightness",
    "random_crop",
    "random_flip",
)


def is_on(config: AugmentationConfig) -> bool:
    """Whether a configuration changes anything."""
    return any(getattr(config, name) for name in SWITCHES)


def augment(
    images: Any,
    points: npt.NDArray[np.floating],
    config: AugmentationConfig,
    random: np.random.Generator,
    *,
    skeleton: Skeleton,
    may_flip: bool = True,
    may_crop: bool = True,
) -> tuple[Any, npt.NDArray[np.floating]]:
    """Change the images of a batch at random, and move their points with them.

    The same generator draws the same numbers on every backend; noise that is drawn for each
    pixel is the same on each backend by itself. The edition (``poise.editions.edition``) decides
    where SLEAP 1.4 differs.

    Args:
        images: ``(N, H, W, C)``, gray levels from 0 to 255, of any type.
        points: ``(N, I, P, 2)``: images, animals, parts, x then y in pixels; the center of the
            top-left pixel is (0, 0); NaN for parts that are not visible.
        config: what is switched on, and between which bounds.
        random: draws the numbers.
        skeleton: its symmetric parts swap in images that are mirrored.
        may_flip: whether the model's targets stand a mirror.
        may_crop: whether images may be cut.

    Returns:
        The images, floats from 0 to 255 of Keras' backend, and the points. Points that leave
        the image are kept.
    """
    from keras import ops

    size = int(images.shape[1]), int(images.shape[2])
    places = draw_placements(
        config, len(images), size, random, may_flip=may_flip, may_crop=may_crop
    )
    moved = places.move(points)
    swapped = moved[..., _mirrored(skeleton), :]
    flips = places.is_flipped.reshape(-1, 1, 1, 1)
    changed = warp(ops.cast(images, "float32"), places)
    return change_intensities(changed, config, random), np.where(flips, swapped, moved)


def _mirrored(skeleton: Skeleton) -> Sequence[int]:
    """For each part, the part that takes its place in a mirror."""
    parts = list(skeleton.parts)
    order = list(range(len(parts)))
    for first, second in skeleton.symmetries:
        a, b = parts.index(first), parts.index(second)
        order[a], order[b] = b, a
    return order

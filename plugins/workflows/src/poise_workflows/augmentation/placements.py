"""Where augmentation moves images: flips, rotations, shifts, factors and cuts, as matrices.

A matrix moves points, x then y in pixels; the center of the top-left pixel is (0, 0). Numbers are
drawn on the host by a generator of NumPy, and are thus the same on every backend.
"""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from poise.editions import means_sleap
from poise.job.optimization import AugmentationConfig
from poise_workflows.augmentation.differences import FACTORS_APART, REFLECTED_BORDER

Matrices = npt.NDArray[np.float64]
"""``(N, 3, 3)``: the matrix of each image, for columns (x, y, 1)."""


@attrs.frozen(kw_only=True, eq=False)
class Placements:
    """Where the images of a batch are moved.

    Attributes:
        matrices: ``(N, 3, 3)``: from pixels of each image to pixels of the result.
        reflected: the part of the matrices whose border is reflected instead of black; ``None``
            for none.
        is_flipped: ``(N,)``: whether an image is mirrored, so that symmetric parts swap names.
        size: height and width of the results.
    """

    matrices: Matrices
    reflected: Matrices | None
    is_flipped: npt.NDArray[np.bool_]
    size: tuple[int, int]

    def move(self, points: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        """Points ``(N, …, 2)`` of the images, in pixels of the results. NaN stays NaN."""
        flat = points.reshape(len(points), -1, 2).astype(np.float64)
        linear, shift = self.matrices[:, :2, :2], self.matrices[:, None, :2, 2]
        moved = flat @ linear.transpose(0, 2, 1) + shift
        return moved.reshape(points.shape).astype(points.dtype)


def draw_placements(
    config: AugmentationConfig,
    count: int,
    size: tuple[int, int],
    random: np.random.Generator,
    *,
    may_flip: bool = True,
    may_crop: bool = True,
) -> Placements:
    """Draw where the images of a batch are moved. The edition decides where SLEAP 1.4 differs.

    Args:
        config: what is switched on, and between which bounds.
        count: how many images.
        size: their height and width.
        random: draws the numbers.
        may_flip: whether the model's targets stand a mirror; those of crops with identities
            do not.
        may_crop: whether images may be cut; those from which animals are cut may not.
    """
    flips, is_flipped = _flips(config, count, size, random, is_on=config.random_flip and may_flip)
    rotations = _about_center(_rotations(config, count, random), size)
    shifts = _shifts(config, count, random)
    factors = _about_center(_factors(config, count, random), size)
    cuts, cut_size = _cuts(config, count, size, random, is_on=config.random_crop and may_crop)
    return Placements(
        matrices=cuts @ factors @ shifts @ rotations @ flips,
        reflected=rotations @ flips if config.rotate and means_sleap(REFLECTED_BORDER) else None,
        is_flipped=is_flipped,
        size=cut_size,
    )


def _flips(
    config: AugmentationConfig,
    count: int,
    size: tuple[int, int],
    random: np.random.Generator,
    *,
    is_on: bool,
) -> tuple[Matrices, npt.NDArray[np.bool_]]:
    matrices = _identities(count)
    if not is_on:
        return matrices, np.zeros(count, bool)
    is_flipped = random.random(count) < 0.5
    axis = 0 if config.flip_horizontal else 1
    matrices[is_flipped, axis, axis] = -1
    matrices[is_flipped, axis, 2] = size[1 - axis] - 1
    return matrices, is_flipped


def _rotations(config: AugmentationConfig, count: int, random: np.random.Generator) -> Matrices:
    matrices = _identities(count)
    if config.rotate:
        bounds = config.rotation_min_angle, config.rotation_max_angle
        angles = np.deg2rad(random.uniform(*bounds, count))
        matrices[:, 0, 0] = matrices[:, 1, 1] = np.cos(angles)
        matrices[:, 1, 0] = np.sin(angles)
        matrices[:, 0, 1] = -matrices[:, 1, 0]
    return matrices


def _shifts(config: AugmentationConfig, count: int, random: np.random.Generator) -> Matrices:
    """Shifts by whole pixels, both bounds included."""
    matrices = _identities(count)
    if config.translate:
        low, high = round(config.translate_min), round(config.translate_max)
        matrices[:, :2, 2] = random.integers(low, high, (count, 2), endpoint=True)
    return matrices


def _factors(config: AugmentationConfig, count: int, random: np.random.Generator) -> Matrices:
    matrices = _identities(count)
    if config.scale:
        axes = 2 if means_sleap(FACTORS_APART) else 1
        factors = random.uniform(config.scale_min, config.scale_max, (count, axes))
        matrices[:, 0, 0], matrices[:, 1, 1] = factors[:, 0], factors[:, -1]
    return matrices


def _cuts(
    config: AugmentationConfig,
    count: int,
    size: tuple[int, int],
    random: np.random.Generator,
    *,
    is_on: bool,
) -> tuple[Matrices, tuple[int, int]]:
    """Cuts at any place inside the image, also between pixels; larger ones begin at its corner."""
    matrices = _identities(count)
    if not is_on:
        return matrices, size
    cut = config.random_crop_height, config.random_crop_width
    room = [max(0, side - length) for side, length in zip(size, cut, strict=True)]
    matrices[:, 0, 2] = -random.uniform(0, 1, count) * room[1]
    matrices[:, 1, 2] = -random.uniform(0, 1, count) * room[0]
    return matrices, cut


def _about_center(matrices: Matrices, size: tuple[int, int]) -> Matrices:
    """The same, with the middle of the image where it was."""
    center = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
    moved = matrices.copy()
    moved[:, :2, 2] += center - matrices[:, :2, :2] @ center
    return moved


def _identities(count: int) -> Matrices:
    return np.tile(np.eye(3), (count, 1, 1))

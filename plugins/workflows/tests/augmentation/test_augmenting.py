"""Laws of augmentation: points stay on their pixels, nothing changes nothing, seeds decide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise import Skeleton
from poise.editions import edition
from poise.job.optimization import AugmentationConfig
from poise_workflows.augmentation.augmenting import SWITCHES, augment
from poise_workflows.augmentation.placements import draw_placements
from poise_workflows.augmentation.warping import warp

pytestmark = pytest.mark.usefixtures("keras")

SKELETON = Skeleton(["left", "nose", "right"], symmetries=[("left", "right")])
SIZE = 72, 96
GEOMETRY = {
    "rotate": {"rotation_min_angle": -40, "rotation_max_angle": 40},
    "translate": {"translate_min": -6, "translate_max": 6},
    "scale": {"scale_min": 0.8, "scale_max": 1.25},
    "random_flip": {},
    "random_crop": {"random_crop_height": 64, "random_crop_width": 80},
}
EDITIONS = "2026", "sleap-1.4"


def config_of(*names: str, **bounds: Any) -> AugmentationConfig:
    geometry = {key: value for name in names for key, value in GEOMETRY.get(name, {}).items()}
    return AugmentationConfig(**{**geometry, **dict.fromkeys(names, True), **bounds})


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def blobs(points: Any, size: tuple[int, int] = SIZE) -> Any:
    """An image for each point ``(N, 1, P, 2)``, with a channel for each part, bright around it."""
    y, x = np.mgrid[: size[0], : size[1]]
    squares = (x - points[..., 0][:, 0, :, None, None]) ** 2
    squares = squares + (y - points[..., 1][:, 0, :, None, None]) ** 2
    return (255 * np.exp(-squares / 18)).transpose(0, 2, 3, 1).astype(np.float32)


def centers(images: Any) -> Any:
    """``(N, 1, P, 2)``: the center of brightness of each channel."""
    array = np.asarray(images, np.float64)
    y, x = np.mgrid[: array.shape[1], : array.shape[2]]
    total = array.sum((1, 2))
    axes = [(array * grid[..., None]).sum((1, 2)) / total for grid in (x, y)]
    return np.stack(axes, -1)[:, None]


POINTS = generator(7).uniform((40, 32), (56, 40), (6, 1, 3, 2))


@pytest.mark.parametrize("name", EDITIONS)
@pytest.mark.parametrize("switches", [*([switch] for switch in GEOMETRY), [*GEOMETRY]], ids=str)
def test_a_point_stays_on_its_pixel(switches: list[str], name: Any) -> None:
    config = config_of(*switches)
    nameless = Skeleton(SKELETON.parts)  # a channel keeps its part in a mirror

    with edition(name):
        images, points = augment(blobs(POINTS), POINTS, config, generator(), skeleton=nameless)

    assert np.abs(points - POINTS).max() > 1
    np.testing.assert_allclose(centers(images), points, atol=0.05)


@pytest.mark.parametrize("name", EDITIONS)
def test_augmentation_that_is_off_changes_nothing(name: Any) -> None:
    images = generator().integers(0, 256, (3, *SIZE, 1), dtype=np.uint8)

    with edition(name):
        same, points = augment(
            images, POINTS[:3], AugmentationConfig(), generator(), skeleton=SKELETON
        )

    np.testing.assert_array_equal(np.asarray(same), images)
    np.testing.assert_array_equal(points, POINTS[:3])


@pytest.mark.parametrize("name", EDITIONS)
def test_changes_by_nothing_change_nothing(name: Any) -> None:
    nothing = {
        "rotation_min_angle": 0,
        "rotation_max_angle": 0,
        "translate_min": 0,
        "translate_max": 0,
        "scale_min": 1,
        "scale_max": 1,
        "uniform_noise_max_val": 0,
        "gaussian_noise_mean": 0,
        "gaussian_noise_stddev": 0,
        "brightness_max_val": 0,
    }
    config = AugmentationConfig(
        rotate=True, translate=True, scale=True, uniform_noise=True, gaussian_noise=True,
        brightness=True, **nothing,
    )  # fmt: skip
    images = generator().integers(0, 256, (3, *SIZE, 3), dtype=np.uint8)

    with edition(name):
        same, points = augment(images, POINTS[:3], config, generator(), skeleton=SKELETON)

    np.testing.assert_allclose(np.asarray(same), images, atol=1e-3)
    np.testing.assert_allclose(points, POINTS[:3], atol=1e-9)


def test_the_inverse_brings_an_image_back() -> None:
    import attrs

    images = blobs(POINTS)
    places = draw_placements(config_of("rotate", "scale"), 6, SIZE, generator())
    back = attrs.evolve(places, matrices=np.linalg.inv(places.matrices))

    again = np.asarray(warp(warp(images, places), back))

    np.testing.assert_allclose(back.move(places.move(POINTS)), POINTS, atol=1e-9)
    assert np.abs(again - images).max() < 0.1 * images.max()  # two bilinear steps smooth the peak


def test_symmetric_parts_swap_their_names_in_a_mirror() -> None:
    config = config_of("random_flip")

    _, points = augment(blobs(POINTS), POINTS, config, generator(), skeleton=SKELETON)

    mirrored = POINTS * [-1, 1] + [SIZE[1] - 1, 0]
    is_flipped = np.abs(points - POINTS).max((1, 2, 3)) > 0
    assert 0 < is_flipped.sum() < len(POINTS)
    np.testing.assert_allclose(points[is_flipped], mirrored[is_flipped][:, :, [2, 1, 0]])
    np.testing.assert_allclose(points[~is_flipped], POINTS[~is_flipped])


def test_a_vertical_mirror_moves_y() -> None:
    config = config_of("random_flip", flip_horizontal=False)

    _, points = augment(
        blobs(POINTS), POINTS, config, generator(), skeleton=Skeleton(SKELETON.parts)
    )

    changed = np.abs(points - POINTS).max((0, 1, 2))
    assert changed[0] == 0
    assert changed[1] > 0


def test_targets_that_stand_no_mirror_and_no_cut_get_none() -> None:
    config = config_of("random_flip", "random_crop")

    images, points = augment(
        blobs(POINTS), POINTS, config, generator(), skeleton=SKELETON, may_flip=False,
        may_crop=False,
    )  # fmt: skip

    np.testing.assert_array_equal(points, POINTS)
    assert np.asarray(images).shape[1:3] == SIZE


@pytest.mark.parametrize("cut", [(64, 80), (100, 120), (64, 120)])
def test_a_cut_has_the_size_that_was_asked_for_and_lies_inside(cut: tuple[int, int]) -> None:
    config = config_of("random_crop", random_crop_height=cut[0], random_crop_width=cut[1])
    images = np.full((8, *SIZE, 1), 100, np.uint8)

    result, _ = augment(images, np.zeros((8, 1, 3, 2)), config, generator(), skeleton=SKELETON)

    inside = np.asarray(result)[:, : min(cut[0], SIZE[0]), : min(cut[1], SIZE[1])]
    assert np.asarray(result).shape[1:3] == cut
    np.testing.assert_allclose(inside, 100, atol=1e-3)


def test_beyond_the_border_is_black_and_in_sleaps_edition_a_reflection() -> None:
    images = np.full((4, *SIZE, 1), 100, np.uint8)
    config = config_of("rotate", rotation_min_angle=30, rotation_max_angle=30)
    points = np.zeros((4, 1, 3, 2))

    black, _ = augment(images, points, config, generator(), skeleton=SKELETON)
    with edition("sleap-1.4"):
        reflected, _ = augment(images, points, config, generator(), skeleton=SKELETON)

    assert np.asarray(black)[:, 0, 0].max() == 0
    np.testing.assert_allclose(np.asarray(reflected), 100, atol=1e-3)


def test_a_shift_is_black_behind_it_in_sleaps_edition_too() -> None:
    images = np.full((4, *SIZE, 1), 100, np.uint8)
    config = config_of("rotate", "translate", translate_min=5, translate_max=5)

    with edition("sleap-1.4"):
        moved, _ = augment(images, np.zeros((4, 1, 3, 2)), config, generator(), skeleton=SKELETON)

    array = np.asarray(moved)
    assert array[:, :5].max() == array[:, :, :5].max() == 0
    np.testing.assert_allclose(array[:, 6:, 6:], 100, atol=1e-3)


def test_x_and_y_have_one_factor_and_in_sleaps_edition_each_its_own() -> None:
    documented = draw_placements(config_of("scale"), 9, SIZE, generator()).matrices
    with edition("sleap-1.4"):
        sleap = draw_placements(config_of("scale"), 9, SIZE, generator()).matrices

    np.testing.assert_array_equal(documented[:, 0, 0], documented[:, 1, 1])
    assert (sleap[:, 0, 0] != sleap[:, 1, 1]).all()


@pytest.mark.parametrize("name", EDITIONS)
def test_a_seed_gives_the_same_and_another_seed_does_not(name: Any) -> None:
    config = config_of(*SWITCHES)

    with edition(name):
        first, second, other = (
            augment(blobs(POINTS), POINTS, config, generator(seed), skeleton=SKELETON)
            for seed in (1, 1, 2)
        )

    np.testing.assert_array_equal(np.asarray(first[0]), np.asarray(second[0]))
    np.testing.assert_array_equal(first[1], second[1])
    assert np.abs(first[1] - other[1]).max() > 0


def test_parts_that_are_not_visible_stay_so() -> None:
    points = POINTS.copy()
    points[:, :, 1] = np.nan

    _, moved = augment(blobs(POINTS), points, config_of(*GEOMETRY), generator(), skeleton=SKELETON)

    np.testing.assert_array_equal(np.isnan(moved), np.isnan(points))

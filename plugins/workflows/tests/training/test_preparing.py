"""What the network sees: a marker stays under its point, whatever is done to the image."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from poise import Skeleton
from poise.job.optimization import AugmentationConfig
from poise.job.sections import PreprocessingConfig
from poise_workflows.examples.labeling import Example
from poise_workflows.examples.splitting import FrameKey
from poise_workflows.training.geometries import geometry_of
from poise_workflows.training.preparing import Preparation, Sample

pytestmark = pytest.mark.usefixtures("keras")

SIZES = (72, 96), (100, 80)
SKELETON = Skeleton(["left", "nose", "right"])
KEYS = FrameKey(0, 3), FrameKey(1, 5)
GEOMETRY: dict[str, dict[str, Any]] = {
    "rotate": {"rotation_min_angle": -20, "rotation_max_angle": 20},
    "translate": {},
    "scale": {"scale_min": 0.85, "scale_max": 1.15},
    "random_flip": {},
    "random_crop": {"random_crop_height": 88, "random_crop_width": 84},
}
ALL = AugmentationConfig(
    **dict.fromkeys(GEOMETRY, True),
    **{name: value for bounds in GEOMETRY.values() for name, value in bounds.items()},
)
EDITIONS = "2026", "sleap-1.4"


def blobs(points: Any, size: tuple[int, int]) -> Any:
    """An image with a channel for each part ``(P, 2)``, bright around it."""
    y, x = np.mgrid[: size[0], : size[1]]
    squares = (x[..., None] - points[:, 0]) ** 2 + (y[..., None] - points[:, 1]) ** 2
    return np.round(255 * np.exp(-squares / 18)).astype(np.uint8)


def centers(image: Any) -> Any:
    """``(P, 2)``: the center of brightness of each channel."""
    array = np.asarray(image, np.float64)
    y, x = np.mgrid[: array.shape[0], : array.shape[1]]
    total = array.sum((0, 1))
    return np.stack([(array * grid[..., None]).sum((0, 1)) / total for grid in (x, y)], -1)


def preparation(
    augmentation: AugmentationConfig | None = None, crop: int | None = None, **changes: Any
) -> Preparation:
    """Two frames of different sizes, one animal each."""
    preprocessing = changes.pop("preprocessing", {})
    augmentation = augmentation or AugmentationConfig()
    random = np.random.default_rng(4)
    points = {key: random.uniform((38, 40), (50, 48), (1, 3, 2)) for key in KEYS}
    examples = {
        key: Example(key=key, points=points[key], classes=np.array([row]))
        for row, key in enumerate(KEYS)
    }
    pictures = {key: blobs(points[key][0], size) for key, size in zip(KEYS, SIZES, strict=True)}
    geometry = geometry_of(
        SIZES,
        3,
        PreprocessingConfig(**preprocessing),
        augmentation,
        max_stride=16,
        crop=crop,
        may_crop=crop is None,
    )
    settings: dict[str, Any] = {
        "pictures": pictures,
        "examples": examples,
        "skeleton": SKELETON,
        "class_order": (1, 0),
        "geometry": geometry,
        "center_on": None,
        "imagenet_mode": None,
        "augmentation": augmentation,
        "may_flip": True,
        "may_crop": crop is None,
        "edition": "2026",
    }
    return Preparation(**{**settings, **changes})


def prepared(prepare: Preparation, seed: int | None = None) -> tuple[Any, Any]:
    random = None if seed is None else np.random.default_rng(seed)
    animal = None if prepare.geometry.crop is None else 0
    return prepare([Sample(key, animal) for key in KEYS], random)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    "preprocessing", [{}, {"input_scaling": 0.5}, {"target_height": 80}, {"pad_to_stride": 64}]
)
@pytest.mark.parametrize("augments", [False, True])
def test_a_marker_stays_under_its_point(edition: Any, preprocessing: Any, augments: bool) -> None:
    prepare = preparation(ALL if augments else None, preprocessing=preprocessing, edition=edition)

    images, labels = prepared(prepare, seed=1 if augments else None)

    assert images.shape[1:] == prepare.geometry.image
    # SLEAP takes no account of the half pixel by which resizing moves centers.
    tolerance = 0.1 if edition == "2026" or not preprocessing.keys() - {"pad_to_stride"} else 0.5
    for image, points in zip(images, labels.points, strict=True):
        np.testing.assert_allclose(centers(image), points[0], atol=tolerance)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("scale", [1, 0.5])
@pytest.mark.parametrize("augments", [False, True])
def test_a_marker_stays_under_its_point_in_crops(
    edition: Any, scale: float, augments: bool
) -> None:
    prepare = preparation(
        ALL if augments else None,
        crop=64,
        preprocessing={"input_scaling": scale},
        edition=edition,
    )

    images, labels = prepared(prepare, seed=1 if augments else None)

    assert images.shape == (2, 64, 64, 3)
    tolerance = 0.1 if edition == "2026" else 0.5
    for image, points in zip(images, labels.points, strict=True):
        np.testing.assert_allclose(centers(image), points[0], atol=tolerance)
        middle = (points[0].min(0) + points[0].max(0)) / 2
        np.testing.assert_allclose(middle, 31.5, atol=1e-3)


def test_a_crop_has_the_named_part_in_its_middle() -> None:
    _, labels = prepared(preparation(crop=32, center_on="nose"))

    np.testing.assert_allclose(labels.points[:, 0, 1], 15.5, atol=1e-4)


def test_a_cut_of_augmentation_is_the_middle_where_nothing_is_random() -> None:
    prepare = preparation(ALL)

    images, labels = prepared(prepare)

    assert prepare.geometry.augmented == (88, 84)
    for image, points in zip(images, labels.points, strict=True):
        np.testing.assert_allclose(centers(image), points[0], atol=0.1)


def test_the_same_numbers_prepare_the_same_batch_and_others_another_one() -> None:
    prepare = preparation(attrs.evolve(ALL, uniform_noise=True, gaussian_noise=True))

    (first, points), (again, same), (other, _) = (prepared(prepare, seed) for seed in (1, 1, 2))

    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(points.points, same.points)
    assert np.abs(first - other).max() > 0.1


def test_values_are_from_0_to_1_whatever_the_pictures_are() -> None:
    prepare = preparation()
    levels = prepare.pictures
    kinds: dict[str, Any] = {
        "uint8": levels,
        "uint16": {key: image.astype(np.uint16) * 257 for key, image in levels.items()},
        "float32": {key: image.astype(np.float32) / 255 for key, image in levels.items()},
    }
    first, *others = (
        prepared(attrs.evolve(prepare, pictures=pictures))[0] for pictures in kinds.values()
    )

    assert 0.9 < first.max() <= 1
    for values in others:
        np.testing.assert_allclose(values, first, atol=1e-2)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("tf", [1, -1, -1]),
        ("caffe", [0 - 103.939, 0 - 116.779, 255 - 123.68]),
        ("torch", [(1 - 0.485) / 0.229, -0.456 / 0.224, -0.406 / 0.225]),
    ],
)
def test_values_are_normalized_as_imagenet_was(mode: str, expected: Any) -> None:
    red = np.zeros((*SIZES[0], 3), np.uint8)
    red[..., 0] = 255
    prepare = preparation(imagenet_mode=mode, preprocessing={"imagenet_mode": mode})
    pictures = {**prepare.pictures, KEYS[0]: red}

    values, _ = prepared(attrs.evolve(prepare, pictures=pictures))

    np.testing.assert_allclose(values[0, 10, 10], expected, rtol=1e-5)


def test_gray_and_colored_frames_become_the_channels_of_the_network() -> None:
    prepare = preparation()
    gray = {**prepare.pictures, KEYS[0]: prepare.pictures[KEYS[0]][..., :1]}
    for channels in (1, 3):
        geometry = attrs.evolve(prepare.geometry, channels=channels)
        values, _ = prepared(attrs.evolve(prepare, pictures=gray, geometry=geometry))
        assert values.shape[-1] == channels


def test_frames_with_fewer_animals_are_filled_with_animals_that_are_ignored() -> None:
    prepare = preparation()
    pair = attrs.evolve(
        prepare.examples[KEYS[0]],
        points=np.repeat(prepare.examples[KEYS[0]].points, 2, axis=0),
        classes=np.array([0, -1]),
    )

    _, labels = prepared(attrs.evolve(prepare, examples={**prepare.examples, KEYS[0]: pair}))

    assert labels.points.shape == (2, 2, 3, 2)
    assert np.isnan(labels.points[1, 1]).all()
    assert labels.classes.tolist() == [[1, -1], [0, -1]]


def test_the_class_of_a_crop_is_that_of_the_animal_in_its_middle() -> None:
    _, labels = prepared(preparation(crop=32))

    assert labels.classes.tolist() == [[1], [0]]

"""Sizes follow SLEAP's rules: matched, cut, scaled, padded; and crops have room for animals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.job.optimization import AugmentationConfig
from poise.job.sections import InstanceCroppingConfig, PreprocessingConfig
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.geometries import Geometry, crop_size, geometry_of

SIDES = st.integers(1, 400)
STRIDES = st.sampled_from([1, 2, 4, 8, 16, 32, 64])


def sizes_of(
    *sizes: tuple[int, int],
    channels: int = 1,
    augmentation: AugmentationConfig | None = None,
    stride: int = 16,
    crop: int | None = None,
    may_crop: bool = True,
    **preprocessing: Any,
) -> Geometry:
    return geometry_of(
        sizes,
        channels,
        PreprocessingConfig(**preprocessing),
        augmentation or AugmentationConfig(),
        max_stride=stride,
        crop=crop,
        may_crop=may_crop,
    )


@given(SIDES, SIDES, STRIDES, st.floats(0.1, 2))
def test_images_are_padded_to_the_least_multiple_of_the_stride(
    height: int, width: int, stride: int, scale: float
) -> None:
    sizes = sizes_of((height, width), stride=stride, input_scaling=scale)

    for padded, scaled, side in zip(sizes.padded, sizes.scaled, (height, width), strict=True):
        assert scaled == max(1, int(side * scale))
        assert padded % stride == 0
        assert 0 <= padded - scaled < stride


def test_images_are_padded_to_the_stride_that_is_named_and_to_that_of_the_network() -> None:
    assert sizes_of((100, 100), pad_to_stride=32).padded == (128, 128)
    assert sizes_of((100, 100), pad_to_stride=1).padded == (112, 112)
    assert sizes_of((100, 100), pad_to_stride=24).padded == (144, 144)


def test_frames_of_several_sizes_become_the_largest_or_the_target() -> None:
    assert sizes_of((60, 100), (80, 90)).frame == (80, 100)
    assert sizes_of((60, 100), (80, 90), target_height=64).frame == (64, 100)


def test_frames_of_several_sizes_are_refused_where_none_is_matched() -> None:
    with pytest.raises(TrainingError) as error:
        sizes_of((60, 100), (80, 90), (60, 100), resize_and_pad_to_target=False)

    assert "must be true for frames of 2 sizes (60 × 100, 80 × 90), got false" in str(error.value)
    assert sizes_of((60, 100), (60, 100), resize_and_pad_to_target=False).frame == (60, 100)


def test_a_random_cut_decides_what_the_network_sees() -> None:
    cut = AugmentationConfig(random_crop=True, random_crop_height=48, random_crop_width=64)

    assert sizes_of((100, 100), augmentation=cut, input_scaling=0.5).image == (32, 32, 1)
    assert sizes_of((100, 100), augmentation=cut, may_crop=False).augmented == (100, 100)


def test_around_animals_frames_are_not_padded_and_the_network_sees_the_crop() -> None:
    sizes = sizes_of((50, 70), crop=32)

    assert sizes.padded == sizes.scaled == (50, 70)
    assert sizes.image == (32, 32, 1)


@pytest.mark.parametrize(
    ("channels", "preprocessing", "expected"),
    [
        (3, {}, 3),
        (1, {"ensure_rgb": True}, 3),
        (3, {"ensure_grayscale": True}, 1),
        (1, {"imagenet_mode": "tf"}, 3),
    ],
)
def test_channels_are_those_of_the_first_frame_unless_the_job_decides(
    channels: int, preprocessing: Any, expected: int
) -> None:
    assert sizes_of((32, 32), channels=channels, **preprocessing).channels == expected


POINTS = st.lists(st.tuples(st.floats(0, 300), st.floats(0, 300)), min_size=1, max_size=5)


@given(st.lists(POINTS, min_size=1, max_size=4), st.floats(0.25, 2), STRIDES)
def test_crops_have_room_for_the_longest_animal_and_are_the_least_multiple(
    animals: Any, scale: float, stride: int
) -> None:
    arrays = [np.array(points) for points in animals]
    longest = max(float(np.ptp(points, axis=0).max()) for points in arrays) * scale

    side = crop_size(arrays, scale, InstanceCroppingConfig(), stride)

    assert side % stride == 0
    assert side >= longest + 16 > side - stride


def test_a_crop_size_that_fits_the_network_is_taken_as_it_is_and_another_one_is_the_least() -> None:
    long = [np.array([[0.0, 0.0], [200.0, np.nan]])]

    assert crop_size(long, 1, InstanceCroppingConfig(crop_size=64), 16) == 64
    assert crop_size(long, 1, InstanceCroppingConfig(crop_size=70), 16) == 224
    assert crop_size([], 1, InstanceCroppingConfig(crop_size=70), 16) == 80

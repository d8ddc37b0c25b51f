"""Crops: where they are cut, and what is outside of the image."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from poise_workflows.pipelines.crops import cut_crops

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 40, 50, 3), np.uint8)


@given(x=st.integers(0, 42), y=st.integers(0, 32), which=st.integers(0, 1))
def test_a_crop_between_pixels_of_an_even_side_is_a_copy(x: int, y: int, which: int) -> None:
    center = np.array([[x + 3.5, y + 3.5]], np.float32)

    (crop,) = cut_crops(IMAGES, np.array([which]), center, 8)

    np.testing.assert_array_equal(crop, IMAGES[which, y : y + 8, x : x + 8])


def test_a_crop_in_the_middle_of_four_pixels_is_their_mean_truncated() -> None:
    image = np.array([[0, 1], [2, 4]], np.uint8)[None, :, :, None]

    crop = cut_crops(image, np.array([0]), np.array([[0.5, 0.5]]), 1)

    assert crop.tolist() == [[[[1]]]]


def test_a_sample_just_outside_of_the_image_is_zero_and_not_blended() -> None:
    image = np.full((1, 4, 4, 1), 200, np.uint8)

    crop = cut_crops(image, np.array([0]), np.array([[0.25, 1.5]]), 2)

    assert crop[0, :, :, 0].tolist() == [[0, 200], [0, 200]]


@given(x=st.floats(-3, 52), y=st.floats(-3, 42), side=st.integers(1, 12))
def test_places_of_sleap_are_the_same_but_for_rounding(x: float, y: float, side: int) -> None:
    ramp = np.mgrid[:40, :50].sum(axis=0)[None, :, :, None].astype(np.float32)
    center, which = np.array([[x, y]], np.float32), np.array([0])

    exact, rounded = (cut_crops(ramp, which, center, side, as_sleap=way) for way in (False, True))

    inside = (exact > 0) & (rounded > 0)  # at the border, rounding decides what is outside
    np.testing.assert_allclose(exact[inside], rounded[inside], atol=1e-3)


def test_floats_stay_floats() -> None:
    image = np.array([[0.0, 1.0]], np.float32)[None, :, :, None]

    assert cut_crops(image, np.array([0]), np.array([[0.25, 0]]), 1)[0, 0, 0, 0] == 0.25


def test_no_animals_give_no_crops() -> None:
    crops = cut_crops(IMAGES, np.empty(0, np.intp), np.empty((0, 2)), 8)

    assert crops.shape == (0, 8, 8, 3)
    assert crops.dtype == np.uint8

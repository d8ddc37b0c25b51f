"""Frames in the size and with the channels that a network takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.editions import edition
from poise_workflows.frames.preparation import SizeMatch, with_channels

sides = st.integers(1, 40)


def test_a_frame_of_the_target_size_stays() -> None:
    image = np.arange(48, dtype=np.uint8).reshape(4, 12, 1)
    match = SizeMatch((4, 12), (4, 12))

    assert match.image(image) is image
    assert match.undo(image) is image


@given(size=st.tuples(sides, sides), target=st.tuples(sides, sides))
def test_a_frame_fills_the_target_in_one_direction_and_keeps_its_aspect_ratio(
    size: tuple[int, int], target: tuple[int, int]
) -> None:
    match = SizeMatch(size, target)
    image = match.image(np.full((*size, 3), 200, np.uint8))
    height, width = match.resized

    assert image.shape == (*target, 3)
    assert image.dtype == np.uint8
    assert (image[:height, :width] >= 199).all()
    assert not image[height:].any()
    assert not image[:, width:].any()
    assert height >= target[0] - 1 or width >= target[1] - 1


def test_integers_are_truncated_after_bilinear_resizing_between_pixel_centers() -> None:
    image = np.array([[0, 10, 20, 255]], np.uint8)[..., None]

    grown = SizeMatch((1, 4), (2, 8)).image(image)

    assert grown[0, :, 0].tolist() == [0, 2, 7, 12, 17, 78, 196, 255]
    assert SizeMatch((1, 4), (1, 2)).image(image)[0, :, 0].tolist() == [5, 137]


def test_points_are_where_the_pixels_were() -> None:
    image = np.zeros((40, 60, 1), np.uint8)
    image[18:22, 28:32] = 200
    match = SizeMatch((40, 60), (90, 100))
    rows, columns = np.nonzero(match.image(image)[..., 0] > 100)
    seen = np.array([columns.mean(), rows.mean()])

    np.testing.assert_allclose(match.undo(seen), [29.5, 19.5], atol=0.3)


def test_sleap_divides_points_by_the_ratio() -> None:
    match = SizeMatch((40, 60), (90, 100))

    with edition("sleap-1.4"):
        points = match.undo(np.array([[50.0, 25.0]]))

    np.testing.assert_allclose(points, [[30, 15]])


def test_luma_of_bytes_is_rounded_as_sleap_rounds() -> None:
    image = np.array([[[255, 255, 255], [200, 100, 50], [0, 0, 255], [1, 1, 1]]], np.uint8)

    gray = with_channels(image, 1)

    # (0.2989 · 200 + 0.5870 · 100 + 0.1140 · 50) / 255 · 255.5 = 124.42
    assert gray[0, :, 0].tolist() == [255, 124, 29, 1]


def test_gray_frames_keep_every_value_when_they_were_repeated_to_rgb() -> None:
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)

    colored = with_channels(gray, 3)

    np.testing.assert_array_equal(colored, np.repeat(gray, 3, axis=-1))
    np.testing.assert_array_equal(with_channels(colored, 1), gray)


def test_luma_of_floats_is_not_rounded() -> None:
    image = np.array([[[1.0, 0.5, 0.25]]], np.float32)

    np.testing.assert_allclose(with_channels(image, 1), [[[0.6209]]], rtol=1e-6)


@pytest.mark.parametrize(("channels", "network"), [(1, 1), (3, 3), (2, 3), (4, 1)])
def test_other_counts_of_channels_stay(channels: int, network: int) -> None:
    image: Any = np.ones((2, 2, channels), np.uint8)

    assert with_channels(image, network) is image

"""Frames as SLEAP sees them."""

from __future__ import annotations

import numpy as np
import pytest

from poise_workflows.frames.sources import as_seen, channels_of, checked, read_each

COLORED = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)


def test_an_image_is_gray_if_its_first_and_last_channel_are_equal() -> None:
    tinted = COLORED.copy()
    tinted[..., 2] = tinted[..., 0]

    assert channels_of(COLORED) == 3
    assert channels_of(tinted) == 1
    assert channels_of(COLORED[..., :1]) == 1


def test_of_a_gray_source_blue_is_kept() -> None:
    np.testing.assert_array_equal(as_seen(COLORED, 1), COLORED[..., 2:])
    np.testing.assert_array_equal(as_seen(COLORED, 3), COLORED)
    np.testing.assert_array_equal(as_seen(COLORED[..., 1:2], 3)[..., 2], COLORED[..., 1])


def test_a_frame_of_another_size_is_unreadable() -> None:
    frame = checked(7, COLORED, (4, 4))

    assert frame.image is None
    assert frame.reason == "must be 4 × 4 pixels as frame 0, got 2 × 4"


def test_a_frame_that_cannot_be_loaded_ends_nothing() -> None:
    def load(number: int) -> np.ndarray:
        if number == 1:
            raise OSError("no such block")
        return COLORED

    frames = list(read_each([2, 1, 0], (2, 4), 3, load))

    assert [frame.number for frame in frames] == [2, 1, 0]
    assert [frame.image is None for frame in frames] == [False, True, False]
    assert frames[1].reason == "OSError: no such block"


@pytest.mark.parametrize("channels", [1, 3])
def test_images_stay_contiguous(channels: int) -> None:
    assert as_seen(COLORED, channels).flags.c_contiguous

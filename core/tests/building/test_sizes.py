"""Image sizes: which fit, and what is said of those that do not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise import BuildError
from poise.building.sizes import check_image_size, checked_image, nearest_sizes


@pytest.mark.parametrize(
    ("image", "checked"),
    [
        ((64, 32, 1), (64, 32, 1)),
        ([64, 32, 3], (64, 32, 3)),
        ((None, None, 1), (None, None, 1)),
        ((np.int64(64), np.uint8(32), np.int32(1)), (64, 32, 1)),
    ],
)
def test_an_image_is_height_width_and_channels(image, checked):
    assert checked_image(image) == checked
    assert all(size is None or type(size) is int for size in checked_image(image))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ((64, 64), "must be (height, width, channels), got (64, 64) @ image"),
        (64, "must be (height, width, channels), got 64 @ image"),
        ("abc", "must be (height, width, channels), got 'abc' @ image"),
        (
            (0, 64, 1),
            "height must be a positive integer (or None for any), got 0 @ image",
        ),
        (
            (64, 64.0, 1),
            "width must be a positive integer (or None for any), got 64.0 @ image",
        ),
        ((64, 64, None), "channels must be a positive integer, got None @ image"),
        (
            (True, "64", 0),
            "no image:\n"
            "  height must be a positive integer (or None for any), got True @ image\n"
            "  width must be a positive integer (or None for any), got '64' @ image\n"
            "  channels must be a positive integer, got 0 @ image",
        ),
    ],
)
def test_what_is_no_image_size_is_refused(image, message):
    with pytest.raises(BuildError) as error:
        checked_image(image)

    assert str(error.value) == message


@pytest.mark.parametrize("image", [(64, 96, 1), (None, 96, 1), (None, None, 1)])
def test_multiples_and_unknown_sizes_fit(image):
    assert check_image_size(image, 32) is None


@pytest.mark.parametrize(
    ("image", "options", "message"),
    [
        (
            (100, 64, 1),
            {},
            "height must be a multiple of 32, got 100; use 96 or 128, or pass auto_pad=True "
            "@ image",
        ),
        (
            (64, 20, 1),
            {},
            "width must be a multiple of 32, got 20; use 32, or pass auto_pad=True @ image",
        ),
        (
            (100, 20, 1),
            {},
            "the image does not fit the backbone:\n"
            "  height must be a multiple of 32, got 100; use 96 or 128, or pass auto_pad=True "
            "@ image\n"
            "  width must be a multiple of 32, got 20; use 32, or pass auto_pad=True @ image",
        ),
        (
            (40, 64, 1),
            {"minimum": 64},
            "height must be a multiple of 32, got 40; use 64, or pass auto_pad=True @ image",
        ),
        (
            (None, 32, 1),
            {"minimum": 64},
            "width must be at least 64 for this backbone, got 32; use 64 @ image",
        ),
        (
            (20, 64, 1),
            {"minimum": 64, "padded": True},
            "height must be at least 64 for this backbone, got 20; use 64 @ image",
        ),
    ],
)
def test_a_size_that_does_not_fit_is_answered_with_the_nearest_that_do(image, options, message):
    with pytest.raises(BuildError) as error:
        check_image_size(image, 32, **options)

    assert str(error.value) == message


def test_a_model_that_pads_takes_any_size_that_is_large_enough():
    assert check_image_size((33, 127, 1), 32, minimum=64, padded=True) is None


@given(st.integers(1, 5000), st.integers(1, 128), st.integers(1, 300))
def test_the_nearest_sizes_fit_and_none_that_fits_is_nearer(size, multiple, minimum):
    nearest = nearest_sizes(size, multiple, minimum)
    fitting = [candidate for candidate in range(multiple, 6000, multiple) if candidate >= minimum]

    assert set(nearest) <= set(fitting)
    assert min(abs(candidate - size) for candidate in nearest) == min(
        abs(candidate - size) for candidate in fitting
    )

"""The comparison of a runtime with Poise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise import PluginError
from poise_workflows.exporting.pictures import made_up
from poise_workflows.exporting.proving import compare

MAPS = np.random.default_rng(0).random((4, 6, 5, 2))


def test_equal_outputs_are_proven() -> None:
    comparison = compare("maps", [(MAPS, MAPS.copy())], None, 1e-4)

    assert comparison.fault == ""
    assert comparison.difference == 0
    assert comparison.largest == MAPS.max()


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_the_tolerance_is_a_part_of_the_largest_magnitude(factor: float) -> None:
    here = 1000 * MAPS - 500
    there = here.copy()
    there[2, 1, 4, 1] += factor * 1e-4 * np.abs(here).max()

    comparison = compare("maps", [(there, here)], None, 1e-4)

    assert bool(comparison.fault) == (factor > 1)
    assert comparison.part == pytest.approx(factor * 1e-4, rel=1e-3)


def test_the_message_says_where_and_by_how_much() -> None:
    wrong = MAPS.copy()
    wrong[1, 2, 3, 0] += 0.5

    comparison = compare("maps", [(MAPS, MAPS), (wrong, MAPS)], None, 1e-4)

    assert comparison.where == (5, 2, 3, 0)
    assert "got 0.5 (" in comparison.fault
    assert "in frame 5 at [2, 3, 0]" in comparison.fault
    assert f"{wrong[1, 2, 3, 0]:.6g} instead of {MAPS[1, 2, 3, 0]:.6g}" in comparison.fault


def test_a_number_in_the_place_of_none_is_no_proof() -> None:
    points, other = MAPS.copy(), MAPS.copy()
    points[0, 0, 0], other[0, 0, 0] = np.nan, np.nan
    assert compare("points", [(points, other)], 0.01, 0).fault == ""

    other[3, 0, 0] = np.nan

    comparison = compare("points", [(other, points)], 0.01, 0)
    assert comparison.difference == float("inf")
    assert "in frame 3" in comparison.fault


@pytest.mark.parametrize(("off", "is_fine"), [(0.009, True), (0.011, False)])
def test_places_are_compared_by_pixels(off: float, is_fine: bool) -> None:
    far = MAPS * 1000

    comparison = compare("points", [(far + off, far)], 0.01, 1e-4)

    assert (comparison.fault == "") == is_fine


def test_outputs_of_zeros_prove_nothing() -> None:
    zeros = np.zeros_like(MAPS)

    assert "got 0 everywhere" in compare("maps", [(zeros, zeros)], None, 1e-4).fault


def test_another_shape_is_an_error_of_the_exporter() -> None:
    with pytest.raises(PluginError, match=r"must have the shape \(4, 6, 5, 2\) in its runtime"):
        compare("maps", [(MAPS[:, 1:], MAPS)], None, 1e-4)


@pytest.mark.parametrize(("dtype", "largest"), [("uint8", 255), ("float32", 1)])
def test_made_up_images_are_different_and_not_blank(dtype: str, largest: Any) -> None:
    images = made_up(8, (40, 56, 3), dtype)

    assert (images.shape, images.dtype.name) == ((8, 40, 56, 3), dtype)
    assert images.min() >= 0
    assert images.max() <= largest
    assert (images.std(axis=(1, 2, 3)) > 0.05 * largest).all()
    assert len({image.tobytes() for image in images}) == 8
    np.testing.assert_array_equal(images, made_up(8, (40, 56, 3), dtype))

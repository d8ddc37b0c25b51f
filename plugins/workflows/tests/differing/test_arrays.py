"""How far two arrays are apart, by hand."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from poise_workflows.differing.arrays import difference_of
from poise_workflows.differing.results import ArrayDifference


def difference(a: object, b: object, tolerance: float = 0.0) -> ArrayDifference | None:
    return difference_of("layer/kernel", np.array(a), np.array(b), tolerance)


def test_the_largest_difference_is_told_beside_the_largest_magnitude() -> None:
    assert difference([1.0, -8.0, 2.0], [1.0, -8.0, 4.0]) == ArrayDifference(
        name="layer/kernel", a=(3,), b=(3,), largest=2.0, relative=0.25, count=1, size=3
    )


@pytest.mark.parametrize(
    ("a", "b"),
    [([1.0, 2.0], [1.0, 2.0]), ([nan, 1.0], [nan, 1.0]), ([inf, -inf], [inf, -inf]), ([], [])],
)
def test_equal_numbers_are_no_difference_nor_are_nan_and_infinity(a: object, b: object) -> None:
    assert difference(a, b) is None


def test_nan_on_one_side_is_a_difference_of_no_size() -> None:
    assert difference([nan, 1.0], [0.0, 1.0], tolerance=10) == ArrayDifference(
        name="layer/kernel", a=(2,), b=(2,), largest=0.0, relative=0.0, count=1, nan=1, size=2
    )


@pytest.mark.parametrize(("a", "b"), [(inf, 1.0), (inf, -inf), (1.0, -inf)])
def test_an_infinite_number_is_infinitely_far_from_any_other(a: float, b: float) -> None:
    result = difference([a], [b], tolerance=10)

    assert result is not None
    assert (result.largest, result.count, result.nan) == (inf, 1, 0)


@pytest.mark.parametrize(("tolerance", "count"), [(0.0, 3), (0.1, 2), (1.0, 1), (2.0, None)])
def test_what_is_within_the_tolerance_counts_as_equal(tolerance: float, count: int | None) -> None:
    result = difference([0.0, 0.0, 0.0], [0.0625, 0.5, 2.0], tolerance)

    assert (result and result.count) == count


def test_half_precision_is_compared_without_rounding_the_other_side() -> None:
    result = difference_of("a", np.array([1], "float16"), np.array([1 + 2**-20], "float64"), 0.0)

    assert result is not None
    assert result.largest == 2**-20


def test_integers_do_not_wrap_around() -> None:
    result = difference_of("a", np.array([0], "uint8"), np.array([1], "uint8"), 0.0)

    assert result is not None
    assert result.largest == 1.0

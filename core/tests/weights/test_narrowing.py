"""No number changes on its way into a variable without a word."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.weights.narrowing import change_of


def change(values: list[float], before: str, after: str) -> str:
    array = np.array(values, before)
    with np.errstate(all="ignore"):
        return change_of(array, array.astype(after))


@pytest.mark.parametrize(
    ("values", "before", "after", "what"),
    [
        ([1, 0.5, np.nan, np.inf, 0], "f8", "f4", ""),
        ([1, 0.1], "f4", "f4", ""),
        ([1, 0.1], "f2", "f4", ""),
        ([1, 255], "u1", "f4", ""),
        ([1e300, 1, 1], "f8", "f4", "float64 to float32: 1 too large"),
        ([1e-300, 0, 1], "f8", "f4", "float64 to float32: 1 too small"),
        ([0.1, 0.2, 1], "f8", "f4", "float64 to float32: 2 rounded"),
        ([1e300, 1e-300], "f8", "f4", "float64 to float32: 1 too large, 1 too small"),
        ([70000, 1e-9, 0.5], "f4", "f2", "float32 to float16: 1 too large, 1 too small"),
        ([2**24 + 1, 1], "i4", "f4", "int32 to float32: 1 rounded"),
        ([300, 1], "i4", "i1", "int32 to int8: 1 too large"),
        ([1.5, 2], "f4", "i4", "float32 to int32: 1 rounded"),
    ],
)
def test_what_a_type_changes_is_counted(
    values: list[float], before: str, after: str, what: str
) -> None:
    assert change(values, before, after) == what


@given(st.lists(st.floats(width=64), max_size=8), st.sampled_from(["f2", "f4"]))
def test_a_change_is_told_if_and_only_if_a_number_differs(values: list[float], after: str) -> None:
    array = np.array(values, "f8")
    with np.errstate(all="ignore"):
        narrow = array.astype(after)
    same = np.array_equal(array, narrow.astype("f8"), equal_nan=True)
    assert (change_of(array, narrow) == "") == same

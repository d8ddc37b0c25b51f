"""Arrays as the variables of a model store them."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from poise.weights.slots import Slot


def stored(values: Any, dtype: str) -> Any:
    """The values as a variable of this type stores them, without a word of NumPy's."""
    slot = Slot(("layer",), "kernel", (2,), SimpleNamespace(dtype=dtype))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return slot.stored(np.array(values))


def test_a_number_that_is_too_large_becomes_infinite() -> None:
    np.testing.assert_array_equal(stored([1.0, 1e300], "float32"), np.array([1, np.inf], "f4"))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_integers_take_what_they_cannot_hold_without_a_warning(value: float) -> None:
    array = stored([3.0, value], "int32")

    assert array.dtype == np.int32
    assert array[0] == 3


def test_a_type_that_numpy_lacks_leaves_the_array_as_it_is() -> None:
    array = stored([1.0, 2.0], "bfloat17")

    np.testing.assert_array_equal(array, np.array([1.0, 2.0]), strict=True)

"""Numbers of unusual types are the same numbers, or what the caller refuses."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
import pytest

from poise.arrays import native, on_host

LARGE = 2**63
"""The smallest whole number that int64 lacks."""


class Level(enum.IntEnum):
    LOW = 2


@pytest.mark.parametrize(
    "array",
    [np.array([1, LARGE], "uint64"), np.array([1, LARGE], object), np.array([1, 2**70], object)],
    ids=["unsigned", "objects", "larger than any type"],
)
def test_whole_numbers_that_int64_lacks_become_floats(array: Any) -> None:
    np.testing.assert_array_equal(native(array), array.astype("float64"), strict=True)


@pytest.mark.parametrize("numbers", [[], [1, LARGE - 1]])
def test_unsigned_numbers_that_int64_has_stay_whole(numbers: Any) -> None:
    array = np.array(numbers, "uint64")

    np.testing.assert_array_equal(native(array), np.array(numbers, "int64"), strict=True)


def test_a_number_that_no_type_has_is_left_to_be_refused() -> None:
    array = np.array([1, 10**400], object)

    assert native(array) is array


def test_members_of_an_enum_are_numbers() -> None:
    array = np.array([Level.LOW, 3], object)

    np.testing.assert_array_equal(native(array), np.array([2, 3], "int64"), strict=True)


@pytest.mark.parametrize("kind", [int, float, object])
def test_a_masked_number_becomes_nan(kind: Any) -> None:
    masked = np.ma.masked_array(np.array([1, 2], kind), [False, True])

    np.testing.assert_array_equal(native(masked), np.array([1.0, np.nan]), strict=True)
    assert not isinstance(native(masked), np.ma.MaskedArray)


def test_what_is_masked_among_objects_may_be_anything() -> None:
    masked = np.ma.masked_array(np.array([1, "left"], object), [False, True])

    np.testing.assert_array_equal(native(masked), np.array([1.0, np.nan]), strict=True)


@pytest.mark.backends
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int32"])
def test_tensors_of_every_type_come_to_the_host_as_they_are(keras: Any, dtype: str) -> None:
    tensor = keras.ops.cast(np.arange(6).reshape(2, 3), dtype)

    assert np.asarray(on_host(tensor), "float32").tolist() == [[0, 1, 2], [3, 4, 5]]


def test_numpy_reads_a_tensor_of_tensorflow_in_its_own_memory(keras: Any) -> None:
    if keras.backend.backend() != "tensorflow":
        pytest.skip("other backends hand out their memory by themselves")
    tensor = keras.ops.ones((2, 3))
    array = on_host(tensor)

    assert np.shares_memory(array, on_host(tensor))
    assert np.shares_memory(array, np.asarray(memoryview(tensor)))
    assert not array.flags.writeable

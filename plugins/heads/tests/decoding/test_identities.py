"""Which peak or crop has a class, where several might."""

from __future__ import annotations

import numpy as np
import pytest

from poise_heads.decoding.identities import classes_of_groups


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("others", [0, 1, 5])
def test_of_two_that_are_as_sure_of_a_class_the_first_has_it(others: int, dtype: type) -> None:
    unsure = [[0.1, 0.2]] * others
    probabilities = np.array([*unsure, [1, 0], [1, 0], [0, 1], [0, 1]], dtype)

    member, classes = classes_of_groups(probabilities, np.zeros(len(probabilities), np.int64))

    assert member.tolist() == [others, others + 2]
    assert classes.tolist() == [0, 1]


def test_the_last_bit_of_a_probability_decides() -> None:
    below = np.nextafter(np.float32(1), np.float32(0))
    probabilities = np.array([[below, 0], [1, 0], [0, 1]], np.float32)

    member, classes = classes_of_groups(probabilities, np.zeros(3, np.int64))

    assert member.tolist() == [1, 2]
    assert classes.tolist() == [0, 1]

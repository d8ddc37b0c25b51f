"""What labels say of sizes and distances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise_workflows.examples.labeling import Example
from poise_workflows.examples.splitting import FrameKey
from poise_workflows.recommending.animals import animals_of

NAN = float("nan")


def frame(number: int, *animals: Any) -> Example:
    points = np.array(animals, float)
    return Example(key=FrameKey(0, number), points=points, classes=np.full(len(points), -1))


def test_size_is_the_longer_side_of_the_box_and_spacing_the_shortest_distance() -> None:
    animals = animals_of([frame(0, [(10, 10), (40, 10), (40, 14)])])

    assert animals.size == 30
    assert animals.spacing == 4
    assert animals.distance is None
    assert animals.each_frame == 1


def test_nine_of_ten_animals_are_smaller() -> None:
    frames = [frame(n, [(0, 0), (n, 0)]) for n in range(1, 101)]

    animals = animals_of(frames)

    assert animals.size == pytest.approx(90, abs=0.2)
    assert animals.spacing == pytest.approx(11, abs=0.2)


def test_distance_is_that_of_one_part_of_two_animals() -> None:
    # The head of one animal touches the tail of the other, which are in different maps.
    animals = animals_of([frame(0, [(0, 0), (20, 0)], [(21, 0), (41, 0)])])

    assert animals.distance == 21
    assert animals.each_frame == 2


def test_parts_that_are_not_visible_do_not_count() -> None:
    animals = animals_of([frame(0, [(0, 0), (NAN, NAN), (8, 0)], [(0, 50), (3, 50), (NAN, NAN)])])

    assert animals.size == pytest.approx(7.5)
    assert animals.spacing == pytest.approx(3.5)
    assert animals.distance == 50


def test_animals_of_one_part_have_no_size() -> None:
    animals = animals_of([frame(0, [(5, 5)]), frame(1, [(7, 5)])])

    assert (animals.size, animals.spacing, animals.distance) == (None, None, None)


def test_parts_in_one_place_are_not_told_apart_by_any_network() -> None:
    assert animals_of([frame(0, [(5, 5), (5, 5), (5, 9)])]).spacing == 4

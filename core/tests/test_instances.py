"""Instances: plain arrays, padded with NaN."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from poise import Dropped, Instances, PluginError, editions
from poise.editions import EDITIONS, Edition
from poise.instances import gathered


def some(**given: Any) -> Instances:
    """Three animals of two parts: two in the first image, none in the second, one in the third."""
    points = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    fields: dict[str, Any] = {
        "points": points,
        "point_scores": points[..., 0],
        "instance_scores": np.array([0.5, 0.75, 0.25], dtype=np.float32),
        "image": np.array([0, 2, 0]),
        "images": 3,
        "parts": ["head", "tail"],
    }
    return gathered(**(fields | given))


def test_animals_are_put_into_their_image_in_the_order_given() -> None:
    animals = some()
    assert len(animals) == 3
    assert animals.counts.tolist() == [2, 0, 1]
    assert animals.parts == ("head", "tail")
    np.testing.assert_array_equal(animals.points[0, :, 0], [[0, 1], [8, 9]])
    np.testing.assert_array_equal(animals.points[2, 0], [[4, 5], [6, 7]])
    np.testing.assert_array_equal(
        animals.instance_scores, [[0.5, 0.25], [np.nan] * 2, [0.75, np.nan]]
    )
    assert np.isnan(animals.points[1]).all()
    assert np.isnan(animals.point_scores[2, 1]).all()
    assert animals.classes is None


def test_animals_without_a_class_and_padding_have_the_class_minus_one() -> None:
    animals = some(
        classes=np.array([1, 0, -1]), class_scores=np.ones(3), class_names=["female", "male"]
    )
    assert animals.classes is not None
    assert animals.classes.tolist() == [[1, -1], [-1, -1], [0, -1]]
    assert animals.class_names == ("female", "male")


def test_the_animals_of_one_image_come_without_padding() -> None:
    animals = some(classes=np.array([1, 0, 1]), class_scores=np.ones(3), class_names=["a", "b"])
    single = animals.in_image(2)
    assert single.points.shape == (1, 1, 2, 2)
    assert single.counts.tolist() == [1]
    assert single.classes is not None
    assert single.classes.tolist() == [[0]]
    assert animals.in_image(-1).points.tolist() == single.points.tolist()
    assert animals.in_image(1).points.shape == (1, 0, 2, 2)


def test_only_an_image_with_too_many_animals_is_sorted_by_their_scores() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.2, 0.3], dtype=np.float32)
    given = {
        "points": np.zeros((5, 1, 2), dtype=np.float32),
        "point_scores": np.zeros((5, 1), dtype=np.float32),
        "instance_scores": scores,
        "image": np.array([0, 0, 0, 1, 1]),
        "images": 2,
        "parts": ["head"],
    }
    np.testing.assert_allclose(
        gathered(**given, max_instances=2).instance_scores, [[0.9, 0.5], [0.2, 0.3]]
    )


def test_animals_beyond_the_largest_number_are_counted_beside_those_that_a_decoder_drops() -> None:
    own = Dropped(image=2, count=4, option="least_score", limit=0.3)

    animals = some(max_instances=1, dropped=[own])

    beyond = Dropped(image=0, count=1, option="max_instances", limit=1)
    assert animals.dropped == (own, beyond)
    assert str(beyond) == "max_instances 1"
    assert animals.in_image(0).dropped == (beyond,)
    assert animals.in_image(-1).dropped == (attrs.evolve(own, image=0),)
    assert some(max_instances=2).dropped == ()


def test_what_one_limit_drops_is_counted_image_by_image() -> None:
    assert Dropped.by("least_score", 0.3, [2, 0, 2]) == [
        Dropped(image=0, count=1, option="least_score", limit=0.3),
        Dropped(image=2, count=2, option="least_score", limit=0.3),
    ]
    assert Dropped.by("least_score", 0.3, []) == []


def test_animals_that_are_dropped_from_no_image_of_the_batch_are_refused() -> None:
    with pytest.raises(PluginError, match=r"dropped.image of instances must be .* 3 images, got 3"):
        some(dropped=Dropped.by("least_score", 0.3, [3]))


def test_no_animals_at_all_are_arrays_without_rows() -> None:
    animals = some(
        points=np.zeros((0, 2, 2), dtype=np.float32),
        point_scores=np.zeros((0, 2), dtype=np.float32),
        instance_scores=np.zeros(0, dtype=np.float32),
        image=np.zeros(0, dtype=int),
        max_instances=2,
    )
    assert animals.points.shape == (3, 0, 2, 2)
    assert animals.counts.tolist() == [0, 0, 0]


def test_axes_that_do_not_fit_are_named_all_at_once() -> None:
    with pytest.raises(PluginError) as error:
        Instances(
            points=np.zeros((1, 2, 3, 2)),
            point_scores=np.zeros((1, 2, 2)),
            instance_scores=np.zeros((1, 2)),
            counts=np.zeros(1, dtype=int),
            parts=("head", "tail"),
        )
    assert "points must have the shape (1, 2, 2, 2), got (1, 2, 3, 2)" in str(error.value)


def test_crops_are_moved_to_where_they_were_cut() -> None:
    animals = some()
    moved = animals.moved([[10, 20], [0, 0], [-1, 1]])
    np.testing.assert_array_equal(moved.points[0, 0, 0], animals.points[0, 0, 0] + [10, 20])
    np.testing.assert_array_equal(moved.points[2, 0, 1], animals.points[2, 0, 1] + [-1, 1])
    np.testing.assert_array_equal(animals.moved([1, 2]).points[2, 0, 0], [5, 7])


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("factor", [0.25, 0.5, 1, 2.0])
def test_points_go_back_to_where_resizing_took_them_from(edition: Edition, factor: float) -> None:
    """SLEAP's half pixel is right for a factor of 0.5 and where nothing was resized."""
    animals = some()
    with editions.edition(edition):
        original = animals.unscaled(factor).points
    resized = (original + 0.5) * factor - 0.5
    exact = edition == "2026" or factor in (0.5, 1)
    np.testing.assert_array_equal(np.isnan(original), np.isnan(animals.points))
    assert np.allclose(resized, animals.points, atol=1e-5, equal_nan=True) is exact

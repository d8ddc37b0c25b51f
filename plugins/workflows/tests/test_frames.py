"""Labeled frames: as labels of a batch, resized and cut out."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from poise import Skeleton, editions
from poise.editions import EDITIONS
from poise_workflows.frames import ArgumentError, LabeledFrame

POINTS = [[[10, 20], [14.5, 24]], [[30, 5], [np.nan] * 2], [[np.nan] * 2] * 2]


def frame(**changes: Any) -> LabeledFrame:
    """Three animals of two parts; one part of the second is visible, none of the third."""
    original = LabeledFrame(
        image=None,
        size=(40, 60),
        points=np.array(POINTS, dtype=np.float32),
        skeleton=Skeleton(["head", "tail"], [("head", "tail")]),
        classes=("female", None, "male"),
        class_names=("female", "male"),
        title="made up",
    )
    return attrs.evolve(original, **changes)


def test_labels_have_the_classes_of_the_model() -> None:
    assert frame().labels(None).classes.tolist() == [[0, -1, 1]]
    assert frame().labels(("male", "other")).classes.tolist() == [[-1, -1, 0]]
    assert frame().labels(None).parts == ("head", "tail")


def test_a_frame_without_animals_has_labels_without_rows() -> None:
    empty = frame(points=np.zeros((0, 2, 2), dtype=np.float32), classes=())

    assert empty.labels(None).points.shape == (1, 0, 2, 2)
    assert empty.resized(0.5).points.shape == (0, 2, 2)


def test_a_square_is_cut_out_around_an_animal_which_comes_first() -> None:
    cut = frame().around(1, 10)

    assert cut.size == (10, 10)
    assert cut.classes == (None, "female", "male")
    inside = cut.points[0, 0]
    assert ((inside >= 4) & (inside <= 5)).all()
    np.testing.assert_array_equal(cut.points[1, 0] - inside, [-20, 15])


@pytest.mark.parametrize("animal", [2, 3, -1])
def test_an_animal_that_is_not_visible_cannot_be_cut_out(animal: int) -> None:
    with pytest.raises(ArgumentError) as error:
        frame().around(animal, 10)

    assert str(error.value) == (
        f"must be an animal with a visible part, counted from 0, got {animal}; "
        "3 are labeled, visible: 0, 1 @ animal"
    )


def test_points_move_with_the_pixels_when_a_frame_is_resized() -> None:
    resized = frame().resized(0.5)

    assert resized.size == (20, 30)
    np.testing.assert_array_equal(resized.points[0, 0], [4.75, 9.75])


def test_points_are_resized_as_sleap_does_in_its_edition() -> None:
    with editions.edition("sleap-1.4"):
        resized = frame().resized(0.5)

    np.testing.assert_array_equal(resized.points[0, 0], [5, 10])


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("side", [9, 10])
@pytest.mark.parametrize("edition", EDITIONS)
def test_the_image_shows_what_the_points_mean_after_resizing_and_cutting(
    edition: Any, side: int
) -> None:
    """A bright square of pixels is where its animal is labeled, to half a pixel."""
    image = np.zeros((40, 60, 1), dtype=np.uint8)
    image[18:22, 28:32] = 200
    animal = np.array([[[29.5, 19.5], [29.5, 19.5]]], dtype=np.float32)
    with editions.edition(edition):
        seen = frame(image=image, points=animal, classes=(None,)).resized(0.5).around(0, side)

    assert seen.image is not None
    assert (seen.image.shape, seen.image.dtype) == ((side, side, 1), np.uint8)
    bright = np.argwhere(seen.image[..., 0] > 100).mean(axis=0)[::-1]
    off = 0.25 if edition == "sleap-1.4" else 0  # SLEAP's labels leave out (1 - scale) / 2
    np.testing.assert_allclose(seen.points[0, 0] - bright, [off, off], atol=1e-4)


def test_what_is_outside_of_the_frame_is_black() -> None:
    image = np.full((40, 60), 9, dtype=np.uint8)

    cut = frame(image=image).around(1, 20).image

    assert cut is not None
    assert cut.shape == (20, 20)
    assert set(np.unique(cut[:4])) == {0}
    assert set(np.unique(cut[5:])) == {9}

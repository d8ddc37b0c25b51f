"""Points follow their image through resizing, cropping and padding, and come back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise import Instances, Labels, LabelsError, editions
from poise.editions import EDITIONS, Edition

Array = npt.NDArray[Any]

coordinates = st.floats(-1e3, 1e3, allow_subnormal=False)
factors = st.floats(1 / 16, 8)
sides = st.integers(1, 300)

in_both_editions = pytest.mark.parametrize("edition", EDITIONS)


@st.composite
def points(draw: st.DrawFn) -> Array:
    """(N, I, P, 2), some of them NaN."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, 3)), 2)
    values = draw(st.lists(coordinates, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    array = np.array(values).reshape(shape)
    array[draw(st.integers(0, shape[0] - 1)), :, 0] = np.nan if draw(st.booleans()) else 0.25
    return array


def of_each_image(draw: Any, images: int, values: st.SearchStrategy[float]) -> Array:
    """(N, 2): x and y of each image."""
    numbers = draw(st.lists(values, min_size=2 * images, max_size=2 * images))
    return np.array(numbers).reshape(images, 2)


def instances(points: Array) -> Instances:
    images, animals, parts, _ = points.shape
    return Instances(
        points=points,
        point_scores=np.ones((images, animals, parts)),
        instance_scores=np.ones((images, animals)),
        counts=np.full(images, animals),
        parts=[f"part {number}" for number in range(parts)],
    )


def equal(actual: Any, expected: Any) -> None:
    np.testing.assert_allclose(actual, expected, atol=1e-6)


@in_both_editions
@given(points=points(), data=st.data())
def test_unresizing_takes_points_back_for_a_scale_of_each_image_and_axis(
    edition: Edition, points: Array, data: st.DataObject
) -> None:
    scale = of_each_image(data.draw, len(points), factors)

    with editions.edition(edition):
        resized = Labels(points).resized(scale)
        equal(instances(resized.points).unresized(scale).points, points)


@in_both_editions
@given(points=points(), scale=factors)
def test_one_scale_is_that_of_both_axes_and_all_images(
    edition: Edition, points: Array, scale: float
) -> None:
    with editions.edition(edition):
        resized = Labels(points).resized(scale).points
        for same in ([scale, scale], np.full((len(points), 1), scale)):
            equal(Labels(points).resized(same).points, resized)
        equal(instances(resized).unresized(scale).points, points)


@in_both_editions
@given(points=points(), scale=factors)
def test_unscaling_takes_points_back_less_the_half_pixel_that_sleap_adds(
    edition: Edition, points: Array, scale: float
) -> None:
    added = 0.5 if edition == "sleap-1.4" and scale != 1 else 0

    with editions.edition(edition):
        resized = Labels(points).resized(scale).points
        equal(instances(resized).unscaled(scale).points, points + added)


@in_both_editions
@given(points=points(), size=st.one_of(sides, st.tuples(sides, sides)), data=st.data())
def test_uncropping_takes_points_back_less_the_half_pixel_that_sleap_loses(
    edition: Edition, points: Array, size: int | tuple[int, int], data: st.DataObject
) -> None:
    center = of_each_image(data.draw, len(points), coordinates)
    lost = 0.5 if edition == "sleap-1.4" else 0

    with editions.edition(edition):
        cropped = Labels(points).cropped(center, size).points
        equal(instances(cropped).uncropped(center, size).points, points - lost)


@in_both_editions
@given(points=points(), data=st.data())
def test_unpadding_takes_points_back(edition: Edition, points: Array, data: st.DataObject) -> None:
    before = of_each_image(data.draw, len(points), st.integers(0, 64).map(float))

    with editions.edition(edition):
        padded = Labels(points).padded(before).points
        equal(padded - points, np.where(np.isnan(points), np.nan, before[:, None, None]))
        equal(instances(padded).unpadded(before).points, points)


@given(points=points(), first=factors, second=factors)
def test_resizing_twice_is_resizing_by_the_product(
    points: Array, first: float, second: float
) -> None:
    twice = Labels(points).resized(first).resized(second)

    equal(twice.points, Labels(points).resized(first * second).points)


def test_a_point_moves_with_the_pixels_of_the_image() -> None:
    """The mean position of a bright square is the same point before and after."""
    image = np.zeros((6, 8))
    image[2, 5] = 1
    enlarged = image.repeat(4, axis=0).repeat(3, axis=1)
    middle = np.argwhere(enlarged).mean(axis=0)[::-1]

    equal(Labels([[[[5.0, 2.0]]]]).resized([3, 4]).points[0, 0, 0], middle)


def test_sleap_multiplies_the_points_of_labels() -> None:
    with editions.edition("sleap-1.4"):
        equal(Labels([[[[10.0, 20.0]]]]).resized(0.5).points, [[[[5, 10]]]])


@pytest.mark.parametrize(("edition", "reported"), [("2026", [30, 40]), ("sleap-1.4", [29.5, 39.5])])
def test_a_bright_pixel_found_in_a_crop_is_reported_where_sleap_reports_it(
    edition: Edition, reported: list[float]
) -> None:
    """Measured with SLEAP: pixel (30, 40), a crop of 16 pixels around (33.5, 42.5)."""
    cropped = Labels([[[[30.0, 40.0]]]]).cropped((33.5, 42.5), 16).points
    equal(cropped, [[[[4, 5]]]])

    with editions.edition(edition):
        equal(instances(cropped).uncropped((33.5, 42.5), 16).points, [[[reported]]])


def test_the_size_of_a_crop_is_its_height_and_width() -> None:
    equal(Labels([[[[10.0, 10.0]]]]).cropped((10, 10), (3, 7)).points, [[[[3, 1]]]])


def test_anchors_move_with_points_and_nothing_else_changes() -> None:
    labels = Labels(
        np.full((2, 1, 1, 2), 8.0),
        classes=[[1], [0]],
        parts=["head"],
        anchors=np.full((2, 1, 2), 8.0),
    )

    moved = labels.resized([[2, 2], [1, 1]]).cropped([[8, 8], [4, 4]], 5).padded((1, 2))

    equal(moved.anchors, moved.points[:, :, 0])
    equal(moved.anchors, [[[11.5, 12.5]], [[7, 8]]])
    assert moved.classes.tolist() == [[1], [0]]
    assert moved.parts == ("head",)


def test_points_keep_their_type_of_numbers() -> None:
    points = np.zeros((2, 1, 1, 2), dtype="float32")

    moved = Labels(points).resized([[0.5, 0.5], [2, 2]]).cropped((1, 1), 4).padded((1, 1))

    assert moved.points.dtype == np.float32
    assert instances(points).unresized(np.float64(0.3)).points.dtype == np.float32


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        (0, "must be above 0 and finite, got 0 @ scale"),
        (float("nan"), "must be above 0 and finite, got nan @ scale"),
        (np.array([[0.5, -1.0]]), "must be above 0 and finite, got array([[ 0.5, -1. ]]) @ scale"),
        (
            np.ones((2, 3)),
            "must be a number, x and y (2,), or (N, 2) or (N, 1), got the shape (2, 3) @ scale",
        ),
        (
            [2.0],
            "must be a number, x and y (2,), or (N, 2) or (N, 1), got the shape (1,) @ scale",
        ),
    ],
)
def test_a_scale_of_another_form_is_refused(scale: Any, message: str) -> None:
    with pytest.raises(LabelsError) as caught:
        Labels(np.zeros((2, 1, 1, 2))).resized(scale)

    assert str(caught.value) == message


@pytest.mark.backends
def test_tensors_of_the_backend_move_as_arrays_do(keras: Any) -> None:
    points = np.array([[[[10, 20]]], [[[30, 5]]]], dtype="float32")
    tensors = Labels(keras.ops.convert_to_tensor(points))
    scale = np.array([[0.5, 0.25], [2, 1]])

    for moved, expected in (
        (tensors.resized(0.5), Labels(points).resized(0.5)),
        (tensors.resized(scale), Labels(points).resized(scale)),
        (tensors.cropped((3, 4), 8), Labels(points).cropped((3, 4), 8)),
        (tensors.padded([[1, 2], [3, 4]]), Labels(points).padded([[1, 2], [3, 4]])),
    ):
        equal(keras.ops.convert_to_numpy(moved.points), expected.points)


@pytest.mark.parametrize("scale", [np.float32(0.5), np.int64(2), np.array(0.5), 2])
def test_numbers_of_numpy_are_numbers(scale) -> None:
    points = np.ones((1, 1, 2, 2), np.float32)

    moved = Labels(points).resized(scale).points

    assert moved.dtype == np.float32
    np.testing.assert_array_equal(moved, Labels(points).resized(float(scale)).points)


def test_a_list_is_height_and_width_as_a_tuple_is() -> None:
    labels = Labels(np.ones((1, 1, 2, 2), np.float32))

    np.testing.assert_array_equal(
        labels.cropped((50, 40), [96, 64]).points, labels.cropped((50, 40), (96, 64)).points
    )


@pytest.mark.parametrize("size", [0, -8, 8.5, True, (96,), (96, 0), (1, 2, 3)])
def test_a_crop_needs_a_side_or_height_and_width_in_whole_pixels(size) -> None:
    with pytest.raises(LabelsError, match=r"must be a side in pixels, or \(height, width\), got"):
        Labels(np.ones((1, 1, 2, 2))).cropped((50, 40), size)


def test_a_center_has_x_and_y_for_each_image() -> None:
    with pytest.raises(LabelsError, match=r"x and y \(2,\) or \(N, 2\), got the shape \(1, 1\)"):
        Labels(np.ones((1, 1, 2, 2))).cropped([[50]], 8)

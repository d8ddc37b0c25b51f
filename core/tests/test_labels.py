"""Labels: shapes that fit, and messages that say which do not."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from poise import Labels, LabelsError

POINTS = np.zeros((2, 3, 4, 2), dtype="float32")


def test_labels_need_no_keras() -> None:
    code = "import poise, sys; poise.Labels([[[[1.0, 2.0]]]]); sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_lists_become_arrays_and_names_a_tuple() -> None:
    labels = Labels([[[[1.0, 2.0], [3.0, 4.0]]]], classes=[[0]], parts=["a", "b"])
    assert labels.points.shape == (1, 1, 2, 2)
    assert labels.classes.tolist() == [[0]]
    assert labels.parts == ("a", "b")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"points": POINTS[0]},
            "must have the axes (images, instances, parts, 2), got the shape (3, 4, 2) "
            "@ labels.points",
        ),
        (
            {"points": POINTS[..., :1]},
            "must be (images, instances, parts, 2) with x and y on the last axis, got the "
            "shape (2, 3, 4, 1) @ labels.points",
        ),
        (
            {"points": [[1, 2], [3]]},
            "must be an array (images, instances, parts, 2), got [[1, 2], [3]] @ labels.points",
        ),
        (
            {"points": POINTS, "classes": np.zeros((2, 3))},
            "must be integers (images, instances), got float64 @ labels.classes",
        ),
        (
            {"points": POINTS, "classes": np.zeros((2, 5), dtype=int)},
            "must have 3 instances, as labels.points has, got 5 @ labels.classes",
        ),
        (
            {"points": POINTS, "anchors": np.zeros((1, 3, 2))},
            "must have 2 images, as labels.points has, got 1 @ labels.anchors",
        ),
        (
            {"points": POINTS, "parts": ["a", "b"]},
            "must have 4 names, one for each part of labels.points, got 2 @ labels.parts",
        ),
        (
            {"points": POINTS, "parts": "abcd"},
            "must be a list of names, got 'abcd' @ labels.parts",
        ),
        (
            {"points": POINTS, "parts": ["a", "b", "c", "a"]},
            "part names must be unique, got 'a' twice @ labels.parts[3]",
        ),
        (
            {"points": POINTS > 0},
            "must be numbers (images, instances, parts, 2), got bool @ labels.points",
        ),
    ],
)
def test_labels_that_do_not_fit_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(LabelsError) as caught:
        Labels(**arguments)
    assert str(caught.value) == message


def test_all_that_is_wrong_comes_at_once() -> None:
    with pytest.raises(LabelsError) as caught:
        Labels(POINTS, classes=np.zeros(2, dtype=int), parts=["a"], anchors=np.zeros((2, 3, 3)))
    assert [fault.path for fault in caught.value.faults] == [
        "labels.classes",
        "labels.anchors",
        "labels.parts",
    ]


NUMBERS = [[[[1, 2], [3, 4]]]]


@pytest.mark.parametrize(
    "points",
    [
        np.array(NUMBERS, ">f4"),
        np.array(NUMBERS, ">f8"),
        np.array(NUMBERS, "f2"),
        np.array(NUMBERS, "longdouble"),
        np.array(NUMBERS, ">i4"),
        np.array(NUMBERS, "u2"),
        np.array(NUMBERS, object),
        np.array(NUMBERS, "f4")[..., ::-1][..., ::-1, ::-1][..., ::-1, :],
    ],
    ids=lambda points: str(points.dtype),
)
def test_points_of_any_type_and_byte_order_are_the_same_points(points: Any) -> None:
    labels = Labels(points, anchors=points[:, :, 0])

    np.testing.assert_array_equal(labels.points, NUMBERS)
    for array in (labels.points, labels.anchors):
        assert array.dtype.isnative
        assert array.dtype.itemsize <= 8
        assert all(stride > 0 for stride in array.strides)


@pytest.mark.parametrize("points", [[[[[1, 2], [None, None]]]], [[[[1, 2], [np.nan, np.nan]]]]])
def test_a_part_without_a_point_is_nan_however_it_is_written(points: Any) -> None:
    objects = np.array(points, object)
    masked = np.ma.masked_invalid(np.array(points, float))

    for array in (points, objects, masked):
        np.testing.assert_array_equal(
            Labels(array).points, [[[[1, 2], [np.nan, np.nan]]]], strict=True
        )


@pytest.mark.parametrize("content", ["1", b"1", 1j, True, {}])
def test_objects_that_are_no_numbers_are_refused(content: Any) -> None:
    points = np.array([[[[1, 2], [content, 2]]]], object)

    with pytest.raises(LabelsError, match=r"must be numbers .*, got object @ labels\.points"):
        Labels(points)


@pytest.mark.parametrize("dtype", [">i8", "u4", object])
def test_classes_of_any_integer_type_are_the_same_classes(dtype: Any) -> None:
    classes = Labels(POINTS, classes=np.ones((2, 3), dtype)).classes

    np.testing.assert_array_equal(classes, np.ones((2, 3), "int64"), strict=True)

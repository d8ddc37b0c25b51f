"""Labeled animals that stand in for a stage."""

from __future__ import annotations

import numpy as np

from poise_workflows.pipelines.truth import Truth

NAN = np.nan
TRUTH = Truth(
    np.array([[[0, 0], [10, 20]], [[4, 6], [NAN, NAN]]], np.float32),
    ("head", "tail"),
)


def test_an_animal_is_where_the_middle_of_its_bounding_box_is() -> None:
    np.testing.assert_array_equal(TRUTH.centers(None), [[5, 10], [4, 6]])


def test_an_animal_is_where_its_anchor_is_if_that_is_visible() -> None:
    np.testing.assert_array_equal(TRUTH.centers("tail"), [[10, 20], [4, 6]])


def test_parts_are_found_by_name_and_missing_ones_are_nan() -> None:
    points = TRUTH.of_parts(("tail", "wing"))

    np.testing.assert_array_equal(points[0], [[10, 20], [NAN, NAN]])

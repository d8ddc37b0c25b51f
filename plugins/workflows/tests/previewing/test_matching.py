"""Which decoded animal is which labeled one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from poise import Instances, Skeleton
from poise_workflows.frames.labeled import LabeledFrame
from poise_workflows.previewing.matching import distances_of, matches_of

NAN = float("nan")
LABELED = [[[10, 10], [30, 10]], [[10, 16], [30, 16]], [[80, 80], [80, 60]]]


def frame_of(points: Any, parts: Sequence[str] = ("head", "tail")) -> LabeledFrame:
    array = np.array(points, dtype=np.float32).reshape(-1, len(parts), 2)
    return LabeledFrame(
        image=None,
        size=(100, 100),
        points=array,
        skeleton=Skeleton(parts, ()),
        classes=(None,) * len(array),
        class_names=(),
        title="made up",
    )


def decoded_of(points: Any, parts: Sequence[str] = ("head", "tail")) -> Instances:
    array = np.array(points, dtype=np.float32).reshape(1, -1, len(parts), 2)
    return Instances(
        points=array,
        point_scores=np.ones(array.shape[:3], np.float32),
        instance_scores=np.ones(array.shape[:2], np.float32),
        counts=np.array([array.shape[1]]),
        parts=tuple(parts),
    )


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_whatever_the_order_of_decoding_each_animal_matches_its_labels(order: list[int]) -> None:
    decoded = decoded_of(np.array(LABELED)[order] + 1)

    matches = matches_of(frame_of(LABELED), decoded)

    assert matches.tolist() == order
    np.testing.assert_allclose(
        distances_of(frame_of(LABELED), decoded, matches), np.sqrt(2), rtol=1e-6
    )


def test_two_decoded_animals_never_match_the_same_labels() -> None:
    """Both are nearest to the first labeled animal."""
    decoded = decoded_of([[[10, 11], [30, 11]], [[10, 12], [30, 12]]])

    assert matches_of(frame_of(LABELED), decoded).tolist() == [0, 1]


def test_what_is_further_away_than_an_animal_is_long_matches_none() -> None:
    decoded = decoded_of([[[10, 50], [30, 50]], [[80, 81], [80, 61]]])

    matches = matches_of(frame_of(LABELED), decoded)

    assert matches.tolist() == [-1, 2]
    assert np.isnan(distances_of(frame_of(LABELED), decoded, matches)).tolist() == [
        [True, True],
        [False, False],
    ]


def test_parts_that_are_not_visible_do_not_count() -> None:
    frame = frame_of([[[10, 10], [NAN, NAN]], [[80, 80], [80, 60]]])
    decoded = decoded_of([[[NAN, NAN], [80, 61]], [[11, 10], [40, 10]]])

    matches = matches_of(frame, decoded)

    assert matches.tolist() == [1, 0]
    np.testing.assert_array_equal(distances_of(frame, decoded, matches), [[NAN, 1], [1, NAN]])


def test_points_of_no_labeled_part_match_the_animal_around_them() -> None:
    decoded = decoded_of([[[80, 71]], [[21, 10]]], ["centroid"])

    assert matches_of(frame_of(LABELED), decoded).tolist() == [2, 0]
    assert distances_of(frame_of(LABELED), decoded, np.array([2, 0])).shape == (2, 0)


@pytest.mark.parametrize(("labeled", "decoded"), [([], LABELED), (LABELED, []), ([], [])])
def test_where_there_is_no_animal_nothing_matches(labeled: Any, decoded: Any) -> None:
    matches = matches_of(frame_of(labeled), decoded_of(decoded))

    assert matches.tolist() == [-1] * len(decoded)
    assert distances_of(frame_of(labeled), decoded_of(decoded), matches).shape == (len(decoded), 2)

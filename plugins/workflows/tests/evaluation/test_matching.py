from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from poise_workflows.evaluation.matching import match, similarities
from poise_workflows.evaluation.scenes import Animals, Scene

PAIR = [[0.0, 0], [10, 10]]


def animals(*points: Any, scores: Any = None) -> Animals:
    return Animals(
        points=np.array(points, float).reshape(len(points), -1, 2),
        scores=np.array([1.0] * len(points) if scores is None else scores),
        tracks=(None,) * len(points),
    )


def test_a_part_a_pixel_off_has_the_similarity_of_the_definition() -> None:
    oks = similarities(animals(PAIR), animals([[0, 1], [10, 10]]))

    assert oks[0, 0] == pytest.approx((math.exp(-2) + 1) / 2)


def test_an_area_that_is_named_takes_the_place_of_the_box() -> None:
    oks = similarities(animals(PAIR), animals([[0, 1], [10, 10]]), scale=400)

    assert oks[0, 0] == pytest.approx((math.exp(-0.5) + 1) / 2)


def test_twice_the_deviation_forgives_twice_the_distance() -> None:
    near = similarities(animals(PAIR), animals([[0, 1], [10, 10]]), 0.025)
    far = similarities(animals(PAIR), animals([[0, 2], [10, 10]]), 0.05)

    assert near[0, 0] == pytest.approx(far[0, 0])


def test_parts_that_are_not_labeled_do_not_count_and_lost_ones_do() -> None:
    nowhere = [math.nan, math.nan]

    assert similarities(animals([*PAIR, nowhere]), animals([*PAIR, [3, 3]]))[0, 0] == 1
    assert similarities(animals([*PAIR, [3, 3]]), animals([*PAIR, nowhere]))[0, 0] == (
        pytest.approx(2 / 3)
    )


def test_a_box_without_area_matches_only_what_is_exactly_there() -> None:
    flat = animals([[0, 0], [10, 0]])

    assert similarities(flat, flat)[0, 0] == 1
    assert similarities(flat, animals([[0, 0.01], [10, 0.01]]))[0, 0] == 0


def matched(truth: Animals, predicted: Animals, threshold: float = 0) -> Any:
    scene = Scene(video=0, title="", number=0, truth=truth, predicted=predicted)
    return match(scene, 0.025, None, threshold)


def test_the_best_score_chooses_first_and_the_first_of_equal_ones() -> None:
    truth = animals(PAIR, [[0, 0.5], [10, 10.5]])
    predicted = animals([[0, 0.5], [10, 10.5]], PAIR, PAIR, scores=[0.5, 0.9, 0.9])

    result = matched(truth, predicted)

    # The first of the equal ones takes what it fits best, the second one what is left.
    assert list(zip(result.truth, result.predicted, strict=True)) == [(0, 1), (1, 2)]
    assert result.false.tolist() == [0]
    assert result.missed.tolist() == []


def test_a_similarity_must_be_above_the_threshold() -> None:
    truth, predicted = animals(PAIR), animals(PAIR)

    assert len(matched(truth, predicted, 0.99).oks) == 1
    assert len(matched(truth, predicted, 1.0).oks) == 0


@pytest.mark.parametrize("counts", [(0, 0), (0, 2), (2, 0)])
def test_frames_without_animals_match_nothing(counts: tuple[int, int]) -> None:
    truth, predicted = (
        Animals(points=np.zeros((n, 2, 2)), scores=np.ones(n), tracks=(None,) * n) for n in counts
    )

    result = matched(truth, predicted, 1.0)

    assert (len(result.missed), len(result.false), len(result.oks)) == (*counts, 0)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise_workflows.tracking.kalman.choices import Seen, choose, costs

NAN = np.nan


def seen_at(*places: Any, scores: Any = None, weights: Any = None) -> Seen:
    coordinates = np.array(places, float)
    return Seen(
        coordinates=coordinates,
        weights=np.ones_like(coordinates) if weights is None else np.array(weights, float),
        scores=np.ones(len(places)) if scores is None else np.array(scores, float),
    )


def pairs(seen: Seen, expected: Any, **options: Any) -> dict[int, int]:
    options = {"plain_minima": False, **options}
    chosen = choose(seen, np.array(expected, float), **options)
    return dict(zip(chosen.instances.tolist(), chosen.filters.tolist(), strict=True))


def test_each_filter_takes_the_instance_that_is_where_it_expects_it() -> None:
    seen = seen_at([50, 51], [0, 1], [100, 100])

    assert pairs(seen, [[0, 0], [100, 101], [50, 50]]) == {0: 2, 1: 0, 2: 1}


def test_the_distance_is_the_mean_of_the_visible_coordinates_by_their_weights() -> None:
    seen = seen_at([3, 8, NAN, NAN], weights=[[1, 3, 5, 5]])

    assert costs(seen, np.array([[1.0, 4.0, 9.0, 9.0]])).tolist() == [[3.5]]


def test_two_instances_about_as_near_to_a_filter_both_stay_unmatched() -> None:
    seen = seen_at([0, 2], [2, 0], [50, 50])

    assert pairs(seen, [[0, 0], [49, 49]]) == {2: 1}


def test_two_filters_about_as_near_to_an_instance_both_stay_unmatched() -> None:
    seen = seen_at([0, 0], [50, 50])

    assert pairs(seen, [[2, 2], [3, 1], [49, 49]]) == {1: 2}


@pytest.mark.parametrize("plain", [False, True])
def test_an_instance_without_a_distance_hides_ambiguity_only_from_plain_minima(plain: bool) -> None:
    seen = seen_at([0, 2], [2, 0], [NAN, NAN])

    assert pairs(seen, [[0, 0]], plain_minima=plain) == ({0: 0} if plain else {})


def test_an_instance_of_a_low_score_is_nobody() -> None:
    assert pairs(seen_at([0, 0], scores=[0.29]), [[0, 0]]) == {}
    assert pairs(seen_at([0, 0], scores=[0.3]), [[0, 0]]) == {0: 0}


def test_an_instance_that_is_too_far_away_is_nobody() -> None:
    seen = seen_at([0, 0], [50, 50])

    assert pairs(seen, [[1, 1], [60, 60]], farthest=np.full((2, 2), 9.0)) == {0: 0}


def test_an_empty_frame_has_no_pairs() -> None:
    seen = Seen(coordinates=np.zeros((0, 2)), weights=np.zeros((0, 2)), scores=np.zeros(0))

    assert pairs(seen, [[0, 0]]) == {}

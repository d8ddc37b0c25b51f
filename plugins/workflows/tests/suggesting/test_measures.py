"""What the suggesters of Poise say of frames, computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from poise_workflows.suggesting.contract import Predictions
from poise_workflows.suggesting.jumps import jump_badness
from poise_workflows.suggesting.measures import count_badness, missing_badness, score_badness

Walk = Callable[..., Predictions]


def on(frame: int, act: Callable[[list[dict[str, Any]]], object]) -> Callable[..., None]:
    """A change of one frame."""

    def change(number: int, animals: list[dict[str, Any]]) -> None:
        if number == frame:
            act(animals)

    return change


def worst(badness: Any) -> int:
    return int(np.nanargmax(badness))


def test_score_is_one_less_the_mean_score_of_the_most_doubtful_animal(walk: Walk) -> None:
    doubt = on(3, lambda animals: animals[1].update(point_scores=[0.2, 0.4, 0.6]))

    badness = score_badness(walk(range(6), doubt))

    np.testing.assert_allclose(badness, [0.1, 0.1, 0.1, 0.6, 0.1, 0.1])


def test_score_leaves_out_missing_parts_and_scores_that_are_not_finite(walk: Walk) -> None:
    def act(animals: list[dict[str, Any]]) -> None:
        animals[0]["points"] = np.array([[np.nan, np.nan], [1, 1], [2, 2]])
        animals[0]["point_scores"] = [0.0, 0.5, np.inf]
        animals[1]["point_scores"] = [np.nan, np.nan, -np.inf]
        animals[1]["score"] = 0.7

    np.testing.assert_allclose(score_badness(walk(range(3), on(1, act))), [0.1, 0.5, 0.1])


def test_score_does_not_judge_what_has_no_score(walk: Walk) -> None:
    def act(animals: list[dict[str, Any]]) -> None:
        for animal in animals:
            animal.update(point_scores=[np.nan] * 3, score=np.nan)

    badness = score_badness(walk(range(4), on(1, act)))
    of_none = score_badness(walk(range(4), on(2, list.clear)))

    assert np.isnan(badness).tolist() == [False, True, False, False]
    assert np.isnan(of_none).tolist() == [False, False, True, False]


def test_score_above_one_is_measured_by_the_best_of_the_video(walk: Walk) -> None:
    def act(number: int, animals: list[dict[str, Any]]) -> None:
        for animal in animals:
            animal["point_scores"] = [10.0 * (number + 1)] * 3

    np.testing.assert_allclose(score_badness(walk(range(4), act)), [0.75, 0.5, 0.25, 0])


def test_count_adds_the_differences_from_the_video_and_from_the_frames_around(walk: Walk) -> None:
    def act(number: int, animals: list[dict[str, Any]]) -> None:
        if number >= 70 or number == 20:
            animals.pop()

    badness = count_badness(walk(range(100), act))

    assert badness[20] == 2  # one fewer than in the video, and than around
    assert badness[90] == 1  # one fewer than in the video, as all around
    assert badness[:20].max() == 0


def test_missing_is_the_share_of_parts_that_are_not_there(walk: Walk) -> None:
    def act(number: int, animals: list[dict[str, Any]]) -> None:
        if number == 1:
            animals[0]["points"] = animals[0]["points"].copy()
            animals[0]["points"][2] = np.nan
        if number == 2:
            animals.pop()
        if number == 3:
            animals.clear()

    badness = missing_badness(walk(range(8), act))

    np.testing.assert_allclose(badness, [0, 1 / 6, 0.5, 1, 0, 0, 0, 0])


def test_missing_expects_no_animal_where_videos_usually_have_none(walk: Walk) -> None:
    def act(number: int, animals: list[dict[str, Any]]) -> None:
        if number:
            animals.clear()

    assert missing_badness(walk(range(5), act)).tolist() == [0] * 5


def test_steady_motion_is_no_jump_however_fast(walk: Walk) -> None:
    badness = jump_badness(walk(range(10)))

    # At its ends, a walk has one neighbor: half of a step of three pixels, where 1 is the least.
    np.testing.assert_allclose(badness, [1.5, *[0] * 8, 1.5], atol=1e-9)


@pytest.mark.parametrize("tracked", [False, True])
@pytest.mark.parametrize("what", ["an animal", "a part"])
def test_what_is_elsewhere_in_one_frame_is_the_worst_jump(
    walk: Walk, what: str, tracked: bool
) -> None:
    def act(number: int, animals: list[dict[str, Any]]) -> None:
        for row, animal in enumerate(animals):
            animal["track"] = row if tracked else -1
        if number == 12:
            moved = animals[1]["points"].copy()
            moved[slice(None) if what == "an animal" else 2] += [40, 0]
            animals[1]["points"] = moved

    badness = jump_badness(walk(range(30), act))

    assert worst(badness) == 12
    assert badness[12] == pytest.approx(40)
    assert badness[11] == badness[13] == 1  # they are beside it, and half as far off
    assert np.delete(badness, [11, 12, 13])[1:-1].max() < 1e-6


def test_an_animal_that_gets_another_track_where_it_jumps_still_jumps(walk: Walk) -> None:
    """Trackers give a new track to an animal that is suddenly far away."""

    def act(number: int, animals: list[dict[str, Any]]) -> None:
        for row, animal in enumerate(animals):
            animal["track"] = row
        if number == 12:
            animals[1].update(track=5, points=animals[1]["points"] + [60, 0])

    assert worst(jump_badness(walk(range(30), act))) == 12


def test_animals_that_swap_their_tracks_jump_and_without_tracks_do_not(walk: Walk) -> None:
    def swap(tracked: bool) -> Callable[..., None]:
        def act(number: int, animals: list[dict[str, Any]]) -> None:
            for row, animal in enumerate(animals):
                animal["track"] = (row + (number >= 15)) % 2 if tracked else -1

        return act

    badness = jump_badness(walk(range(30), swap(True)))

    assert worst(badness) == 14  # the last frame before
    assert badness[14] > 10
    assert np.nanmax(jump_badness(walk(range(30), swap(False)))) < 2


def test_frames_that_are_far_apart_are_not_compared(walk: Walk) -> None:
    """Where frames are left out, an animal may be anywhere."""
    badness = jump_badness(walk([*range(10), *range(50, 60)]))

    assert badness[9] == badness[10] == pytest.approx(1.5)


def test_predictions_of_every_tenth_frame_are_compared_with_each_other(walk: Walk) -> None:
    jump = on(50, lambda animals: animals[0].update(points=animals[0]["points"] + [0, 25]))

    assert worst(jump_badness(walk(range(0, 200, 10), jump))) == 5


@pytest.mark.parametrize("badness", [score_badness, jump_badness, count_badness, missing_badness])
def test_a_video_without_frames_has_no_badness(badness: Any, walk: Walk) -> None:
    assert badness(walk([])).shape == (0,)

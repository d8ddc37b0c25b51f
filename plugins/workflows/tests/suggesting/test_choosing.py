"""Which frames are chosen of what suggesters say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_workflows.suggesting.choosing import Judged, choose, usual_gap


def judged(seen: Any = (), first: int = 0, **badness: Any) -> Judged:
    """A video; 0 is no fault."""
    arrays = {name: np.array(values, float) for name, values in badness.items()}
    for values in arrays.values():
        values[values <= 0] = np.nan
    length = len(next(iter(arrays.values())))
    return Judged(frames=np.arange(first, first + length), badness=arrays, seen=seen)


def frames(videos: Any, count: int, gap: int = 1) -> list[int]:
    return [choice.frame for choice in choose(videos, count, [gap] * len(videos))]


def test_the_worst_frames_come_first() -> None:
    assert frames([judged(score=[1, 5, 3, 4, 2])], 3) == [1, 3, 2]


def test_suggesters_take_turns_and_a_frame_is_chosen_once() -> None:
    video = judged(score=[9, 8, 7, 0, 0, 0], jump=[9, 0, 0, 7, 8, 0])

    choices = choose([video], 5, [1])

    assert [(each.frame, each.by) for each in choices] == [
        (0, "score"), (4, "jump"), (1, "score"), (3, "jump"), (2, "score"),
    ]  # fmt: skip


def test_frames_that_are_far_worse_than_usual_come_first_whoever_names_them() -> None:
    usual = np.linspace(1, 2, 30)
    video = judged(score=usual, jump=[*usual[:-4], 20, 40, 30, 50], count=[0] * 12 + [1] + [0] * 17)

    choices = choose([video], 7, [1])

    assert [(each.frame, each.by) for each in choices] == [
        (29, "jump"), (12, "count"), (27, "jump"), (28, "jump"), (26, "jump"),
        (25, "score"), (24, "jump"),
    ]  # fmt: skip


def test_a_frame_without_a_fault_is_never_chosen() -> None:
    assert frames([judged(count=[0, 1, 0, 0, 2])], 4) == [4, 1]


def test_of_equally_bad_frames_the_others_decide() -> None:
    video = judged(count=[1, 1, 1, 1], score=[1, 2, 4, 3])

    assert choose([video], 1, [1])[0].frame == 2


def test_equally_bad_frames_are_taken_from_all_over_the_video() -> None:
    chosen = frames([judged(missing=[1] * 100)], 10)

    assert max(np.diff(sorted([0, *chosen, 99]))) <= 20


def test_chosen_frames_are_apart_also_from_those_that_people_have_seen() -> None:
    video = judged(score=np.arange(1, 31), seen=[20])

    chosen = frames([video], 30, gap=5)

    assert chosen == [29, 15, 10, 5, 0]


def test_half_of_the_frames_are_shared_equally_the_worst_have_the_others() -> None:
    bad, good, better = (judged(score=np.linspace(*ends, 50)) for ends in ((8, 9), (2, 3), (1, 2)))

    choices = choose([bad, good, better], 12, [1, 1, 1])

    assert np.bincount([choice.video for choice in choices]).tolist() == [8, 2, 2]
    assert [choice.video for choice in choices[:8]] == [0] * 8


def test_what_a_video_cannot_use_goes_to_the_others() -> None:
    videos = [judged(score=np.ones(50)), judged(score=[0, 1, 0]), judged(score=[0, 0])]

    choices = choose(videos, 12, [1, 1, 1])

    assert np.bincount([choice.video for choice in choices]).tolist() == [11, 1]


@given(
    st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=30), min_size=1, max_size=4),
    st.integers(1, 40),
    st.integers(0, 6),
)
def test_as_many_as_there_are_none_twice_all_apart(
    badness: list[list[int]], count: int, gap: int
) -> None:
    videos = [judged(score=each, jump=each[::-1]) for each in badness]

    choices = choose(videos, count, [gap] * len(videos))

    for index in range(len(videos)):
        numbers = sorted(choice.frame for choice in choices if choice.video == index)
        assert all(np.diff(numbers) >= max(1, gap))
    assert len({(each.video, each.frame) for each in choices}) == len(choices) <= count
    if gap <= 1:
        pairs = [pair for each in badness for pair in zip(each, each[::-1], strict=True)]
        faults = sum(map(any, pairs))
        assert len(choices) == min(count, faults)


@pytest.mark.parametrize(
    ("length", "share", "gap"), [(60, 12, 1), (60, 50, 1), (1100, 50, 5), (100_000, 50, 25)]
)
def test_the_usual_gap_leaves_four_times_as_many_frames_as_are_asked_for(
    length: int, share: int, gap: int
) -> None:
    assert usual_gap(length, share) == gap

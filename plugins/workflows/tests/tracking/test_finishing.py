from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import numpy as np
import pytest

from poise.editions import EDITIONS, edition
from poise_workflows.tracking.contract import Sightings
from poise_workflows.tracking.finishing import finish, finishes
from poise_workflows.tracking.options import SimpleConfig

SLEAP, DOCUMENTED = EDITIONS
CONNECT = SimpleConfig(post_connect_single_breaks=True, target_instance_count=2)


@pytest.fixture
def frame(animals: Any) -> Callable[..., Sightings]:
    """``frame(tracks, scores, source)``: a tracked frame."""

    def tracked(
        tracks: Sequence[int], scores: Any = None, source: int = 0, number: int | None = None
    ) -> Sightings:
        places = [(50 * index, 0) for index in range(len(tracks))]
        return Sightings(
            source=source,
            sight=attrs.evolve(animals(*places, scores=scores), number=number),
            instances=np.arange(len(tracks)),
            tracks=np.array(tracks, np.int64),
            scores=np.zeros(len(tracks)),
        )

    return tracked


def connected(frames: Sequence[Sightings], name: Any = DOCUMENTED) -> list[list[int]]:
    with edition(name):
        result = finish(CONNECT, frames)
    return [frame.tracks.tolist() for frame in result]


@pytest.mark.parametrize("name", EDITIONS)
def test_a_track_that_ends_goes_on_in_the_one_that_begins(name: Any, frame: Any) -> None:
    frames = [frame([0, 1]), frame([0]), frame([0, 2]), frame([2, 0]), frame([0, 1, 2])]

    # In the last frame both are there, and nothing is to be mended.
    assert connected(frames, name) == [[0, 1], [0], [0, 1], [1, 0], [0, 1, 2]]


def test_two_breaks_at_once_are_left_alone(frame: Any) -> None:
    assert connected([frame([0, 1]), frame([2, 3])]) == [[0, 1], [2, 3]]


def test_another_pair_of_tracks_becomes_the_one_to_keep(frame: Any) -> None:
    frames = [frame([0, 1]), frame([2, 3]), frame([2, 4])]

    assert connected(frames) == [[0, 1], [2, 3], [2, 3]]


def test_instances_without_a_track_are_never_connected(frame: Any) -> None:
    frames = [frame([0, 1]), frame([0, -1])]

    assert connected(frames, SLEAP) == [[0, 1], [0, 1]]
    assert connected(frames, DOCUMENTED) == [[0, 1], [0, -1]]


def test_a_video_begins_anew(frame: Any) -> None:
    """The difference ``tracker_state_over_videos``, in the pass."""
    frames = [frame([0, 1]), frame([0, 2], source=1)]

    assert connected(frames, SLEAP) == [[0, 1], [0, 1]]
    assert connected(frames, DOCUMENTED) == [[0, 1], [0, 2]]


def test_frames_of_several_videos_may_alternate(frame: Any) -> None:
    frames = [frame([0, 1]), frame([2, 3], source=1), frame([0, 4]), frame([2, 5], source=1)]

    assert connected(frames) == [[0, 1], [2, 3], [0, 1], [2, 3]]


def test_the_cleaner_of_sleap_goes_by_numbers_whichever_videos_they_are_of(frame: Any) -> None:
    config = SimpleConfig(clean_instance_count=2)
    frames = [
        frame([0, 1], number=0),
        frame([0, 2], number=5),
        frame([0, 3], source=1, number=0),
        frame([0, 2], source=1, number=3),
    ]
    with edition(SLEAP):
        result = [each.tracks.tolist() for each in finish(config, frames)]

    # By number: 0 1, then 0 3, 0 2 and 0 2; track 1 goes on in them all.
    assert result == [[0, 1], [0, 1], [0, 1], [0, 1]]
    frames[3] = frame([3, 2], source=1, number=3)
    with edition(SLEAP):
        result = [each.tracks.tolist() for each in finish(config, frames)]
    # Track 3 is 1 by then; 2 is new, and 0 is missing: it is 0 from there on.
    assert result == [[0, 1], [0, 1], [0, 1], [1, 0]]


def test_cleaning_leaves_out_the_worst_predictions_and_connects(frame: Any) -> None:
    config = SimpleConfig(clean_instance_count=2)
    frames = [frame([0, 1]), frame([0, 1, 2], [0.9, 0.1, 0.5])]

    first, second = finish(config, frames)

    assert first.tracks.tolist() == [0, 1]
    assert second.tracks.tolist() == [0, 1]  # of tracks 0 and 2
    assert second.instances.tolist() == [0, 2]
    assert second.sight.scores.tolist() == [0.9, 0.5]


def test_cleaning_never_leaves_out_what_a_person_labeled(frame: Any) -> None:
    labeled = frame([0, 1, 2], [0.1, 0.9, 0.5])
    sight = attrs.evolve(labeled.sight, is_predicted=np.array([False, True, True]))

    (result,) = finish(SimpleConfig(clean_instance_count=1), [attrs.evolve(labeled, sight=sight)])

    assert result.instances.tolist() == [0, 1]


def test_the_pass_sees_one_frame_at_a_time(frame: Any) -> None:
    taken: list[int] = []

    def frames() -> Iterator[Sightings]:
        for number in range(5):
            taken.append(number)
            yield frame([0, 1, 2], [0.3, 0.2, 0.1])

    config = SimpleConfig(clean_instance_count=2, clean_iou_threshold=0.5)
    result = finish(config, frames())

    for count, _ in enumerate(result, start=1):
        assert len(taken) == count


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, False),
        ({"clean_instance_count": 2}, True),
        ({"post_connect_single_breaks": True}, False),
        ({"post_connect_single_breaks": True, "target_instance_count": 2}, True),
        ({"post_connect_single_breaks": True, "max_tracks": 2}, True),
        ({"target_instance_count": 2, "max_tracks": 2}, False),
    ],
)
def test_there_is_a_pass_if_options_ask_for_one(
    options: dict[str, Any], expected: bool, frame: Any
) -> None:
    config = SimpleConfig(**options)

    assert finishes(config) is expected
    assert len(list(finish(config, [frame([0])]))) == 1

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import numpy as np
import pytest

from poise import ConfigError
from poise.editions import EDITIONS
from poise_workflows.tracking.contract import Sight

Frames = Callable[..., Sight]
Build = Callable[..., Any]
TracksOf = Callable[..., list[list[int | None]]]

TWO = {
    "similarity": "centroid",
    "target_instance_count": 2,
    "kf_init_frame_count": 5,
    "kf_node_indices": [0, 1],
}
AWAY = (np.nan, np.nan)


def images(number: int) -> Any:
    raise AssertionError("Kalman filters need no images")


def steady(animals: Frames, count: int) -> list[Sight]:
    """Two animals that move to the right, one above the other."""
    return [animals((10 + 3 * n, 50), (10 + 3 * n, 200)) for n in range(count)]


def wobbling(animals: Frames, count: int) -> Iterator[Sight]:
    """Two animals that wander, get lost together for a while, and come back elsewhere."""
    rng = np.random.default_rng(3)
    for n in range(count):
        places = np.array([[100 + 2 * n % 90, 60], [120, 220 + n % 40]]) + rng.normal(0, 1, (2, 2))
        frame = animals(*(AWAY if 60 < n % 170 < 95 else place for place in places[:: (-1) ** n]))
        frame.points[rng.random(frame.points.shape[:2]) < 0.05] = np.nan
        yield frame


@pytest.mark.parametrize("name", EDITIONS)
def test_animals_that_run_past_each_other_keep_their_tracks(
    name: str, animals: Frames, build: Build, tracks_of: TracksOf
) -> None:
    frames = [animals((30 * n, 100), (600 - 30 * n, 104)) for n in range(20)]

    followed = tracks_of(build(name, "kalman", **TWO), frames)
    compared = tracks_of(build(name, "simple", similarity="centroid"), frames)

    assert followed == [[0, 1]] * len(frames)
    assert compared != followed


def test_frames_are_culled_to_the_number_of_animals(animals: Frames, build: Build) -> None:
    tracker = build("2026", "kalman", **TWO)
    for frame in steady(animals, 20):
        tracker.track(frame)

    tracked = tracker.track(animals((0, 0), (70, 50), (70, 200), scores=[0.4, 0.9, 0.8]))

    assert tracked.instances.tolist() == [1, 2]
    assert tracked.tracks.tolist() == [0, 1]
    assert tracked.dropped == {"target_instance_count 2": 1}


@pytest.mark.parametrize("name", EDITIONS)
@pytest.mark.parametrize("limits", [{}, {"max_tracking": True, "max_tracks": 2}])
def test_a_restored_tracker_goes_on_as_if_nothing_had_happened(
    name: str, limits: dict[str, Any], animals: Frames, build: Build
) -> None:
    frames = list(wobbling(animals, 260))
    tracker, states, results = build(name, "kalman", **TWO, **limits), [], []
    for frame in frames:
        results.append(tracker.track(frame))
        states.append(tracker.state())

    assert {tracked.tracks.max(initial=-1) >= 0 for tracked in results} == {True, False}
    for first in (0, 3, 12, 61, 80, 96, 102, 180, 250):
        again = build(name, "kalman", **TWO, **limits)
        again.restore(states[first], images)
        for frame, expected, state in zip(
            frames[first + 1 :], results[first + 1 :], states[first + 1 :], strict=True
        ):
            tracked = again.track(frame)
            np.testing.assert_array_equal(tracked.tracks, expected.tracks)
            np.testing.assert_array_equal(tracked.instances, expected.instances)
            assert tracked.new_tracks == expected.new_tracks
            assert again.state() == state
    assert max(map(len, states[130:])) < 1.5 * max(map(len, states[:130]))


def test_a_state_that_is_none_is_refused(build: Build) -> None:
    with pytest.raises(ValueError, match="not the content of a record"):
        build("2026", "kalman", **TWO).restore(b"none", images)


def test_a_state_of_other_parts_is_refused(animals: Frames, build: Build) -> None:
    tracker = build("2026", "kalman", **TWO)
    for frame in steady(animals, 8):
        tracker.track(frame)

    with pytest.raises(ValueError, match="means must be float64 of shape"):
        build("2026", "kalman", **{**TWO, "kf_node_indices": [0]}).restore(tracker.state(), images)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_instance_count": 0}, "number of animals.*target_instance_count"),
        ({"similarity": "normalized_instance"}, "'centroid'.* got 'normalized_instance'"),
        ({"kf_node_indices": [4]}, r"0 to 3, at least one, got \[4\]"),
        ({"kf_node_indices": []}, r"0 to 3, at least one, got \[\]"),
    ],
)
def test_what_filters_cannot_follow_is_refused(
    options: dict[str, Any], message: str, build: Build
) -> None:
    with pytest.raises(ConfigError, match=message):
        build("2026", "kalman", **{**TWO, **options})


def test_the_same_frames_without_instances_leave_filters_alone(
    animals: Frames, build: Build
) -> None:
    frames = steady(animals, 30)
    empty = attrs.evolve(frames[0]).rows(np.zeros(0, int))
    tracker = build("2026", "kalman", **TWO)
    for frame in frames[:25]:
        tracker.track(frame)

    for _ in frames[25:29]:
        assert len(tracker.track(empty).instances) == 0

    assert tracker.track(frames[29]).tracks.tolist() == [0, 1]

"""Each difference of the editions of Kalman filters, as a law of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from poise import ConfigError
from poise_workflows.tracking.contract import Sight
from poise_workflows.tracking.differences import KALMAN, SIMPLE

Frames = Callable[..., Sight]
Build = Callable[..., Any]

TWO = {
    "similarity": "centroid",
    "target_instance_count": 2,
    "kf_init_frame_count": 5,
    "kf_node_indices": [0, 1],
}


def steady(animals: Frames, count: int) -> list[Sight]:
    """Two animals that move to the right, one above the other."""
    return [animals((10 + 3 * n, 50), (10 + 3 * n, 200)) for n in range(count)]


@pytest.mark.parametrize(("name", "expected"), [("sleap-1.4", [1, 0]), ("2026", [1, -1])])
def test_filters_match_at_any_distance(
    name: str, expected: list[int], animals: Frames, build: Build
) -> None:
    tracker = build(name, "kalman", **TWO)
    for frame in steady(animals, 20):
        tracker.track(frame)

    tracked = tracker.track(animals((70, 200), (500, 390)))

    assert tracked.instances.tolist() == [0, 1]
    assert tracked.tracks.tolist() == expected


@pytest.mark.parametrize(("name", "expected"), [("sleap-1.4", [0, -1, -1]), ("2026", [-1] * 3)])
def test_ambiguity_beside_missing_costs(
    name: str, expected: list[int], animals: Frames, build: Build
) -> None:
    """Two instances could be the first animal; the third one has no visible parts."""
    tracker = build(name, "kalman", **{**TWO, "target_instance_count": 3})
    for _ in range(20):
        tracker.track(animals((100, 50), (100, 200), (100, 350)))

    tracked = tracker.track(animals((102, 52), (103, 53), (np.nan, np.nan)))

    assert tracked.tracks.tolist() == expected


@pytest.mark.parametrize(("name", "expected"), [("sleap-1.4", [2, 3]), ("2026", [0, 1])])
def test_tracks_of_filters_renewed(
    name: str, expected: list[int], animals: Frames, build: Build
) -> None:
    tracker = build(name, "kalman", **TWO)
    frames = steady(animals, 20)
    names = [name for frame in frames for name in tracker.track(frame).new_tracks]
    for _ in range(8):
        tracker.track(animals())

    tracked = tracker.track(animals((94, 50), (94, 200)))

    assert tracked.tracks.tolist() == expected
    assert (*names, *tracked.new_tracks) == ("track_0", "track_1") * (2 if 2 in expected else 1)


@pytest.mark.parametrize(
    ("name", "limit", "expected"),
    [("sleap-1.4", None, [2, 3]), ("2026", None, [0, 1]), ("2026", 2, [0, 1])],
)
def test_tracks_of_filters_forgotten(
    name: str, limit: int | None, expected: list[int], animals: Frames, build: Build
) -> None:
    limits = {"max_tracking": True, "max_tracks": limit} if limit else {}
    tracker = build(name, "kalman", created=7, **TWO, **limits)
    frames = [animals((100, 50), (100, 200)) for _ in range(110)]
    names = [name for frame in frames for name in tracker.track(frame).new_tracks]
    assert tracker.filters is not None
    for _ in range(20):
        tracker.track(animals())

    assert tracker.filters is None
    tracked = tracker.track(animals((100, 50), (100, 200)))
    assert tracked.tracks.tolist() == expected
    assert (*names, *tracked.new_tracks) == tuple(
        f"track_{7 + n}" for n in range(max(expected) + 1)
    )


def test_filters_need_kf_node_indices(animals: Frames, build: Build) -> None:
    options = {**TWO, "kf_node_indices": None}
    with pytest.raises(ConfigError, match=r"got none.*kf_node_indices"):
        build("sleap-1.4", "kalman", **options)
    tracker = build("2026", "kalman", **options)

    for frame in steady(animals, 20):
        tracker.track(frame)

    filters, _ = tracker.filters
    assert filters.expected.shape == (2, 8)
    np.testing.assert_allclose(
        filters.expected[1], steady(animals, 20)[-1].points[1].ravel(), atol=0.5
    )


def test_every_entry_has_its_own_name_and_a_law() -> None:
    names = [difference.name for difference in KALMAN if difference not in SIMPLE]

    assert len(set(names)) == len(names)
    assert {name for name in names if f"test_{name}" not in globals()} == set()

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest

from poise.editions import EDITIONS
from poise_workflows.tracking.contract import Sight, Tracked

pytest.importorskip("cv2", reason="optical flow needs OpenCV, of poise-workflows[flow]")

Film = Callable[..., list[Sight]]
Build = Callable[..., Any]

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "flow": ("flow", {}),
    "saved shifts": ("flow", {"save_shifted_instances": True, "similarity": "centroid"}),
    "queues": ("flowmaxtracks", {"max_tracking": True, "max_tracks": 2, "img_scale": 0.5}),
    "queues without limit": ("flowmaxtracks", {"save_shifted_instances": True, "robust": 0.5}),
}


def identities(frames: list[Sight], results: list[Tracked]) -> dict[float, set[int]]:
    """The tracks of each animal, by how far down its first part is."""
    tracks: dict[float, set[int]] = {}
    for frame, tracked in zip(frames, results, strict=True):
        for row, track in zip(tracked.instances, tracked.tracks.tolist(), strict=True):
            tracks.setdefault(float(frame.points[row, 0, 1]), set()).add(track)
    return tracks


@pytest.mark.parametrize("name", EDITIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_animals_keep_their_tracks(kind: str, name: str, film: Film, build: Build) -> None:
    key, options = KINDS[kind]
    frames = film(25)
    tracker = build(name, key, **options)

    results = [tracker.track(frame) for frame in frames]

    assert identities(frames, results) == {20.0: {0}, 80.0: {1}}


def test_candidates_are_where_the_animals_have_gone(film: Film, build: Build) -> None:
    frames = film(9, speed=5)
    tracker = build("2026", "flow", similarity="centroid")

    for frame in frames[:3]:
        tracked = tracker.track(frame)

    assert tracked.scores.tolist() == pytest.approx([0, 0], abs=0.1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "has_numbers"), [("sleap-1.4", False), ("2026", True)])
def test_a_restored_tracker_goes_on_as_if_nothing_had_happened(
    kind: str,
    name: str,
    has_numbers: bool,
    film: Film,
    build: Build,
    images_of: Any,
    unnumbered: Any,
) -> None:
    key, options = KINDS[kind]
    frames = film(18, gap=3 if has_numbers else 1)
    image_of = images_of(frames)
    frames = frames if has_numbers else unnumbered(frames)
    tracker, states, results = build(name, key, **options), [], []
    for frame in frames:
        results.append(tracker.track(frame))
        states.append(tracker.state())

    for first in (0, 4, 10, 15):
        again = build(name, key, **options)
        again.restore(states[first], image_of)
        for frame, expected, state in zip(
            frames[first + 1 :], results[first + 1 :], states[first + 1 :], strict=True
        ):
            tracked = again.track(frame)
            np.testing.assert_array_equal(tracked.tracks, expected.tracks)
            np.testing.assert_array_equal(tracked.scores, expected.scores)
            assert again.state() == state


@pytest.mark.parametrize("kind", ["flow", "saved shifts", "queues"])
def test_a_tracker_keeps_few_images_and_a_small_state(kind: str, film: Film, build: Build) -> None:
    key, options = KINDS[kind]
    tracker = build("2026", key, track_window=3, **options)
    sizes = []
    for frame in film(40):
        tracker.track(frame)
        sizes.append(len(tracker.state()))
        assert len(tracker.images) <= 2 * 3
        assert set(tracker.shifted) <= set(tracker.frames)

    assert max(sizes[20:]) <= max(sizes[:20]) + 16  # frame numbers have more digits
    assert max(sizes) < 120 * 160 / 2  # less than an image


def test_an_image_is_needed_for_each_frame(film: Film, build: Build) -> None:
    (frame,) = film(1)

    with pytest.raises(ValueError, match="needs an image"):
        build("2026", "flow").track(attrs.evolve(frame, image=None))


def test_a_state_that_is_none_is_refused(film: Film, build: Build, images_of: Any) -> None:
    frames = film(3)
    simple = build("2026", "simple")
    simple.track(frames[0])

    for state in (b"none", simple.state()):
        with pytest.raises(ValueError, match=r"not the content of a record|simple must be"):
            build("2026", "flow").restore(state, images_of(frames))

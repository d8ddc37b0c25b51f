from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.editions import EDITIONS, edition
from poise_workflows.tracking.contract import Setting, Sight
from poise_workflows.tracking.plugin import poise_trackers
from poise_workflows.tracking.reading_options import config_of

PARTS = 5

FEW = settings(max_examples=6)
"""Each example is a whole clip."""


def no_image(number: int) -> Any:
    raise AssertionError("the tracker sees no images")


def built(name: Any, key: str, **options: Any) -> Any:
    (spec,) = (spec for spec in poise_trackers() if spec.key == key)
    setting = Setting(parts=tuple("abcde"), image_size=(480, 640))
    with edition(name):
        return spec.build(config_of(spec.config, options), setting)


def crowd(seed: int, frames: int = 12, most: int = 6) -> list[Sight]:
    """Animals that move at random, some without some of their parts."""
    random = np.random.default_rng(seed)
    places = random.uniform(0, 480, (most, 1, 2))
    shapes = random.normal(0, 12, (most, PARTS, 2))
    sights = []
    for _ in range(frames):
        places = places + random.normal(0, 6, places.shape)
        count = int(random.integers(0, most + 1))
        rows = random.permutation(most)[:count]
        points = (places + shapes)[rows]
        points[random.random((count, PARTS)) < 0.15] = np.nan
        scores = random.random((count, PARTS))
        sights.append(
            Sight(
                number=None,
                points=points,
                point_scores=scores,
                scores=scores.mean(axis=1),
                is_predicted=np.ones(count, bool),
            )
        )
    return sights


def facts(tracked: Any) -> Any:
    return (
        tracked.instances.tolist(),
        tracked.tracks.tolist(),
        tracked.scores.tolist(),
        tracked.new_tracks,
        dict(tracked.dropped),
    )


KINDS = [
    ("simple", {}),
    ("simple", {"similarity": "iou", "match": "hungarian", "robust": 0.5}),
    ("simple", {"similarity": "object_keypoint", "oks_errors": 8, "oks_score_weighting": 1}),
    ("simplemaxtracks", {"max_tracking": True, "max_tracks": 4, "similarity": "centroid"}),
    ("simplemaxtracks", {"similarity": "normalized_instance", "track_window": 2}),
]


@pytest.mark.parametrize("name", EDITIONS)
@pytest.mark.parametrize(("key", "options"), KINDS, ids=str)
@FEW
@given(seed=st.integers(0, 99), at=st.integers(0, 11))
def test_a_tracker_goes_on_from_its_state_as_if_nothing_had_happened(
    key: str, options: dict[str, Any], name: Any, seed: int, at: int
) -> None:
    frames = crowd(seed)
    first, second = built(name, key, **options), built(name, key, **options)
    whole = [facts(first.track(frame)) for frame in frames]
    for frame in frames[:at]:
        second.track(frame)

    resumed = built(name, key, **options)
    resumed.restore(second.state(), no_image)

    assert [facts(resumed.track(frame)) for frame in frames[at:]] == whole[at:]
    assert resumed.state() == first.state()


@FEW
@given(seed=st.integers(0, 999))
def test_hungarian_matching_does_not_depend_on_the_order_of_the_instances(seed: int) -> None:
    """Tracks are those of the animals, whatever they are called."""
    random = np.random.default_rng(seed)
    frames = crowd(seed)
    one, other = (built("2026", "simple", match="hungarian") for _ in range(2))
    names: dict[int, int] = {}
    for frame in frames:
        order = random.permutation(len(frame))
        here = one.track(frame)
        there = other.track(frame.rows(order))
        tracks = dict(zip(here.instances.tolist(), here.tracks.tolist(), strict=True))
        for row, track in zip(order[there.instances].tolist(), there.tracks.tolist(), strict=True):
            assert names.setdefault(track, tracks[row]) == tracks[row]


@pytest.mark.parametrize("name", EDITIONS)
@pytest.mark.parametrize(("key", "options"), KINDS, ids=str)
@FEW
@given(seed=st.integers(0, 99))
def test_no_track_is_twice_in_a_frame_and_no_instance_is_lost_unsaid(
    key: str, options: dict[str, Any], name: Any, seed: int
) -> None:
    tracker = built(name, key, **options)
    begun = 0
    for frame in crowd(seed):
        tracked = tracker.track(frame)
        tracks = [track for track in tracked.tracks.tolist() if track >= 0]
        assert len(set(tracks)) == len(tracks)
        assert len(set(tracked.instances.tolist())) == len(tracked.instances)
        assert len(tracked.instances) + sum(tracked.dropped.values()) == len(frame)
        names = tuple(f"track_{begun + number}" for number in range(len(tracked.new_tracks)))
        assert tracked.new_tracks == names
        begun += len(names)
        assert all(track < begun for track in tracks)


def test_names_go_on_where_the_run_stands(build: Any, animals: Any) -> None:
    tracked = build("2026", created=7).track(animals((0, 0), (90, 90)))

    assert tracked.tracks.tolist() == [0, 1]
    assert tracked.new_tracks == ("track_7", "track_8")


@pytest.mark.parametrize("name", EDITIONS)
def test_culled_instances_are_counted(name: Any, build: Any, animals: Any) -> None:
    options = {"target_instance_count": 1, "pre_cull_to_target": 1}

    tracked = build(name, **options).track(animals((0, 0), (90, 90), scores=[0.2, 0.9]))

    assert tracked.instances.tolist() == [1]
    assert tracked.dropped == {"target_instance_count 1": 1}


@pytest.mark.parametrize("name", EDITIONS)
def test_an_empty_frame_takes_a_place_in_the_window(
    name: Any, build: Any, animals: Any, tracks_of: Any
) -> None:
    here, empty = animals((0, 0)), animals()
    frames = [here, empty, here, empty, empty, here]

    assert tracks_of(build(name, track_window=2), frames) == [[0], [], [0], [], [], [1]]


def test_the_state_does_not_grow_with_the_number_of_frames() -> None:
    for key, options in KINDS[:-1]:
        tracker = built("2026", key, **options)
        sizes = []
        for _ in range(4):
            for frame in crowd(1, frames=30):
                tracker.track(frame)
            sizes.append(len(tracker.state()))
        assert max(sizes[1:]) <= sizes[0] + 20, key  # the digits of counts


@pytest.mark.parametrize(
    "state",
    [b"", b"not a state", b"\x02\0\0\0\0\0\0\0{}"],
)
def test_other_bytes_are_no_state(state: bytes, build: Any) -> None:
    with pytest.raises(ValueError, match="not the content of a record"):
        build("2026").restore(state, no_image)


def test_the_state_of_a_tracker_with_other_features_is_refused(build: Any, animals: Any) -> None:
    other = build("2026", similarity="centroid")
    other.track(animals((0, 0)))

    with pytest.raises(ValueError, match=r"features must be float64 of shape \(1, 8\)"):
        build("2026", similarity="instance").restore(other.state(), no_image)

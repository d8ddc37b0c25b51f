"""Each entry of the editions: what SLEAP's trackers did, and what edition 2026 does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise import ConfigError
from poise.editions import EDITIONS, edition
from poise_workflows.tracking.culling import culled
from poise_workflows.tracking.differences import SIMPLE
from poise_workflows.tracking.matching import MatchingError, order_of
from poise_workflows.tracking.options import SimpleConfig, max_tracking_of
from poise_workflows.tracking.similarities import errors_of_parts

SLEAP, DOCUMENTED = EDITIONS
NOWHERE = (np.nan, np.nan)
UNTRACKED = -1


@pytest.mark.parametrize("match", ["greedy", "hungarian"])
@pytest.mark.parametrize("similarity", ["instance", "centroid", "iou", "object_keypoint"])
def test_matches_without_threshold(
    similarity: str, match: str, build: Any, animals: Any, tracks_of: Any
) -> None:
    frames = [animals((0, 0)), animals((300, 200))]
    options = {"similarity": similarity, "match": match}

    assert tracks_of(build(SLEAP, **options), frames) == [[0], [0]]
    assert tracks_of(build(DOCUMENTED, **options), frames) == [[0], [1]]


@pytest.mark.parametrize("similarity", ["instance", "centroid", "iou", "object_keypoint"])
def test_the_threshold_lets_an_animal_move(
    similarity: str, build: Any, animals: Any, tracks_of: Any
) -> None:
    frames = [animals((0, 0)), animals((8, 4)), animals((20, 4))]

    assert tracks_of(build(DOCUMENTED, similarity=similarity), frames) == [[0], [0], [0]]


@pytest.mark.parametrize("match", ["greedy", "hungarian"])
def test_a_track_out_of_sight_waits_for_an_instance_with_visible_parts(
    match: str, build: Any, animals: Any, tracks_of: Any
) -> None:
    options = {"similarity": "centroid", "match": match, "track_window": 1, "max_tracks": 2}
    frames = [animals((0, 0), (90, 0)), animals((90, 0)), animals((90, 0), NOWHERE)]

    tracker = build(DOCUMENTED, "simplemaxtracks", **options)

    assert tracks_of(tracker, frames) == [[0, 1], [1], [1, UNTRACKED]]
    assert tracks_of(tracker, [animals((300, 300), (90, 0))]) == [[0, 1]]


def test_a_threshold_can_be_chosen(build: Any, animals: Any, tracks_of: Any) -> None:
    frames = [animals((0, 0)), animals((30, 0))]
    near, far = ({"similarity": "centroid", "min_similarity": least} for least in (-29, -31))

    assert tracks_of(build(DOCUMENTED, **near), frames) == [[0], [1]]
    assert tracks_of(build(DOCUMENTED, **far), frames) == [[0], [0]]


def test_a_threshold_is_refused_where_there_was_none(build: Any) -> None:
    with pytest.raises(ConfigError, match=r"must be none in edition sleap-1\.4, .* got 0\.5"):
        build(SLEAP, min_similarity=0.5)


def test_a_track_out_of_sight_for_long_may_be_taken_up_anywhere(
    build: Any, animals: Any, tracks_of: Any
) -> None:
    options = {"max_tracking": True, "max_tracks": 1, "track_window": 3}
    gone = [animals()] * 2
    frames = [animals((0, 0)), *gone, animals((300, 200)), animals((300, 200))]

    tracker = build(DOCUMENTED, "simplemaxtracks", **options)

    assert tracks_of(tracker, frames) == [[0], [], [], [UNTRACKED], [0]]


def test_hungarian_matching_gives_up_no_good_match_for_several_bad_ones(
    build: Any, animals: Any, tracks_of: Any
) -> None:
    options = {"similarity": "centroid", "match": "hungarian", "min_similarity": -20}
    before, after = animals((0, 0), (19, 0), (38, 0)), animals((-1, 0), (0, 0), (19, 0))

    # Each could move on by 19 pixels; but two of them just stay where they are.
    assert tracks_of(build(DOCUMENTED, **options), [before, after]) == [[0, 1, 2], [3, 0, 1]]
    assert tracks_of(build(SLEAP, similarity="centroid"), [before, after])[1] == [2, 0, 1]


def test_a_fragment_does_not_take_the_track_of_the_whole_animal(
    build: Any, animals: Any, tracks_of: Any
) -> None:
    before, after = animals((0, 0)), animals((0, 0), (1, 0))
    after.points[0, 1:] = np.nan

    assert tracks_of(build(SLEAP), [before, after]) == [[0], [0, 1]]
    assert tracks_of(build(DOCUMENTED), [before, after]) == [[0], [1, 0]]


def test_similarities_that_are_no_numbers(build: Any, animals: Any, tracks_of: Any) -> None:
    frames = [animals((0, 0), (90, 90)), animals(NOWHERE, (90, 90))]
    sleap = build(SLEAP, similarity="centroid")

    assert tracks_of(sleap, frames[:1]) == [[0, 1]]
    last = sleap.track(frames[1])
    assert dict(zip(last.instances.tolist(), last.tracks.tolist(), strict=True)) == {0: 0, 1: 1}
    assert last.scores.tolist() == [0, -np.inf]
    documented = build(DOCUMENTED, similarity="centroid")
    assert tracks_of(documented, frames) == [[0, 1], [UNTRACKED, 1]]


def test_hungarian_matching_without_a_similarity(build: Any, animals: Any, tracks_of: Any) -> None:
    frames = [animals((0, 0)), animals(NOWHERE)]
    options = {"similarity": "centroid", "match": "hungarian"}

    with pytest.raises(MatchingError, match=r"must have a similarity .* got one without visible"):
        tracks_of(build(SLEAP, **options), frames)
    assert tracks_of(build(DOCUMENTED, **options), frames) == [[0], [UNTRACKED]]


def test_an_earlier_instance_without_visible_parts_spoils_no_track(
    build: Any, animals: Any, tracks_of: Any
) -> None:
    frames = [animals((0, 0)), animals(NOWHERE), animals((0, 0))]

    sleap, documented = (build(name, similarity="centroid") for name in EDITIONS)

    for frame in frames[:-1]:
        sleap.track(frame)
    assert sleap.track(frames[-1]).scores.tolist() == [-np.inf]
    assert tracks_of(documented, frames) == [[0], [UNTRACKED], [0]]


def test_instance_similarity_in_pixels(build: Any, animals: Any) -> None:
    scores = {}
    for name in EDITIONS:
        for scale in (1, 10):
            tracker = build(name, similarity="instance")
            tracker.track(animals((0, 0), scale=scale))
            (scores[name, scale],) = tracker.track(animals((3, 4), scale=scale)).scores

    assert scores[SLEAP, 1] == pytest.approx(np.exp(-25))
    assert scores[SLEAP, 10] == 0
    quarters = 5 / (np.hypot(20, 10) / 4)
    assert scores[DOCUMENTED, 1] == pytest.approx(np.exp(-(quarters**2) / 2))
    assert scores[DOCUMENTED, 10] == pytest.approx(scores[DOCUMENTED, 1])


def test_instances_without_track_lost(build: Any, animals: Any, tracks_of: Any) -> None:
    frame = animals((0, 0), (90, 90))
    frame.points[1, :2] = np.nan
    sleap = build(SLEAP, min_new_track_points=3).track(frame)

    assert sleap.instances.tolist() == [0]
    assert sleap.dropped == {"min_new_track_points 3": 1}
    documented = build(DOCUMENTED, min_new_track_points=3).track(frame)
    assert documented.instances.tolist() == [0, 1]
    assert documented.tracks.tolist() == [0, UNTRACKED]
    assert not documented.dropped


def test_surplus_tracks_of_one_frame(build: Any, animals: Any, tracks_of: Any) -> None:
    places = (0, 0), (90, 90), (200, 200)
    frames = [animals(*places)] * 2
    options = {"max_tracking": True, "max_tracks": 2}

    assert tracks_of(build(SLEAP, **options), frames) == [[0, 1, 2], [0, 1, None]]
    assert tracks_of(build(DOCUMENTED, **options), frames) == [[0, 1, UNTRACKED]] * 2


def test_max_tracks_without_max_tracking(build: Any, animals: Any, tracks_of: Any) -> None:
    frames = [animals((0, 0), (90, 90))] * 2

    assert tracks_of(build(SLEAP, max_tracks=1), frames) == [[0, 1]] * 2
    assert tracks_of(build(DOCUMENTED, max_tracks=1), frames) == [[0, UNTRACKED]] * 2


def test_order_of_tied_matches() -> None:
    tied = np.zeros((4, 5))

    # What NumPy's quicksort makes of twenty equal numbers, on processors without vector sorting.
    quicksorted = [0, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 18, 19]
    assert order_of(tied, sorts_ties=True).tolist() == quicksorted
    assert order_of(tied, sorts_ties=False).tolist() == list(range(20))


@pytest.mark.parametrize(("count", "in_sleap"), [(6, 3), (4, 2)])
def test_suppressed_instances_come_back(count: int, in_sleap: int, animals: Any) -> None:
    """One of overlapping animals is picked, two are lacking: 3 of 5 come back, or 1 of 3."""
    frame = animals(*[(0, 0)] * (count - 1), (0.5, 0), scores=range(count))
    sleap = culled(frame.points, frame.scores, 3, 0.5, suppresses_wrongly=True)
    documented = culled(frame.points, frame.scores, 3, 0.5)

    assert len(sleap) == in_sleap
    assert documented.tolist() == list(range(count))[-3:]


def test_text_of_max_tracking() -> None:
    texts = "False", "0", "true", "1"

    with edition(SLEAP):
        assert [max_tracking_of(text) for text in texts] == [True] * 4
        assert max_tracking_of("") is False
    with edition(DOCUMENTED):
        assert [max_tracking_of(text) for text in texts] == [False, False, True, True]
        with pytest.raises(ConfigError, match="must be true or false, got 'perhaps'"):
            SimpleConfig(max_tracking=max_tracking_of("perhaps"))


def test_oks_errors_fitted() -> None:
    with edition(SLEAP):
        assert errors_of_parts((1, 2), 4).tolist() == [1, 2, 2, 2]
        assert errors_of_parts((1, 2, 3), 2).tolist() == [1, 2]
    with edition(DOCUMENTED):
        assert errors_of_parts((3,), 2).tolist() == [3, 3]
        with pytest.raises(ConfigError, match="must have one value, or one for each of 4 parts"):
            errors_of_parts((1, 2), 4)


WITHOUT_EFFECT = [
    {"max_tracking": True},
    {"pre_cull_to_target": True},
    {"pre_cull_iou_threshold": 0.5},
    {"post_connect_single_breaks": True},
    {"clean_iou_threshold": 0.5},
]


@pytest.mark.parametrize("options", WITHOUT_EFFECT, ids=str)
def test_tracking_options_without_effect(options: dict[str, Any], build: Any) -> None:
    (name,) = options

    build(SLEAP, **options)
    with pytest.raises(ConfigError, match=r"must come with .*, got .* alone @ ") as caught:
        build(DOCUMENTED, **options)
    assert [fault.path for fault in caught.value.faults] == [name]


def test_every_entry_has_its_own_name_and_a_law() -> None:
    # Tests of runs have these, in which a tracker sees several videos.
    elsewhere = {"tracker_state_over_videos", "retracking_mixes_videos"}
    names = [difference.name for difference in SIMPLE]

    assert len(set(names)) == len(names)
    assert {name for name in names if f"test_{name}" not in globals()} == elsewhere

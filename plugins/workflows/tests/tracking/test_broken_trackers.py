"""A tracker for each way to break a promise of trackers, each caught by exactly one check.

Each of them is the sound tracker at the top with one thing wrong. Promises that trackers share
with other plugins are also broken in the core's tests.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest

from poise import ConfigError, Fault, fields
from poise.testing import cases, every_check, registry_of
from poise_workflows.tracking import Setting, Sight, Sightings, Tracked, TrackerSpec


@attrs.frozen(kw_only=True)
class Config:
    """Made up.

    Attributes:
        reach: how far an animal may move, in pixels.
    """

    reach: float = attrs.field(default=50.0, validator=fields.positive())


class Sound:
    """The track of the nearest center of earlier frames."""

    def __init__(self, config: Config, setting: Setting) -> None:
        self.config, self.first = config, setting.created
        self.centers: list[list[float]] = []

    def track(self, sight: Sight) -> Tracked:
        """Give the instances of the next frame their tracks."""
        tracks = np.full(len(sight), -1)
        scores = np.zeros(len(sight))
        before = len(self.centers)
        for row, points in enumerate(sight.points):
            if np.isnan(points).all():
                continue
            center = np.nanmedian(points, axis=0)
            far = [float(np.abs(center - last).max()) for last in self.centers]
            far = [np.inf if track in tracks else each for track, each in enumerate(far)]
            if not far or min(far) > self.config.reach:
                self.centers.append(list(center))
                tracks[row] = len(self.centers) - 1
            else:
                tracks[row] = int(np.argmin(far))
                scores[row] = -min(far)
                self.centers[tracks[row]] = list(center)
        begun = range(before, len(self.centers))
        return Tracked(
            instances=np.arange(len(sight)),
            tracks=tracks,
            scores=scores,
            new_tracks=tuple(f"track_{self.first + track}" for track in begun),
        )

    def state(self) -> bytes:
        """The centers."""
        return json.dumps(self.centers).encode()

    def restore(self, state: bytes, image_of: Any) -> None:
        """Go on from a state."""
        self.centers = np.array(json.loads(state), float).reshape(-1, 2).tolist()


SPEC = TrackerSpec(
    key="made_up",
    config=Config,
    build=Sound,
    finish=lambda config, frames: iter(frames),
    finishes=lambda config: False,
    summary="Made up",
    examples={"near": Config(reach=20.0)},
)


def after(change: Callable[[Sound, Sight, Tracked], Tracked]) -> TrackerSpec:
    """The sound tracker with other results."""

    class Broken(Sound):
        def track(self, sight: Sight) -> Tracked:
            return change(self, sight, super().track(sight))

    return attrs.evolve(SPEC, build=Broken)


def with_state(state: Any, restore: Any = Sound.restore) -> TrackerSpec:
    """The sound tracker with another state."""
    members = {"state": state, "restore": restore}
    return attrs.evolve(SPEC, build=type("Broken", (Sound,), members))


def finished(change: Callable[[list[Sightings]], Any]) -> TrackerSpec:
    """The sound tracker with another last pass."""
    return attrs.evolve(SPEC, finish=lambda config, frames: iter(change(list(frames))))


def cut(tracked: Tracked, **more: Any) -> Tracked:
    """A result without its first instance."""
    return attrs.evolve(
        tracked,
        instances=tracked.instances[1:],
        tracks=tracked.tracks[1:],
        scores=tracked.scores[1:],
        **more,
    )


def refused(config: Any, setting: Any) -> Any:
    raise ConfigError([Fault("must be 1, got 2", "reach")])


def failing_on_none(tracker: Sound, sight: Sight, tracked: Tracked) -> Tracked:
    if not len(sight) and not tracker.centers:
        raise ValueError("no animals")
    return tracked


def by_row(tracker: Sound, sight: Sight, tracked: Tracked) -> Tracked:
    rows = np.arange(len(sight))
    begun = range(len(tracker.centers), max(len(tracker.centers), len(sight)))
    tracker.centers += [[0.0, 0.0]] * len(begun)
    names = tuple(f"track_{tracker.first + track}" for track in begun)
    return Tracked(instances=rows, tracks=rows, scores=np.zeros(len(rows)), new_tracks=names)


class ByRow(Sound):
    """The track is the row."""

    def track(self, sight: Sight) -> Tracked:
        """Give the instances of the next frame their tracks."""
        return by_row(self, sight, None)  # type: ignore[arg-type]


CALLS = [0]


def counting(tracker: Sound, sight: Sight, tracked: Tracked) -> Tracked:
    CALLS[0] += 1
    return attrs.evolve(tracked, scores=tracked.scores + CALLS[0])


def moving(tracker: Sound, sight: Sight, tracked: Tracked) -> Tracked:
    sight.scores[:] = 0.0
    return tracked


class Growing(Sound):
    """Remembers every center."""

    def __init__(self, config: Config, setting: Setting) -> None:
        super().__init__(config, setting)
        self.history: list[Any] = []

    def track(self, sight: Sight) -> Tracked:
        """Give the instances of the next frame their tracks."""
        tracked = super().track(sight)
        self.history.append(list(map(list, self.centers)))
        return tracked

    def state(self) -> bytes:
        """The centers of all frames."""
        return json.dumps([self.centers, self.history]).encode()

    def restore(self, state: bytes, image_of: Any) -> None:
        """Go on from a state."""
        self.centers, self.history = json.loads(state)


def unpickled(self: Sound, state: bytes, image_of: Any) -> None:
    self.centers = pickle.loads(state)


EVERY: list[tuple[str, TrackerSpec, str]] = [
    (
        "it_is_built_from_each_example",
        attrs.evolve(SPEC, build=refused),
        "it raised ConfigError: must be 1, got 2",
    ),
    (
        "every_instance_is_in_the_result_or_counted",
        after(lambda tracker, sight, tracked: cut(tracked)),
        "frame 0: dropped must count 1 instances that are lost, got 0",
    ),
    (
        "every_instance_is_in_the_result_or_counted",
        after(lambda tracker, sight, tracked: cut(tracked, dropped={"": min(len(sight), 1)})),
        "frame 0: dropped must name the limit, got ''",
    ),
    (
        "every_instance_is_in_the_result_or_counted",
        after(
            lambda tracker, sight, tracked: attrs.evolve(tracked, instances=tracked.instances * 0)
        ),
        "frame 0: instances must be rows of 3, each once, got [0, 0, 0]",
    ),
    (
        "every_instance_is_in_the_result_or_counted",
        after(lambda tracker, sight, tracked: attrs.evolve(tracked, tracks=tracked.tracks[1:])),
        "frame 0: instances, tracks and scores must have one length, got [2, 3]",
    ),
    (
        "its_tracks_are_numbered_as_they_begin",
        after(lambda tracker, sight, tracked: attrs.evolve(tracked, tracks=tracked.tracks + 1)),
        "frame 0: tracks must be -1 or below 3, got [1, 2, 3]",
    ),
    (
        "its_tracks_are_numbered_as_they_begin",
        after(lambda tracker, sight, tracked: attrs.evolve(tracked, tracks=tracked.tracks * 0)),
        "frame 0: a track must have one instance, got [0, 0, 0]",
    ),
    (
        "its_tracks_are_numbered_as_they_begin",
        after(
            lambda tracker, sight, tracked: attrs.evolve(
                tracked, new_tracks=("animal",) * len(tracked.new_tracks)
            )
        ),
        "names of tracks must differ, got animal twice",
    ),
    (
        "its_names_go_on_after_those_of_the_run",
        attrs.evolve(
            SPEC,
            build=lambda config, setting: Sound(config, attrs.evolve(setting, created=0)),
        ),
        "after 3 tracks, names must be new, got track_0, track_1, track_2 again",
    ),
    ("the_same_sights_give_the_same_tracks", after(counting), "a second tracker gave frame 0"),
    ("the_same_sights_give_the_same_tracks", after(moving), "tracking changed the sight"),
    (
        "it_goes_on_from_its_state_after_any_frame",
        with_state(lambda self: b"[]"),
        "restored before frame 1, it gave frame 1 other tracks",
    ),
    (
        "it_goes_on_from_its_state_after_any_frame",
        with_state(lambda self: json.dumps(self.centers)),
        "state() must be bytes, got str",
    ),
    (
        "its_state_does_not_grow_with_the_video",
        attrs.evolve(SPEC, build=Growing),
        "the state of 3 animals must not grow",
    ),
    (
        "a_state_that_is_not_its_own_is_refused_and_runs_no_code",
        with_state(lambda self: pickle.dumps(self.centers), unpickled),
        "no bytes at all must raise ValueError, got EOFError",
    ),
    (
        "a_state_that_is_not_its_own_is_refused_and_runs_no_code",
        with_state(
            lambda self: json.dumps(self.centers).encode(),
            lambda self, state, image_of: setattr(
                self, "centers", json.loads(state) if state.endswith(b"]") else []
            ),
        ),
        "no bytes at all must be refused, and was accepted",
    ),
    (
        "it_takes_frames_without_instances",
        after(failing_on_none),
        "it raised ValueError: no animals",
    ),
    (
        "missing_parts_give_no_score_that_is_no_number",
        after(
            lambda tracker, sight, tracked: attrs.evolve(
                tracked,
                scores=np.where(np.isnan(sight.points).any((1, 2)), np.nan, tracked.scores),
            )
        ),
        "frame 4: tracking scores must be finite, got [nan]",
    ),
    (
        "an_animal_that_stands_still_keeps_its_track",
        attrs.evolve(SPEC, build=ByRow),
        "an animal must have one track, got tracks [0, 1] for animal 0",
    ),
    (
        "its_last_pass_keeps_frames_and_rows_in_order",
        finished(lambda frames: frames[:-1]),
        "it must give 24 frames, got 23",
    ),
    (
        "its_last_pass_keeps_frames_and_rows_in_order",
        finished(lambda frames: frames[::-1]),
        "frame 0 must stay in its place",
    ),
    (
        "its_last_pass_keeps_frames_and_rows_in_order",
        finished(
            lambda frames: [frame.rows(np.arange(len(frame.tracks))[::-1]) for frame in frames]
        ),
        "frame 0: rows must be some of [0, 1, 2] in their order, got [2, 1, 0]",
    ),
    (
        "its_last_pass_keeps_frames_and_rows_in_order",
        finished(lambda frames: [frame.rows(frame.tracks != 1) for frame in frames]),
        "frame 0 must stay as it is, since finishes says so",
    ),
    (
        "its_last_pass_keeps_frames_and_rows_in_order",
        attrs.evolve(
            finished(
                lambda frames: [attrs.evolve(each, tracks=each.tracks + 9) for each in frames]
            ),
            finishes=None,
        ),
        "frame 0: tracks must be -1 or below 3, got [9, 10, 11]",
    ),
]


def broken_promises(spec: TrackerSpec) -> dict[str, str]:
    return {
        case.check.name: case.outcome().message
        for case in cases(spec.key, kind="tracker", registry=registry_of(spec))
        if case.subject.label != "default" and case.outcome().status == "broken"
    }


def test_the_sound_tracker_keeps_every_promise() -> None:
    assert broken_promises(SPEC) == {}


@pytest.mark.parametrize(
    ("name", "spec", "finding"),
    [pytest.param(*entry, id=f"{entry[0]}: {entry[2]}") for entry in EVERY],
)
def test_a_broken_tracker_is_caught_by_exactly_the_check_that_is_about_it(
    name: str, spec: TrackerSpec, finding: str
) -> None:
    messages = broken_promises(spec)

    assert list(messages) == [name]
    assert finding in messages[name]


def test_every_check_of_trackers_alone_has_a_tracker_that_breaks_it() -> None:
    names = {check.name for check in every_check("tracker") if check.kinds == ("tracker",)}

    assert names == {name for name, _, _ in EVERY}


def test_a_tracker_whose_defaults_need_more_is_examined_by_its_examples() -> None:
    def build(config: Config, setting: Setting) -> Sound:
        return refused(config, setting) if config.reach == 50.0 else Sound(config, setting)

    statuses = {
        case.subject.label: case.outcome().status
        for case in cases(
            "made_up", kind="tracker", registry=registry_of(attrs.evolve(SPEC, build=build))
        )
        if case.check.name == "an_animal_that_stands_still_keeps_its_track"
    }

    assert statuses == {"default": "skipped", "near": "kept"}

"""Checks of what trackers make of frames. They need NumPy and no Keras."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from poise.errors import ConfigError
from poise.messages import join_names
from poise.testing.check import NotApplicable, check, require
from poise_workflows.tracking.contract import Sightings
from poise_workflows.tracking.testing import scenes
from poise_workflows.tracking.testing.comparing import first_difference, same
from poise_workflows.tracking.testing.subjects import TrackerSubject

BUILT = ("it_is_found_by_its_key", "it_is_built_from_each_example")
COUNTED = (*BUILT, "every_instance_is_in_the_result_or_counted")


@check(
    "tracker",
    scope="configuration",
    fix="raise ConfigError from build only if options do not fit each other or the setting; give "
    "examples that do fit, for four parts and images of 96 by 160 pixels",
    after=("it_is_found_by_its_key",),
)
def it_is_built_from_each_example(subject: TrackerSubject) -> None:
    """The suite tracks with the examples, and users begin with them."""
    try:
        subject.tracker()
    except ConfigError as error:
        if subject.label == "default":
            raise NotApplicable(f"its defaults need more options: {error.one_line()}") from None
        raise


@check(
    "tracker",
    scope="configuration",
    fix="put each row of the sight into instances once, with a track or -1, or count it in dropped "
    "under the option that left it out",
    after=BUILT,
)
def every_instance_is_in_the_result_or_counted(subject: TrackerSubject) -> None:
    """An instance that is lost without a word is work that a user has lost."""
    subject.need_a_tracker()
    for number, (sight, tracked) in enumerate(zip(subject.eventful, subject.tracked, strict=True)):
        rows, count = list(map(int, tracked.instances)), len(sight)
        where = f"frame {number}"
        lengths = {len(rows), len(tracked.tracks), len(tracked.scores)}
        require(
            len(lengths) == 1,
            f"{where}: instances, tracks and scores must have one length, got {sorted(lengths)}",
        )
        wrong = [row for row in rows if not 0 <= row < count] + _repeated(rows)
        require(not wrong, f"{where}: instances must be rows of {count}, each once, got {rows}")
        lost, told = count - len(rows), sum(tracked.dropped.values())
        require(
            lost == told, f"{where}: dropped must count {lost} instances that are lost, got {told}"
        )
        empty = [limit for limit in tracked.dropped if not limit.strip()]
        require(not empty, f"{where}: dropped must name the limit, got {empty and empty[0]!r}")


def _repeated(values: list[int]) -> list[int]:
    return [value for value in set(values) if values.count(value) > 1]


@check(
    "tracker",
    scope="configuration",
    fix="count tracks from 0 in the order in which they begin, and name each in new_tracks in the "
    "frame in which it begins",
    after=COUNTED,
)
def its_tracks_are_numbered_as_they_begin(subject: TrackerSubject) -> None:
    """The numbers are places in the file's list of tracks, which the names are appended to."""
    subject.need_a_tracker()
    names: list[str] = []
    for number, tracked in enumerate(subject.tracked):
        before, where = len(names), f"frame {number}"
        names += tracked.new_tracks
        used = [int(track) for track in tracked.tracks if track != -1]
        beyond = [track for track in used if not 0 <= track < len(names)]
        require(not beyond, f"{where}: tracks must be -1 or below {len(names)}, got {used}")
        require(not _repeated(used), f"{where}: a track must have one instance, got {used}")
        unused = sorted(set(range(before, len(names))) - set(used))
        require(not unused, f"{where}: the new tracks {unused} must have an instance, got {used}")
    twice = {name for name in names if names.count(name) > 1 or not name}
    require(not twice, f"names of tracks must differ, got {join_names(sorted(twice))} twice")


@check(
    "tracker",
    scope="configuration",
    fix="number the names of new tracks from setting.created on",
    after=(*COUNTED, "its_tracks_are_numbered_as_they_begin"),
)
def its_names_go_on_after_those_of_the_run(subject: TrackerSubject) -> None:
    """Several videos are written to one file, in which two tracks of one name look like one."""
    subject.need_a_tracker()
    names = [name for tracked in subject.tracked for name in tracked.new_tracks]
    later = subject.track(subject.eventful, created=len(names))
    again = {name for tracked in later for name in tracked.new_tracks} & set(names)
    require(
        not again,
        f"after {len(names)} tracks, names must be new, got {join_names(sorted(again))} again",
    )


@check(
    "tracker",
    scope="configuration",
    fix="use no random numbers, clocks or state that two trackers share, and change no array of "
    "the sight",
    after=COUNTED,
)
def the_same_sights_give_the_same_tracks(subject: TrackerSubject) -> None:
    """A run that is repeated, or goes on after an interruption, must give the same file."""
    subject.need_a_tracker()
    first, again = subject.tracked, subject.track(subject.eventful)
    number = first_difference(first, again)
    require(number is None, f"a second tracker gave frame {number} other tracks")
    before = scenes.eventful(with_images=subject.needs_images)
    pairs = enumerate(zip(before, subject.eventful, strict=True))
    changed = [number for number, sights in pairs if not same(*sights)]
    require(not changed, f"tracking changed the sight of frame {changed and changed[0]}")


@check(
    "tracker",
    scope="configuration",
    fix="return empty arrays for a frame without instances",
    after=COUNTED,
)
def it_takes_frames_without_instances(subject: TrackerSubject) -> None:
    """Animals leave the image, and videos begin before they come."""
    subject.need_a_tracker()
    tracker = subject.tracker()
    images = subject.needs_images
    for number in range(3):
        tracked = tracker.track(scenes.sight(number, [], with_image=images))
        got = (len(tracked.instances), len(tracked.new_tracks))
        require(got == (0, 0), f"no instances must give none and no tracks, got {got}")
    with_one = tracker.track(scenes.sight(3, [0], with_image=images))
    require(
        len(with_one.instances) + sum(with_one.dropped.values()) == 1,
        "after frames without instances it must take one that comes",
    )


@check(
    "tracker",
    scope="configuration",
    fix="leave missing parts out of sums and means, and match nothing that has no visible part",
    after=COUNTED,
)
def missing_parts_give_no_score_that_is_no_number(subject: TrackerSubject) -> None:
    """Models miss parts in most frames; NaN in a score spoils every later sum."""
    subject.need_a_tracker()
    for number, tracked in enumerate(subject.tracked):
        wrong = [float(score) for score in tracked.scores if not np.isfinite(score)]
        require(not wrong, f"frame {number}: tracking scores must be finite, got {wrong}")


@check(
    "tracker",
    scope="configuration",
    fix="match instances by what they look like or where they are, not by their rows",
    after=(*COUNTED, "its_tracks_are_numbered_as_they_begin"),
)
def an_animal_that_stands_still_keeps_its_track(subject: TrackerSubject) -> None:
    """This is the least that a track means; rows of a frame have no order."""
    subject.need_a_tracker()
    sights = scenes.steady(20, pace=0.0, with_images=subject.needs_images)
    of_animal: dict[int, list[int]] = {}
    for sight, tracked in zip(sights, subject.track(sights), strict=True):
        animals = scenes.animals_of(sight, pace=0.0)
        for row, track in zip(tracked.instances, tracked.tracks, strict=True):
            of_animal.setdefault(animals[row], []).append(int(track))
    tracks = {
        animal: {track for track in each if track != -1} for animal, each in of_animal.items()
    }
    several = {animal: sorted(each) for animal, each in tracks.items() if len(each) > 1}
    require(not several, f"an animal must have one track, got {_in_words(several)}")
    require(any(tracks.values()), "three animals must have a track, got none")
    shared = [
        pair
        for pair in itertools.combinations(sorted(tracks), 2)
        if tracks[pair[0]] & tracks[pair[1]]
    ]
    require(not shared, f"two animals must have two tracks, got one for {shared}")


def _in_words(tracks: dict[int, list[int]]) -> str:
    return join_names(f"tracks {each} for animal {animal}" for animal, each in tracks.items())


class _Frames:
    """Frames that can be iterated over any number of times."""

    def __init__(self, frames: list[Sightings]) -> None:
        self.frames = frames

    def __iter__(self) -> Iterator[Sightings]:
        return iter(self.frames)


@check(
    "tracker",
    scope="configuration",
    fix="yield every frame in its order, with instances left out or with other tracks, but in "
    "their order; declare finishes for options with which nothing changes",
    after=(*COUNTED, "its_tracks_are_numbered_as_they_begin"),
)
def its_last_pass_keeps_frames_and_rows_in_order(subject: TrackerSubject) -> None:
    """The file is written from what the pass gives, frame by frame."""
    subject.need_a_tracker()
    if subject.spec.finish is None:
        raise NotApplicable("it has no pass over all frames")
    before = subject.sightings
    after = list(subject.spec.finish(subject.config, _Frames(before)))
    require(len(after) == len(before), f"it must give {len(before)} frames, got {len(after)}")
    names = sum(len(tracked.new_tracks) for tracked in subject.tracked)
    changes = subject.spec.finishes is None or subject.spec.finishes(subject.config)
    for number, (one, other) in enumerate(zip(before, after, strict=True)):
        rows, left = list(map(int, one.instances)), list(map(int, other.instances))
        where, kept = f"frame {number}", [row for row in rows if row in left]
        require(
            (one.source, one.sight.number) == (other.source, other.sight.number),
            f"{where} must stay in its place",
        )
        require(kept == left, f"{where}: rows must be some of {rows} in their order, got {left}")
        beyond = [int(track) for track in other.tracks if not -1 <= track < names]
        require(not beyond, f"{where}: tracks must be -1 or below {names}, got {beyond}")
        same = rows == left and np.array_equal(one.tracks, other.tracks)
        require(same or changes, f"{where} must stay as it is, since finishes says so")

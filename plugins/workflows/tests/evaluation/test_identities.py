from __future__ import annotations

import math

import pytest

from poise_workflows.evaluation.histories import Histories, Sighting
from poise_workflows.evaluation.identities import (
    fragments,
    identities_of,
    notes_of,
    right_names,
    switches,
)

LOST = Sighting(is_matched=False)


def course(tracks: str) -> list[Sighting]:
    """A letter a frame: the predicted track, ``.`` for none, ``-`` where nothing matches."""
    return [
        LOST if each == "-" else Sighting(is_matched=True, track=None if each == "." else each)
        for each in tracks
    ]


@pytest.mark.parametrize(
    ("tracks", "switched", "lost"),
    [
        ("aaaa", 0, 0),
        ("aabb", 1, 0),
        ("abab", 3, 0),
        ("aa--aa", 0, 1),
        ("aa--bb", 1, 1),
        ("a-a-a", 0, 2),
        ("--aa--", 0, 0),
        ("a..a", 0, 0),
        ("a..b", 1, 0),
        ("----", 0, 0),
        ("", 0, 0),
    ],
)
def test_switches_are_new_tracks_and_fragments_are_returns(
    tracks: str, switched: int, lost: int
) -> None:
    assert (switches(course(tracks)), fragments(course(tracks))) == (switched, lost)


def test_names_are_right_among_what_matches() -> None:
    assert right_names("a", course("aab-.")) == 2 / 4
    assert math.isnan(right_names("a", course("--")))


def of(**courses: str) -> Histories:
    return Histories(of={(0, name): course(each) for name, each in courses.items()}, others=[])


def test_idf1_does_not_care_for_names_but_accuracy_does() -> None:
    figures = identities_of(of(a="xxxx", b="yyyy"))

    assert figures["tracking.idf1"] == 1
    assert math.isnan(figures["identity.accuracy"])
    assert notes_of(of(a="xxxx")) == [
        "no predicted track has the name of a labeled one: identities have no accuracy"
    ]


def test_a_track_is_taken_for_one_animal_only() -> None:
    figures = identities_of(of(a="aaaa", b="aaaa"))

    # a has all four; b's four are of a track that is taken.
    assert figures["tracking.idf1"] == 2 * 4 / (8 + 8)
    assert figures["identity.accuracy"] == 4 / 8


def test_the_assignment_is_the_best_of_all() -> None:
    # Whoever takes x for a, where it fits best, loses y for b.
    figures = identities_of(of(a="xxxyy", b="xx---"))

    assert figures["tracking.idf1"] == 2 * 4 / (10 + 7)


def test_tracks_of_two_videos_know_nothing_of_each_other() -> None:
    histories = Histories(of={(0, "a"): course("xx"), (1, "b"): course("xx")}, others=[])

    assert identities_of(histories)["tracking.idf1"] == 1


def test_without_tracks_there_are_no_figures_and_a_note() -> None:
    for histories, note in [
        (of(), "no labeled animal has a track: identities and tracking have no figures"),
        (of(a="."), "no matched prediction has a track: identities and tracking have no figures"),
    ]:
        assert all(map(math.isnan, identities_of(histories).values()))
        assert notes_of(histories) == [note]

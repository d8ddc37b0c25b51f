"""``--tracking.*``: which tracker SLEAP takes, and what it ignores."""

from __future__ import annotations

import pytest

from poise_workflows.prediction.options import OptionsError
from poise_workflows.sleap_commands.track_parser import parser
from poise_workflows.sleap_commands.track_tracking import EDITION, Tracking, tracking_of


def tracking(*words: str) -> Tracking:
    return tracking_of(parser().parse_args(words))


def test_without_an_option_there_is_no_tracker() -> None:
    assert tracking().words() == []


@pytest.mark.parametrize("name", ["none", "None", "NONE"])
def test_none_switches_it_off_with_all_its_options(name: str) -> None:
    off = tracking("--tracking.tracker", name, "--tracking.match", "greedy")

    assert off.words() == []
    assert off.notes == ("--tracking.match is ignored, as in SLEAP: there is no tracker",)


def test_one_option_is_enough_for_flow() -> None:
    words = tracking("--tracking.match", "hungarian").words()

    assert words == ["--track", "flow", "--tracking.match", "hungarian", *EDITION]


def test_options_of_another_tracker_are_ignored() -> None:
    simple = tracking("--tracking.tracker", "simple", "--tracking.img_scale", "0.5")

    assert simple.words() == ["--track", "simple", *EDITION]
    assert len(simple.notes) == 1


def test_kalman_filters_are_a_tracker() -> None:
    given = ("--tracking.kf_init_frame_count", "10", "--tracking.kf_node_indices", "0,1")
    words = tracking("--tracking.tracker", "simple", *given)

    assert words.tracker == "kalman"
    assert words.options == given
    assert words.notes == ()


def test_zero_frames_are_no_kalman_filters() -> None:
    words = tracking("--tracking.tracker", "simple", "--tracking.kf_init_frame_count", "0")

    assert words.tracker == "simple"
    assert words.options == ()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--tracking.kf_init_frame_count", "5"), "must be simple for Kalman filters, got flow"),
        (
            ("--tracking.tracker", "simple", "--tracking.kf_init_frame_count", "5"),
            "must be the parts that Kalman filters follow, as 0,1,2, got none",
        ),
        (("--tracking.kf_init_frame_count", "few"), "must be a whole number, got 'few'"),
    ],
)
def test_kalman_filters_that_sleap_refuses_are_refused(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(OptionsError) as caught:
        tracking(*words)

    assert why in str(caught.value)

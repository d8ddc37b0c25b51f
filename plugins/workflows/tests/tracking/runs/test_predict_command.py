"""``poise predict --track``: options by SLEAP's names, what is said, and wrong calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from poise.cli import main
from poise_workflows.tracking.arguments import TrackingCommand, taken, track_option

QUIET = ("-m", "model", "--progress", "none")


@pytest.fixture
def call(flies: Callable[..., Path], model: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``call(…)`` runs ``poise predict`` in the folder that has ``flies`` and ``model``."""
    monkeypatch.chdir(flies().parent)
    return lambda *words: main(["predict", "flies", *QUIET, *words])


def test_it_says_the_tracker_its_edition_and_how_to_get_sleaps_tracks(
    call: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("--track", "nearest") == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [
        "note    tracker: nearest, edition 2026; --tracking.edition sleap-1.4 gives SLEAP's tracks",
        "predicted  flies.predictions.slp",
        "  9 frames, 18 animals, 0 empty",
        "  tracks    2",
    ]


def test_options_have_either_form_and_become_values_of_their_types(
    call: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "--tracking.by-look=false --tracking.reach 9 --tracking.nodes 0,2 --tracking.most=1"

    assert call("--track", "nearest", *words.split(), "--tracking.edition", "sleap-1.4") == 0

    said = capsys.readouterr().out
    assert "tracker: nearest, edition sleap-1.4: SLEAP's tracks" in said
    assert "dropped   9 animals: most 1" in said
    report = json.loads(Path("flies.predictions.report.json").read_text(encoding="utf-8"))
    assert report["tracking"] == {
        "tracker": "nearest",
        "edition": "sleap-1.4",
        "options": {"reach": 9.0, "most": 1, "by_look": False, "least": 0, "nodes": [0, 2]},
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--track neerest", "must be a tracker, got 'neerest'; did you mean 'nearest'? @ --track"),
        (
            "--track nearest --tracking.reech 3",
            "got 'reech'; did you mean 'reach'? @ --tracking.reech",
        ),
        ("--track nearest --tracking.reach far", "must be a number, got 'far' @ --tracking.reach"),
        (
            "--track nearest --tracking.least 1.5",
            "must be an integer, got '1.5' @ --tracking.least",
        ),
        ("--track nearest --tracking.by_look maybe", "must be true or false, got 'maybe'"),
        ("--track nearest --tracking.most 0", "--tracking.most"),
        ("--track nearest --tracking.edition 2025", "must be sleap-1.4 or 2026, got '2025'"),
        ("--track nearest --tracking.reach", "Option '--tracking.reach' requires a value."),
        ("--track nearest --tracking.reach 1 --tracking.reach 2", "must be given once, got"),
        ("--tracking.reach 1", "must be left out without a tracker, got --tracking.reach; name"),
        ("--tracking.tracker simple", "name one with --track NAME"),
        ("--track nearest --tracking.tracker simple", "must be given with --track NAME, got"),
    ],
)
def test_a_wrong_call_ends_with_2_and_writes_nothing(
    words: str, message: str, call: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(Path().iterdir())

    status = call(*words.split())

    assert status == 2
    assert message in capsys.readouterr().err
    assert sorted(Path().iterdir()) == before


def test_options_may_stand_anywhere_but_not_after_two_hyphens() -> None:
    rest, texts = taken(["a", "--tracking.x-y=1=2", "-m", "b", "--", "--tracking.z", "c"])

    assert (rest, texts) == (["a", "-m", "b", "--", "--tracking.z", "c"], {"x_y": "1=2"})


def test_a_negative_number_is_a_value() -> None:
    assert taken(["--tracking.min_similarity", "-20"]) == ([], {"min_similarity": "-20"})


def test_the_help_says_that_a_tracker_has_options() -> None:
    @click.command(cls=TrackingCommand)
    @track_option(help="Which.")
    def command(**options: Any) -> None:
        """Do."""

    said = " ".join(command.get_help(click.Context(command)).split())
    assert "--track NAME Which. --tracking.OPTION VALUE Of the tracker, by SLEAP's names" in said

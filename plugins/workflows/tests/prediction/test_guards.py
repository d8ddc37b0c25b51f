"""A run whose guard objects writes nothing more, and another run goes on from what is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from poise.cli import main
from poise.errors import PoiseError
from poise_workflows.journal.reading import read_journal
from poise_workflows.prediction import calls
from poise_workflows.prediction.running import run_selection

WORDS = ("flies", "-m", "model", "-o", "out.slp", "--batch-size", "2", "--progress", "none")


class Guard:
    """Lets a run write so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self) -> None:
        self.times -= 1
        if self.times < 0:
            raise PoiseError("another worker has the video")


@pytest.fixture
def call(
    frames: Callable[..., Path], model: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Guard], int]:
    """Run the command with a guard, in the folder of ``flies``."""
    monkeypatch.chdir(frames(count=6).parent)

    def run(guard: Guard) -> int:
        with monkeypatch.context() as patch:
            patch.setattr(
                calls,
                "run_selection",
                lambda run, show: run_selection(attrs.evolve(run, guard=guard), show),
            )
            return main(["predict", *WORDS])

    return run


def test_whenever_the_guard_objects_there_is_no_result_and_the_next_run_has_all_of_it(
    call: Callable[[Guard], int], poses: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    guard = Guard(1000)
    assert call(guard) == 0
    expected, asked = poses(Path("out.slp")), 1000 - guard.times
    assert asked > 5  # before the journal, each of three batches, its end, and the result

    for times in range(asked - 1):
        for file in Path().glob("out.*"):
            file.unlink()
        assert call(Guard(times)) == 2
        assert "another worker has the video" in capsys.readouterr().err
        assert {file.name for file in Path().glob("out.*")} <= {"out.slp.journal"}

        assert call(Guard(1000)) == 0
        assert poses(Path("out.slp")) == expected
        recorded = read_journal(Path("out.slp.journal"))
        assert recorded is not None
        assert recorded.progress == {0: 6}

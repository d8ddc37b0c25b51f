"""``--renew``: another run begins anew where one is, and keeps what is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise.cli import main
from poise_workflows.journal.writing import Journal

WORDS = ("-m", "model", "-o", "out.slp", "--batch-size", "1", "--progress", "none", "--renew")


@pytest.fixture
def call(frames: Callable[..., Path], model: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``call(…)`` runs the command with further words, in the folder of ``flies``."""
    monkeypatch.chdir(frames(count=4).parent)
    return lambda *words: main(["predict", "flies", *WORDS, *words])


def names() -> list[str]:
    return sorted(path.name for path in Path().glob("out.*"))


def notes() -> list[str]:
    return list(json.loads(Path("out.report.json").read_text(encoding="utf-8"))["notes"])


def test_the_same_run_is_left_alone(call: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert call() == 0
    Path("out.slp").write_bytes(b"corrected")

    assert call() == 0

    assert "finished before  out.slp" in capsys.readouterr().out
    assert Path("out.slp").read_bytes() == b"corrected"
    assert names() == ["out.report.json", "out.slp", "out.slp.journal"]


def test_another_run_keeps_everything_that_is_there(call: Any, poses: Any) -> None:
    assert call("--format", "analysis.csv") == 0
    before = {name: Path(name).read_bytes() for name in names()}

    assert call("--format", "analysis.csv", "--frames", "0-1") == 0

    aside = {
        "out.slp": "out.1.slp",
        "out.report.json": "out.report.1.json",
        "out.slp.journal": "out.slp.1.journal",
        "out.000_0.analysis.csv": "out.000_0.analysis.1.csv",
    }
    assert {name: Path(aside[name]).read_bytes() for name in before} == before
    assert len(poses(Path("out.slp"))["frames"]) == 2
    assert "out.slp was there, and is out.1.slp now" in notes()


def test_a_file_without_a_journal_is_kept(call: Any) -> None:
    Path("out.slp").write_bytes(b"precious")

    assert call() == 0

    assert Path("out.1.slp").read_bytes() == b"precious"
    assert notes() == ["out.slp was there, and is out.1.slp now"]


def test_what_is_no_journal_is_refused_and_stays(call: Any) -> None:
    Path("out.slp.journal").write_bytes(b"precious")

    assert call() == 2

    assert Path("out.slp.journal").read_bytes() == b"precious"
    assert names() == ["out.slp.journal"]


def test_an_interrupted_run_goes_on(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    append = Journal.append
    done: list[int] = []

    def stop_after_two(journal: Journal, batch: Any) -> None:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(len(batch))
        append(journal, batch)

    monkeypatch.setattr(Journal, "append", stop_after_two)
    assert call() == 130
    monkeypatch.setattr(Journal, "append", lambda *words: (done.append(1), append(*words)))

    assert call() == 0

    assert len(done) == 4
    assert "out.1.slp" not in names()

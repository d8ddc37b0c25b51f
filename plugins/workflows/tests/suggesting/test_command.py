"""``poise suggest`` on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from poise.cli import main

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["suggest", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_it_says_which_frames_by_which_suggester(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("flies.slp", {"doubtful": [7, 20], "empty": [30, 31, 32], "suggested": [2]})

    lines = said(capsys, "flies.slp", "-o", "project.slp", "-n", "4", "--by", "score",
                 "--by", "missing", "--min-gap", "1")  # fmt: skip

    assert lines[0] == "suggested  project.slp"
    assert lines[1] == "  4 frames of film 0.mp4, the worst first"
    assert lines[2].split() == ["by", "score", "2", "frames", "7,", "20"]
    assert lines[3].split()[:4] == ["by", "missing", "2", "frames"]
    assert lines[4:] == ["  note  1 frame that the file suggests already: left out"]


def test_it_names_the_video_of_a_frame_if_there_are_several(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("flies.slp", {"doubtful": [7]}, {"doubtful": [9]})

    lines = said(capsys, "flies.slp", "-o", "project.slp", "-n", "2", "--by", "score")

    assert lines[1] == "  2 frames of 2 videos, the worst first"
    assert "film 0.mp4 7, film 1.mp4 9" in lines[2]


def test_of_many_frames_it_names_the_worst(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write("flies.slp", {"doubtful": range(40)})

    lines = said(capsys, "flies.slp", "-o", "p.slp", "-n", "20", "--by", "score", "--min-gap", "1")

    assert lines[2].endswith("0, 1, 2, 3, 4, 5, 6, 7, and 12 more")


def test_json_has_every_frame(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("flies.slp", {"doubtful": [7]})

    (text,) = ["\n".join(said(capsys, "flies.slp", "-o", "p.slp", "--json", "--by", "score"))]

    data = json.loads(text)
    assert (data["output"], data["by"]) == ("p.slp", ["score"])
    assert len(data["frames"]) > 10
    worst = {"video": "film 0.mp4", "frame": 7, "by": "score"}
    assert {name: data["frames"][0][name] for name in worst} == worst


def test_by_default_all_four_take_turns(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("flies.slp", {"doubtful": [7, 9], "empty": [30]})

    lines = said(capsys, "flies.slp", "-o", "p.slp", "-n", "4", "--json")

    data = json.loads("\n".join(lines))
    assert data["by"] == ["score", "jump", "count", "missing"]
    assert {7, 30} <= {each["frame"] for each in data["frames"]}


def test_a_project_that_cannot_be_written_ends_with_1(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    write("flies.slp", {"doubtful": [7]})
    monkeypatch.setattr("poise_workflows.suggesting.suggestion_files.reserve", full)

    assert main(["suggest", "flies.slp", "-o", "p.slp"]) == 1
    assert "cannot be written: No space left on device" in capsys.readouterr().err
    assert not Path("p.slp").exists()

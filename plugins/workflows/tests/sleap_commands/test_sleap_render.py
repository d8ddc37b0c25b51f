"""``sleap-render``: SLEAP's defaults, and the command of Poise that stands for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import pytest

from poise.cli import main


@pytest.fixture
def flies(poses: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with animals in frames 3 to 7, and a frame 2 without."""
    poses()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def film(path: str) -> tuple[int, int, int, float]:
    """Frames, width, height, and frames a second."""
    with av.open(path) as file:
        stream = file.streams.video[0]
        count = sum(1 for _ in file.decode(video=0))
        return count, stream.width, stream.height, float(stream.average_rate or 0)


def test_the_labeled_frames_that_have_an_animal_become_an_avi_of_25_frames_a_second(
    flies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sleap-render", "flies.slp"]) == 0

    assert film("flies.slp.avi") == (5, 80, 48, 25.0)
    said = capsys.readouterr().err
    expected = "runs poise render flies.slp -o flies.slp.avi --overwrite --video-index 0"
    assert f"{expected} --frames 3-7 --fps 25 --marker-size 4" in said


def test_the_command_that_it_names_draws_the_same(
    flies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["sleap-render", "flies.slp", "-o", "a.avi", "--sc", "2", "--crop", "40,20", "-f", "5"])
    (line,) = [line for line in capsys.readouterr().err.splitlines() if " runs " in line]
    words = line.split(" runs poise ")[1].replace("a.avi", "b.avi").split()

    assert main(words) == 0

    assert film("a.avi") == film("b.avi") == (5, 80, 40, 5.0)
    assert Path("a.avi").read_bytes() == Path("b.avi").read_bytes()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--show_edges", "0"], "--no-edges"),
        (["--distinctly_color", "nodes"], "--color-by node"),
        (["--background", "grey"], "--background gray"),
        (["--marker_size", "2.5"], "--marker-size 2.5"),
        (["--frames", "3,5"], "--frames 3,5"),
    ],
)
def test_options_have_counterparts(
    words: list[str], expected: str, flies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sleap-render", "flies.slp", "--frames", "3", *words]) == 0
    assert expected in capsys.readouterr().err


def test_what_is_no_crop_is_none(flies: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sleap-render", "flies.slp", "--frames", "3", "--crop", "half"]) == 0
    assert "--crop" not in capsys.readouterr().err


def test_a_video_that_is_there_is_kept_aside(
    flies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.avi").write_text("precious", encoding="utf-8")

    assert main(["sleap-render", "flies.slp", "-o", "a.avi"]) == 0

    assert Path("a.1.avi").read_text(encoding="utf-8") == "precious"
    assert "a.avi was there, and is a.1.avi now" in capsys.readouterr().err


def test_a_drawing_that_fails_leaves_what_was_there(flies: Path) -> None:
    Path("a.avi").write_text("precious", encoding="utf-8")

    assert main(["sleap-render", "flies.slp", "-o", "a.avi", "--frames", "99"]) == 2

    assert Path("a.avi").read_text(encoding="utf-8") == "precious"
    assert not Path("a.1.avi").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--edge_is_wedge", "1"], "draws edges as lines"),
        (["--palette", "five+"], "must be standard, got five+"),
        (["--distinctly_color", "edges"], "must be instances or nodes, got edges"),
        (["--background", "pink"], "must be one of original, black, white, grey, got pink"),
        (["--video-index", "3"], "3"),
    ],
)
def test_what_poise_does_not_draw_is_refused(
    words: list[str], why: str, flies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sleap-render", "flies.slp", *words]) == 2

    assert why in capsys.readouterr().err
    assert not Path("flies.slp.avi").exists()

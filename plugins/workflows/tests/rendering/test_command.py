"""``poise render``: options, messages and exit statuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from poise.cli import main
from poise_workflows.rendering.encoding import Film

Poses = Callable[..., Path]


@pytest.fixture
def call(poses: Poses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    poses()
    monkeypatch.chdir(tmp_path)
    return lambda *words: main(["render", *words])


def test_it_says_what_it_drew(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    status = call("flies.slp", "-o", "drawn.mp4", "--frames", "0-3", "--crop", "0,0,40,40")

    assert status == 0
    assert capsys.readouterr().out.splitlines() == ["drawn  drawn.mp4", "  4 frames"]
    assert Path("drawn.mp4").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["flies.slp", "-o", "drawn.gif"], "must end in one of .mp4"),
        (["no.slp", "-o", "drawn.mp4"], "must be a label file of SLEAP, got no.slp"),
        (["flies.mp4", "-o", "drawn.mp4"], "must be a label file of SLEAP, got flies.mp4"),
        (
            ["flies.slp", "-o", "flies.slp.mp4", "--crop", "a"],
            "as 0,0,64,64, got 'a'; width and height alone",
        ),
        (["flies.slp", "-o", "flies.mp4"], "must be a new file, got flies.mp4"),
        (["flies.slp", "-o", "drawn.mp4", "--frames", "99"], "got 99"),
    ],
)
def test_a_wrong_call_ends_with_two(
    call: Callable[..., int],
    words: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(*words) == 2
    assert message in capsys.readouterr().err
    assert not Path("drawn.mp4").exists()


def test_a_full_disk_ends_with_one(
    call: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(self: Film) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Film, "end", fail)

    assert call("flies.slp", "-o", "drawn.mp4") == 1
    assert "No space left on device" in capsys.readouterr().err

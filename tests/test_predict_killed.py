"""A process that predicts is killed, and the same command goes on to the same result.

The model and its video are not in the repository.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("keras")]

FRAMES = "0-29"


@pytest.fixture
def command(shared: Path) -> list[str]:
    model = shared / "sleap" / "models" / "minimal_robot.UNet.single_instance"
    video = shared / "sleap" / "videos" / "small_robot.mp4"
    options = ["--frames", FRAMES, "--batch-size", "1", "--progress", "json"]
    start = [sys.executable, "-m", "poise", "predict", str(video), "-m", str(model)]
    return [*start, *options, "-o", "robot.slp"]


def kill_at(command: list[str], folder: Path, frame: int) -> None:
    """Kill the command as soon as it tells that so many frames are done; at 0, in its start."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if not frame:
            time.sleep(1)
        else:
            lines = (json.loads(line) for line in process.stdout)
            next(event for event in lines if event["n_processed"] >= frame)
        process.kill()


def poses(path: Path) -> list[Any]:
    import sleap_io

    labels = sleap_io.load_slp(str(path), open_videos=False)
    return [
        (int(frame.frame_idx), animal.numpy().tobytes(), animal.points["score"].tobytes())
        for frame in labels
        for animal in frame.instances
    ]


def test_a_run_that_was_killed_twice_has_the_result_of_an_uninterrupted_one(
    command: list[str], tmp_path: Path
) -> None:
    parts, whole = tmp_path / "parts", tmp_path / "whole"
    for folder in (parts, whole):
        folder.mkdir()
    kill_at(command, parts, 0)
    kill_at(command, parts, 1)
    assert not (parts / "robot.slp").exists()

    for folder in (parts, whole):
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    assert poses(parts / "robot.slp") == poses(whole / "robot.slp")
    assert len(poses(whole / "robot.slp")) == 30

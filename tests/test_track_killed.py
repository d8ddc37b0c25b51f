"""``poise predict --track`` is killed, and the same command goes on with the same tracks."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from killing import after_an_event, killed
from poise import registry
from poise.cli import main

pytestmark = pytest.mark.usefixtures("keras")

OUTPUT = "flies.slp"
LIMIT = ["--tracking.max_tracks", "2"]
OPTIONS = {
    "simple": ["--tracking.post_connect_single_breaks", "1", "--tracking.target-instance-count=2"],
    "simplemaxtracks": LIMIT,
    "flow": ["--tracking.edition", "sleap-1.4"],
    "flowmaxtracks": LIMIT,
    "kalman": [
        *("--tracking.target_instance_count", "2", "--tracking.kf_init_frame_count", "8"),
        *("--tracking.kf_node_indices", "0,1"),
    ],
}
"""Tracker → its options."""


def command(workspace: Path, tracker: str, rounds: int) -> list[str]:
    flies = workspace / "docs" / "examples" / "flies"
    sources = [str(flies / "flies.mp4"), "-m", str(flies / "model"), "-o", OUTPUT]
    frames = ["--frames", ",".join(["0-59"] * rounds), "--batch-size", "1"]
    words = [*sources, *frames, "--track", tracker, *OPTIONS[tracker], "--progress", "json"]
    return ["predict", *words]


def run(folder: Path, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the command in this process, which is spared another start of the backend."""
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        assert main(words) == 0


def contents(folder: Path) -> Any:
    """Every array of the result, and all of the report but the seconds."""
    import h5py

    report = json.loads((folder / OUTPUT).with_suffix(".report.json").read_text(encoding="utf-8"))
    with h5py.File(folder / OUTPUT) as file:
        tables = {n: file[n][()].tobytes() for n in ("frames", "instances", "pred_points")}
        return {**tables, "tracks": file["tracks_json"][()].tolist(), **report, "seconds": None}


@pytest.mark.parametrize(
    ("tracker", "kills", "rounds"),
    [
        ("simple", 2, 2),
        *(pytest.param(tracker, 30, 8, marks=pytest.mark.slow) for tracker in OPTIONS),
    ],
)
def test_a_run_that_is_killed_again_and_again_has_the_tracks_of_an_uninterrupted_one(
    tracker: str,
    kills: int,
    rounds: int,
    workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if tracker.startswith("flow"):
        pytest.importorskip("cv2")
    assert tracker in registry.default().plugins_of("tracker")
    calm, folder = tmp_path / "calm", tmp_path / "killed"
    calm.mkdir()
    folder.mkdir()
    words, chance = command(workspace, tracker, rounds), random.Random(17)
    run(calm, words, monkeypatch)
    process = [sys.executable, "-m", "poise", *words]

    done = [
        killed(folder, process, OUTPUT, after_an_event(chance.uniform(0, 0.3)))
        for _ in range(kills)
    ]
    run(folder, words, monkeypatch)

    assert done == sorted(set(done))
    assert 0 < done[0] < done[-1] < 60 * rounds
    assert contents(folder) == contents(calm)
    assert contents(calm)["frames"]
    assert contents(calm)["tracks"]

"""``poise predict --continue-tracks``: a recording in several files has the tracks of one file."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from killing import after_an_event, killed
from poise import registry
from poise.cli import main
from poise_workflows.journal.reading import journal_of, read_journal

pytestmark = pytest.mark.usefixtures("keras")

COUNT = 24
CUTS = {"part2": range(9), "part10": range(9, 11), "part11": range(11, COUNT)}
"""Name of a file → its frames. The second is shorter than what trackers remember."""

LIMIT = ["--tracking.max_tracks", "2"]
KALMAN = ["--tracking.target_instance_count", "2", "--tracking.kf_init_frame_count", "8"]
OPTIONS = {
    "simple": [],
    "simplemaxtracks": LIMIT,
    "flow": ["--tracking.save_shifted_instances", "1"],
    "flowmaxtracks": LIMIT,
    "kalman": [*KALMAN, "--tracking.kf_node_indices", "0,1"],
}
"""Tracker → options of a run in which every frame has its tracks as soon as it is predicted."""


@pytest.fixture(scope="module")
def camera(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the images of a clip, and with the same images in three folders."""
    from PIL import Image

    from poise_workflows.frames.opening import open_sources

    place = tmp_path_factory.mktemp("recording")
    (selection,) = open_sources([workspace / "docs/examples/flies/flies.mp4"])
    folders = {"whole": range(COUNT), **CUTS}
    for name in folders:
        (place / ("uncut" if name == "whole" else "camera") / name).mkdir(parents=True)
    for number, (_, frame) in zip(range(COUNT), selection.read(), strict=False):
        assert frame.image is not None
        image = Image.fromarray(np.squeeze(frame.image))
        for name, numbers in folders.items():
            if number in numbers:
                folder = place / ("uncut" if name == "whole" else "camera") / name
                image.save(folder / f"{number - numbers[0]}.png")
    return place


@pytest.fixture
def command(workspace: Path, camera: Path) -> Callable[..., list[str]]:
    def words(tracker: str, *sources: str) -> list[str]:
        model = workspace / "docs" / "examples" / "flies" / "model"
        places = [str(camera / source) for source in sources]
        how = ["-m", str(model), "-o", "out", "--batch-size", "1", "--progress", "json"]
        return ["predict", *places, *how, "--track", tracker, *OPTIONS[tracker]]

    return words


def run(folder: Path, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the command in this process, which is spared another start of the backend."""
    (folder / "out").mkdir(parents=True, exist_ok=True)
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        assert main(words) == 0


def animals(folder: Path, *names: str) -> list[Any]:
    """Frame by frame, each animal's points, track and tracking score."""
    import sleap_io

    paths = [folder / "out" / f"{name}.predictions.slp" for name in names]
    return [
        [
            (a.track and a.track.name, np.nan_to_num(a.numpy(), nan=-1).tolist(), a.tracking_score)
            for a in frame.instances
        ]
        for path in paths
        for frame in sleap_io.load_slp(str(path), open_videos=False)
    ]


def report(folder: Path, name: str) -> Any:
    text = (folder / "out" / f"{name}.predictions.report.json").read_text(encoding="utf-8")
    return {**json.loads(text), "seconds": None}


PARTS = [f"camera/{name}" for name in sorted(CUTS)]
"""As a shell names them: ``part10`` before ``part2``."""


@pytest.mark.parametrize("tracker", OPTIONS)
def test_the_files_of_a_recording_have_the_tracks_of_the_uncut_one(
    tracker: str,
    command: Callable[..., list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if tracker.startswith("flow"):
        pytest.importorskip("cv2")
    assert tracker in registry.default().plugins_of("tracker")
    uncut, cut = tmp_path / "uncut", tmp_path / "cut"

    run(uncut, command(tracker, "uncut/whole"), monkeypatch)
    run(cut, [*command(tracker, *PARTS), "--continue-tracks"], monkeypatch)

    assert animals(cut, *CUTS) == animals(uncut, "whole")
    assert sum(map(len, animals(uncut, "whole"))) > COUNT
    assert {track for frame in animals(uncut, "whole") for track, *_ in frame} > {"track_0"}


def done(folder: Path) -> int:
    """How many frames are in the journals."""
    journals = [journal_of(folder / "out" / f"{name}.predictions.slp") for name in CUTS]
    recorded = [read_journal(path) for path in journals if path.exists()]
    return sum(sum(each.progress.values()) for each in recorded if each)


def between_two_files(process: subprocess.Popen[str]) -> bool:
    """As soon as all frames of the first file are predicted; its result is not written yet."""
    assert process.stdout is not None
    events = map(json.loads, process.stdout)
    last = len(CUTS["part2"])
    assert next((event for event in events if event.get("n_processed") == last), None)
    return process.poll() is None


@pytest.mark.parametrize(
    ("tracker", "kills"),
    [("simple", 1), *(pytest.param(name, 12, marks=pytest.mark.slow) for name in OPTIONS)],
)
def test_a_recording_whose_process_is_killed_goes_on_with_the_tracks_of_an_uninterrupted_one(
    tracker: str,
    kills: int,
    command: Callable[..., list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if tracker.startswith("flow"):
        pytest.importorskip("cv2")
    calm, folder = tmp_path / "calm", tmp_path / "killed"
    (folder / "out").mkdir(parents=True)
    words, chance = [*command(tracker, *PARTS), "--continue-tracks"], random.Random(23)
    run(calm, words, monkeypatch)
    process = [sys.executable, "-m", "poise", *words]

    counts = []
    for _ in range(kills):
        if counts and counts[-1] == COUNT:
            break
        moment = between_two_files if kills == 1 else after_an_event(chance.uniform(0, 0.2))
        killed(folder, process, "out/part2.predictions.slp", moment)
        counts.append(done(folder))
    run(folder, words, monkeypatch)

    assert counts == sorted(counts)
    assert 0 < counts[0] < COUNT
    assert animals(folder, *CUTS) == animals(calm, *CUTS)
    assert [report(folder, name) for name in CUTS] == [report(calm, name) for name in CUTS]

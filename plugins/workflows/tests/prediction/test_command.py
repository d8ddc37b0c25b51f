"""``poise predict``: options, messages and exit statuses."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise.cli import main
from poise_workflows.journal.writing import Journal
from poise_workflows.prediction.runs import StoppedError

Frames = Callable[..., Path]


@pytest.fixture
def call(frames: Frames, model: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``call(…)`` runs the command in the folder that has ``flies`` and ``model``."""
    monkeypatch.chdir(frames().parent)

    def run(*words: str) -> int:
        try:
            return main(["predict", *words])
        except SystemExit as end:  # click's own errors
            return int(str(end.code or 0))

    return run


@pytest.mark.parametrize(
    ("words", "users", "seen"),
    [
        (["--batch-size", "4"], None, "1"),
        ([], None, "1"),
        (["--batch-size", "1"], None, None),
        (["--batch-size", "4"], "0", "0"),
    ],
)
def test_tensorflow_is_imported_with_onednn_for_batches_unless_the_user_has_decided(
    words: list[str], users: str | None, seen: str | None, tmp_path: Path
) -> None:
    name = "TF_ENABLE_ONEDNN_OPTS"
    # In place of Keras: tells the variable at the moment of its import.
    code = f"import os\nraise ImportError(repr(os.environ.get({name!r})))\n"
    (tmp_path / "keras.py").write_text(code, encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    environ.pop(name, None)
    if users is not None:
        environ[name] = users

    command = [sys.executable, "-m", "poise", "predict", "flies.mp4", "-m", "model", *words]
    done = subprocess.run(
        command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert f"cannot be imported: {seen!r}\n" in done.stderr


def test_it_says_the_device_first_and_then_what_it_wrote(
    call: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    status = call("flies", "-m", "model", "-o", "flies.slp", "--progress", "none")

    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert lines[0].startswith("device  ")
    assert lines[1:] == ["predicted  flies.slp", "  7 frames, 7 animals, 0 empty"]
    assert Path("flies.slp").exists()


def test_a_single_frame_with_a_single_animal_is_not_many(
    call: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("flies/0.png", "-m", "model", "--progress", "lines") == 0

    said = capsys.readouterr()
    assert "  1 frame, 1 animal, 0 empty" in said.out
    assert "0.png: 1 of 1 frame, " in said.err


def test_underscores_and_hyphens_are_equal(call: Any) -> None:
    assert call("flies", "-m", "model", "--batch_size", "3", "--no_empty_frames") == 0


def test_progress_for_programs_is_json_and_its_last_line_is_sent(
    call: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    call("flies", "-m", "model", "--progress", "json")

    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert set(events[-1]) == {"source", "n_processed", "n_total", "elapsed", "rate", "eta"}
    assert (events[-1]["n_processed"], events[-1]["n_total"]) == (7, 7)


def test_the_same_command_again_says_that_it_has_finished(
    call: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    call("flies", "-m", "model", "--progress", "none")
    capsys.readouterr()

    status = call("flies", "-m", "model", "--progress", "none")

    assert status == 0
    assert "finished before  flies.predictions.slp" in capsys.readouterr().out


NOTE = "the frame rate is variable (frames last 40 to 160 ms), so"


@pytest.fixture
def variable(write_video: Callable[..., Path]) -> Path:
    """A video whose frames last longer or shorter."""
    return write_video("variable.mkv", times=[40 * n + 120 * (n > 3) for n in range(7)])


@pytest.mark.usefixtures("variable")
@pytest.mark.parametrize("kind", ["none", "lines"])
def test_what_is_wrong_with_a_source_is_said_once_before_its_first_frame_is_predicted(
    kind: str, call: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*details: Any, **more: Any) -> Any:
        raise StoppedError("stopped before the first frame")

    with monkeypatch.context() as patch:
        patch.setattr("poise_workflows.prediction.running.predict_selection", fail)
        assert call("variable.mkv", "-m", "model", "--progress", kind) == 1
    before = capsys.readouterr().out.splitlines()
    assert call("variable.mkv", "-m", "model", "--progress", kind) == 0
    said = capsys.readouterr()

    assert before[0].startswith("device  ")
    assert before[1].startswith("note    variable.mkv: the container promises ")
    assert before[2].startswith(f"note    variable.mkv: {NOTE}")
    assert (said.out + said.err).count(NOTE) == 1
    assert NOTE in Path("variable.predictions.report.json").read_text()


@pytest.mark.usefixtures("variable")
def test_programs_get_notes_as_lines_before_those_of_progress(
    call: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("variable.mkv", "-m", "model", "--progress", "json") == 0

    promise, rate, *events = map(json.loads, capsys.readouterr().out.splitlines())
    assert set(promise) == set(rate) == {"source", "note"}
    assert rate["source"] == "variable.mkv"
    assert rate["note"].startswith(NOTE)
    assert all("n_processed" in event for event in events)


def test_a_hole_ends_with_one(call: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path("flies/3.png")
    file.write_bytes(file.read_bytes()[:50])

    assert call("flies", "-m", "model") == 1
    assert "1 frame cannot be read and is empty; pass --allow-unreadable" in capsys.readouterr().err


def test_a_disk_that_is_full_ends_with_one_and_loses_nothing(
    call: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    write = Journal._write

    def write_until_full(self: Journal, data: bytes) -> None:
        sizes.append(len(data))
        if len(sizes) == 5:  # a batch; the mark that the process has ended is smaller
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, data)

    words = ["flies", "-m", "model", "--batch-size", "2", "--progress", "none"]
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_write", write_until_full)
        full = call(*words)
    said = capsys.readouterr().err

    assert full == 1
    assert "No space left on device; every batch before this one is kept" in said
    assert not Path("flies.predictions.slp").exists()
    assert call(*words) == 0
    assert "7 frames, 7 animals" in capsys.readouterr().out


def test_a_strict_run_ends_with_one(call: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path("flies/3.png")
    file.write_bytes(file.read_bytes()[:50])

    assert call("flies", "-m", "model", "--strict") == 1
    assert "fix: leave --strict out to predict the others" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="the program is a shell script")
def test_the_result_is_opened_in_the_gui(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "sleap-label"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$1" > opening; mv opening opened\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)

    assert call("flies", "-m", "model", "-o", "out.slp", "--progress", "none", "--open-in-gui") == 0

    for _ in range(200):
        if Path("opened").exists():
            break
        time.sleep(0.05)
    assert Path("opened").read_text() == "out.slp\n"


OF_SLEAP = {
    "--model": "models",
    "--frames": "frames",
    "--only-labeled-frames": "only_labeled",
    "--only-suggested-frames": "only_suggested",
    "--video.index": "video_index",
    "--output": "output",
    "--no-empty-frames": "no_empty_frames",
    "--verbosity": "progress",
    "--video.dataset": "dataset",
    "--video.input_format": "input_format",
    "--cpu": "device",
    "--first-gpu": "device",
    "--last-gpu": "device",
    "--gpu": "device",
    "--batch_size": "batch_size",
    "--peak_threshold": "peak_threshold",
    "--max_edge_length_ratio": "max_edge_length_ratio",
    "--dist_penalty_weight": "dist_penalty_weight",
    "--max_instances": "max_instances",
    "--open-in-gui": "open_in_gui",
}
"""Options of ``sleap-track`` that are not about tracking → where Poise has them."""


def test_every_option_of_sleap_is_an_option() -> None:
    from poise_workflows.prediction.command import command

    assert set(OF_SLEAP.values()) <= {parameter.name for parameter in command.params}


def test_defaults_are_those_of_sleap() -> None:
    from poise_workflows.prediction.command import command

    defaults = {parameter.name: parameter.default for parameter in command.params}
    assert defaults["batch_size"] == 4
    assert defaults["input_format"] == "channels_last"


def test_a_gpu_that_cannot_be_used_is_a_line_and_the_cpu_predicts(
    call: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poise_workflows.prediction.devices.gpus_of", lambda backend: [])
    monkeypatch.setattr("poise.building.drivers.gpus_of_driver", lambda: ["H200"])

    status = call("flies", "-m", "model", "--progress", "json")

    said = capsys.readouterr()
    assert status == 0
    assert "the driver shows H200, which " in said.err
    assert "; fix: " in said.err
    assert "device" not in said.out

"""A command line of ``sleap-train`` as that of ``poise train`` which stands for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import psutil
import pytest

from poise_workflows.journal import claims
from poise_workflows.sleap_commands.parsing import ignored_by
from poise_workflows.sleap_commands.train_parser import parser
from poise_workflows.sleap_commands.train_plan import TrainingPlan, plan
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.jobs import read_job
from poise_workflows.training.named_labels import with_named_labels
from poise_workflows.training.options import Options
from poise_workflows.training.requests import Request, request_of
from poise_workflows.training.run_folders import FINISHED, RUNNING, Status, create

sio = pytest.importorskip("sleap_io")
pytestmark = pytest.mark.usefixtures("made_up")

MODEL = {"backbone": {"plain": {}}, "heads": {"cells": {}}}
ALWAYS = ("--sleap-files", "--renew")


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with labels of five frames."""
    monkeypatch.chdir(tmp_path)
    skeleton = sio.Skeleton(nodes=["head", "tail"])
    video = sio.Video("flies.mp4", open_backend=False)
    frames = [
        sio.LabeledFrame(
            video=video,
            frame_idx=number,
            instances=[sio.Instance.from_numpy(np.ones((2, 2)) * number, skeleton=skeleton)],
        )
        for number in range(5)
    ]
    sio.save_slp(sio.Labels(frames), "flies.slp", verbose=False)
    return tmp_path


@pytest.fixture
def write(lab: Path) -> Callable[..., Path]:
    def job(outputs: Any = None, **labels: Any) -> Path:
        path = lab / "job.json"
        data = {"data": {"labels": labels}, "model": MODEL, "outputs": outputs or {}}
        path.write_text(json.dumps(data), encoding="utf-8")
        return path

    return job


def planned(*words: str) -> TrainingPlan:
    options, _ = parser().parse_known_args(words)
    return plan(options)


def request(**changed: Any) -> Request:
    reading, labels, options = with_named_labels(read_job("job.json"), Path("flies.slp"), Options())
    return attrs.evolve(request_of(reading, labels, options), **changed)


def run_at(path: str, state: str, asked: Request, process: Any = None) -> Path:
    status = Status(state=state, epochs_done=1, epochs=2, process=process or {})
    create(Path(path), config={}, request=asked, split={}, report={}, status=status)
    return Path(path)


def test_a_named_run_is_where_the_job_says(write: Callable[..., Path]) -> None:
    write({"run_name": "fly", "run_name_prefix": "a.", "run_name_suffix": ".b"})

    command = planned("job.json", "flies.slp").command

    assert command == ("train", "job.json", "flies.slp", "-o", "models/a.fly.b", *ALWAYS)


def test_options_name_the_run_unless_they_are_empty(write: Callable[..., Path]) -> None:
    write({"run_name": "fly", "run_name_suffix": ".b", "runs_folder": "runs"})

    words = ["--run_name", "bee", "--prefix", "", "--suffix", ".c"]
    assert "runs/bee.c" in planned("job.json", "flies.slp", *words).command


def test_a_run_without_a_name_has_time_head_and_frames(write: Callable[..., Path]) -> None:
    write()

    run = planned("job.json", "flies.slp").command[4]
    assert re.fullmatch(r"models/\d{6}_\d{6}\.cells\.n=5", run)


def test_files_and_folders_pass_by_poises_names(write: Callable[..., Path], lab: Path) -> None:
    write({"run_name": "fly"})
    for name in ("old", "videos"):
        (lab / name).mkdir()

    words = [*("--val", "v.slp"), *("--test_labels", "t.slp"), *("--base_checkpoint", "old")]
    more = ["--video-paths", "videos,gone", "--cpu", "--tensorb"]
    for name in ("v.slp", "t.slp", "old/best_model.h5"):
        (lab / name).touch()
    (lab / "old/training_config.json").write_text(json.dumps({"model": MODEL}), encoding="utf-8")
    done = planned("job.json", "flies.slp", *words, *more)

    assert done.command[5:] == (
        *("--val", "v.slp", "--test", "t.slp", "--video-paths", "videos", "--from", "old"),
        *("--device", "cpu", "--tensorboard", *ALWAYS),
    )
    assert done.notes == ("--video-paths gone is ignored, as in SLEAP: there is no such folder",)


def test_labels_of_the_job_are_taken_without_a_file(write: Callable[..., Path]) -> None:
    write({"run_name": "fly"}, training_labels="flies.slp")

    assert planned("job.json").command == ("train", "job.json", "-o", "models/fly", *ALWAYS)


def test_what_only_sleaps_program_needs_is_ignored_and_said(write: Callable[..., Path]) -> None:
    write({"run_name": "fly"})

    notes = planned("job.json", "flies.slp", "--zmq", "--save_viz", "--publish_port", "1").notes

    assert [note.partition(" is ignored: ")[0] for note in notes] == [
        "--save_viz",
        "--zmq",
        "--publish_port",
    ]


def test_what_sleap_never_had_is_ignored_and_said() -> None:
    grammar = parser()
    _, unknown = grammar.parse_known_args(["a", "b", "--epochs", "3", "--base-checkpoint", "x"])

    assert ignored_by(grammar, unknown) == [
        "--epochs 3 is ignored, as in SLEAP, which has no such option",
        "--base-checkpoint x is ignored, as in SLEAP, which has no such option; the nearest option "
        "is --base_checkpoint",
    ]


def test_frames_that_the_job_lists_come_before_val_as_in_sleap(write: Callable[..., Path]) -> None:
    write({"run_name": "fly"}, split_by_inds=True, validation_inds=[0])

    done = planned("job.json", "flies.slp", "--val", "flies.slp")

    assert "--val" not in done.command
    assert done.notes[0].startswith(
        "--val_labels is ignored, as in SLEAP: the job lists the frames"
    )


def test_an_interrupted_run_without_a_name_goes_on(write: Callable[..., Path]) -> None:
    write()
    asked = request()
    run_at("models/240101_120000.cells.n=5", RUNNING, asked)
    younger = run_at("models/240102_120000.cells.n=5", RUNNING, asked)
    run_at("models/240103_120000.cells.n=5", FINISHED, asked)
    run_at("models/240104_120000.cells.n=5", RUNNING, attrs.evolve(asked, seed=1))

    assert planned("job.json", "flies.slp").command[4] == str(younger)


def test_a_run_that_another_process_trains_is_left_alone(write: Callable[..., Path]) -> None:
    write({"run_name": "fly", "run_name_suffix": None})
    parent = attrs.evolve(claims.own(), pid=1, started=psutil.Process(1).create_time())
    run_at("models/fly", RUNNING, request(), parent.to_json())

    assert planned("job.json", "flies.slp").command[4] == "models/fly_1"


def test_without_a_suffix_a_finished_run_stays_and_an_interrupted_one_goes_on(
    write: Callable[..., Path],
) -> None:
    write({"run_name": "fly", "run_name_suffix": None})
    run_at("models/fly", FINISHED, request())
    assert planned("job.json", "flies.slp").command[4] == "models/fly_1"

    run_at("models/fly_1", RUNNING, request())
    assert planned("job.json", "flies.slp").command[4] == "models/fly_1"


def test_outputs_and_paths_make_no_other_run(write: Callable[..., Path]) -> None:
    write({"run_name": "fly", "run_name_suffix": None})
    run_at("models/fly", RUNNING, request())
    outputs = {"run_name": "fly", "run_name_suffix": None, "tags": ["b"]}
    write(outputs, search_path_hints=["elsewhere"])

    assert planned("job.json", "flies.slp").command[4] == "models/fly"


def test_a_profile_is_poises(lab: Path) -> None:
    with pytest.raises(TrainingError, match="must be a file or a profile, got 'baseline'"):
        planned("baseline", "flies.slp")

"""Wrong calls of queues: each is refused before anything is written, and says what to do next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import poise_workflows
from poise.cli import main
from poise_workflows import QueueError
from small_queues import write_video


@pytest.fixture
def place(tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two videos, a model and lists that are wrong."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "b.mp4"):
        write_video(tmp_path / "videos" / name, 2, 1)
    (tmp_path / "model").symlink_to(workspace / "docs" / "examples" / "flies" / "model")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.mp4").write_bytes(b"no video")
    (tmp_path / "rows.csv").write_text("video,bach_size\nvideos/a.mp4,2\n")
    (tmp_path / "twice.csv").write_text("video,output\nvideos/a.mp4,x.slp\nvideos/b.mp4,X.slp\n")
    (tmp_path / "suffix.csv").write_text("video,output\nvideos/a.mp4,a.h5\n")
    (tmp_path / "models.csv").write_text("video,models\nvideos/a.mp4,modle\n")
    (tmp_path / "track.csv").write_text("video,track\nvideos/a.mp4,simpel\nvideos/b.mp4,\n")
    return tmp_path


QUEUE = ["videos", "-m", "model", "-o", "out", "--jobs", "1"]

CALLS: list[tuple[list[str], list[str]]] = [
    (
        ["videos", "-m", "model", "--jobs", "2"],
        ["must be a folder for results, got none @ --output"],
    ),
    (
        ["videos", "-m", "model", "-o", "out.slp", "--jobs", "2"],
        ["must be a folder for results, got the file out.slp @ --output"],
    ),
    (
        ["videos", "-m", "model", "-o", "out", "--recursive", "--retries", "5"],
        [
            "must be left out without a queue, got True; pass --jobs N|auto, too @ --recursive",
            "must be left out without a queue, got 5; pass --jobs N|auto, too @ --retries",
        ],
    ),
    (
        [*QUEUE, "--engine", "proceses"],
        ["must be an engine, got 'proceses'; did you mean 'processes'? @ --engine"],
    ),
    (
        [*QUEUE, "--engine-option", "nice=5", "--scheduler", "tcp://x"],
        [
            "must be an option of the engine processes, got 'nice'; its options: none",
            "must be an option of the engine processes, got 'scheduler'; its options: none",
        ],
    ),
    (
        [*QUEUE, "--devices", "gpu:x"],
        ["must be auto, cpu or GPUs as gpu:0,gpu:2, got 'gpu:x' @ --devices"],
    ),
    ([*QUEUE, "--devices", "gpu:7"], ["must be GPUs of this machine, got gpu:7; there are none"]),
    (
        [*QUEUE, "--device", "cpu"],
        [
            "must be left out for a queue, got cpu; --devices auto|cpu|gpu:N,gpu:M is for all "
            "workers @ --device"
        ],
    ),
    (
        [*QUEUE, "--overwrite", "--render", "x.mp4", "--merge", "y.slp", "--open-in-gui"],
        [
            "must be left out for a queue, got it; --renew predicts anew what differs "
            "@ --overwrite",
            "must be left out for a queue, got it; a list has a column of this name for each video "
            "@ --merge",
            "must be left out for a queue, got it; a list has a column of this name for each video "
            "@ --render",
            "must be left out for a queue, got it; open the results that you need @ --open-in-gui",
        ],
    ),
    (
        ["-m", "model", "-o", "out", "--jobs", "1"],
        ["must be at least one source, got none @ sources"],
    ),
    (
        ["vidos", "-m", "model", "-o", "out", "--jobs", "1"],
        ["must be a file or folder, got 'vidos', which does not exist; did you mean 'videos'?"],
    ),
    (
        ["empty", "-m", "model", "-o", "out", "--jobs", "1"],
        ["must hold videos or images, got empty without files @ empty"],
    ),
    (
        ["empty", "-m", "model", "-o", "out", "--jobs", "1", "--recursive"],
        ["must hold videos or images, got empty without any, at any depth @ empty"],
    ),
    (
        ["broken", "-m", "model", "-o", "out", "--jobs", "1"],
        [
            "must be readable, got 1 source, of which none is",
            "must be a video that FFmpeg can decode, got a.mp4",
        ],
    ),
    (
        ["videos", "-o", "out", "--jobs", "1"],
        ["must be at least one model, got none; pass a model folder @ --model"],
    ),
    (
        ["videos", "-m", "nomodel", "-o", "out", "--jobs", "1"],
        ["must be a model that can be read, got nomodel (No such file or directory) @ --model"],
    ),
    (
        [*QUEUE, "--frames", "5-3", "--track", "simpel", "--peak-threshold", "0.3"],
        ["must be a tracker, got 'simpel'; did you mean 'simple'? @ --track"],
    ),
    (
        [*QUEUE, "videos/a.mp4"],
        ["must have a result of its own, got a.predictions.slp for videos/a.mp4 (videos)"],
    ),
    (
        ["rows.csv", "-m", "model", "-o", "out", "--jobs", "1"],
        [
            "must be a column of a list, got 'bach_size'; did you mean 'batch_size'? "
            "@ rows.csv, line 1"
        ],
    ),
    (
        ["twice.csv", "-m", "model", "-o", "out", "--jobs", "1"],
        ["must have a result of its own, got X.slp for videos/a.mp4 (twice.csv, line 2) and "],
    ),
    (
        ["suffix.csv", "-m", "model", "-o", "out", "--jobs", "1"],
        ["must be a result that ends in .slp, got a.h5 @ suffix.csv, line 2"],
    ),
    (
        ["models.csv", "-m", "model", "-o", "out", "--jobs", "1"],
        ["must be a model that is there, got modle"],
    ),
    (
        ["track.csv", "-m", "model", "-o", "out", "--jobs", "1"],
        ["must be a tracker, got 'simpel'; did you mean 'simple'? @ track.csv, line 2"],
    ),
]


@pytest.mark.parametrize(
    ("words", "messages"), CALLS, ids=[" ".join(words)[:60] for words, _ in CALLS]
)
def test_a_wrong_queue_is_refused_with_all_faults_and_writes_nothing(
    words: list[str], messages: list[str], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", *words]) == 2

    said = " ".join(capsys.readouterr().err.split())
    assert [message for message in messages if message not in said] == []
    assert not (place / "out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--jobs", "two"], "must be a number of workers or auto, got 'two'"),
        (["--jobs", "-1"], "must be a number of workers or auto, got '-1'"),
        (["--retries", "0"], "0 is not in the range x>=1"),
        (["--engine-option", "fast"], "must be NAME=VALUE, each name once, got 'fast'"),
    ],
)
def test_values_that_are_none_are_refused(
    words: list[str], message: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", *QUEUE, *words]) == 2

    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("command", ["work", "status"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "must be the folder of a queue, got out, which has no poise-queue/plan.json; poise"),
        ("{", "must be whole, got a plan that is not (Expecting property name"),
        ('{"form": "poise-queue 1"}', "must be whole, got a plan that is not ('videos'); rename"),
        ('{"form": "poise-queue 7"}', "must be the plan of a queue, 'poise-queue 1', got 'poise-q"),
        ("[]", "must be the plan of a queue, 'poise-queue 1', got None; read it with the version"),
    ],
)
def test_a_folder_without_a_whole_plan_is_refused(
    command: str,
    text: str | None,
    message: str,
    place: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if text is not None:
        (place / "out" / "poise-queue").mkdir(parents=True)
        (place / "out" / "poise-queue" / "plan.json").write_text(text)

    assert main([command, "out"]) == 2

    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--stop-after", "55"], "must be a time above 0 such as 55m, 1h30m or 90s, got '55'"),
        (
            ["--device", "gpu:9"],
            "must be GPUs of this machine, got gpu:9; there are none @ --device",
        ),
        (["--device", "cuda"], "must be auto, cpu or GPUs as gpu:0,gpu:2, got 'cuda' @ --device"),
    ],
)
def test_a_wrong_worker_is_refused_and_takes_nothing(
    words: list[str], message: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "videos", "-m", "model", "-o", "out", "--jobs", "0"]) == 0
    capsys.readouterr()

    assert main(["work", "out", *words]) == 2

    assert message in " ".join(capsys.readouterr().err.split())
    assert poise_workflows.status("out").counts["waiting"] == 2


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"jobs": "two"}, "must be a whole number from 0 or 'auto', got 'two' @ jobs"),
        ({"jobs": True}, "must be a whole number from 0 or 'auto', got True @ jobs"),
        ({"jobs": 1, "retries": 0}, "must be a whole number from 1, got 0 @ retries"),
        ({"retries": 5}, "must be left out without a queue, got 5; pass jobs=1, too @ retries"),
    ],
)
def test_python_refuses_what_the_command_line_does(
    more: dict[str, Any], message: str, place: Path
) -> None:
    with pytest.raises(ValueError, match="must be") as error:
        poise_workflows.predict("videos", "model", "out", **more)

    assert str(error.value) == message


def test_an_unknown_option_of_a_queue_is_refused_with_the_nearest(place: Path) -> None:
    with pytest.raises(ValueError, match="'bach_size'; did you mean 'batch_size'"):
        poise_workflows.queue("videos", "model", "out", bach_size=2)


def test_all_differences_are_named_and_the_queue_stays(place: Path) -> None:
    poise_workflows.queue("videos", "model", "out")
    plan = (place / "out" / "poise-queue" / "plan.json").read_bytes()

    with pytest.raises(QueueError) as error:
        poise_workflows.queue("videos", "model", "out", frames="0-0", no_empty_frames=True)

    assert [fault.path for fault in error.value.faults] == [
        "options.frames",
        "options.no_empty_frames",
    ]
    assert (place / "out" / "poise-queue" / "plan.json").read_bytes() == plan


def test_a_plan_is_a_file_that_people_can_read(place: Path) -> None:
    poise_workflows.queue("videos", "model", "out")

    text = (place / "out" / "poise-queue" / "plan.json").read_text("utf-8")
    plan = json.loads(text)

    assert [line for line in text.splitlines() if '"number": 1' in line]
    assert [video["source"] for video in plan["videos"]] == ["../videos/a.mp4", "../videos/b.mp4"]
    assert [video["frames"] for video in plan["videos"]] == [2, 2]
    assert all(video["disk"] > 0 for video in plan["videos"])
    assert list(plan["models"]) == ["../model"]
    assert plan["seconds"] >= 0

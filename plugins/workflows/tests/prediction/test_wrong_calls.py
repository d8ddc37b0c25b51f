"""Calls of ``poise predict`` that are refused before anything is written."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import poise
from poise.cli import main
from poise_workflows.journal.writing import open_journal

STRIDE = {"output_stride": 1}

WRONG = [
    (["flies"], "must be at least one model, got none; pass a model folder"),
    (["flies", "-m", "modl"], "modl"),
    (["-m", "model"], "must be at least one source, got none"),
    (["fliez", "-m", "model"], "must be a file or folder, got 'fliez', which does not exist"),
    (["flies", "-m", "model", "-m", "model"], "got 2 of stage image"),
    (["flies", "-m", "model", "--frames", "5-9"], "must be a frame from 0 to 6, got 9"),
    (["flies", "-m", "model", "--frames", "3-1"], "3-1 ends before it starts"),
    (["flies", "-m", "model", "--frames", "a"], "must be numbers and ranges"),
    (["flies", "-m", "model", "-o", "out.mp4"], "must end in .slp, got out.mp4"),
    (["flies", "-m", "model", "-o", "no/out.slp"], "must be in a folder that is there"),
    (["flies", "-m", "model", "-o", "taken.slp"], "must be free, got taken.slp"),
    (["flies", "-m", "model", "--only-labeled"], "must be left out unless the source is a .slp"),
    (["flies", "-m", "model", "--video-index", "0"], "must be left out unless the source is a"),
    (["flies", "-m", "model", "--dataset", "x"], "must be left out unless the source is an HDF5"),
    (["flies", "-m", "model", "--peak-threshold", "0.3"], "must be left out for cells"),
    (["flies", "-m", "model", "-n", "2"], "must be left out for cells"),
    (["flies", "-m", "model", "--batch-size", "0"], "Invalid value for '--batch-size'"),
    (["flies", "-m", "model", "--device", "tpu"], "must be auto, cpu or gpu:N, got 'tpu'"),
    (["flies", "-m", "model", "--device", "gpu:99"], "must be a GPU that"),
    (["flies", "-m", "model", "--peak-treshold", "1"], "Did you mean '--peak-threshold'?"),
    (["flies", "-m", "model", "--progress", "bar"], "Invalid value for '--progress'"),
    (["flies", "-m", "model", "--format", "analysi"], "Invalid value for '--format'"),
    (["flies", "-m", "model", "--merge", "no.slp", "-o", "a.slp"], "must be a project, a .slp"),
    (["flies", "-m", "model", "--merge", "taken.slp"], "must be named for one result, got 1"),
    (["flies", "flies", "-m", "model"], "must be one file for each source"),
    (["flies", "-m", "model", "--open-in-gui"], "must be left out unless sleap-label is on"),
    (["flies", "-m", "flies"], "flies"),
    (["flies", "-m", "bare.json"], "must be a trained model, got bare.json, a configuration"),
    (["flies", "-m", "headless.json"], "must have a head, got headless.json without one"),
    (["flies", "-m", "odd"], "must have the 2 channels of the model, got 1 in flies"),
    (["flies", "-m", "centroid", "-m", "centroid"], "got 2 of stage centroid"),
    (["flies", "-m", "model", "-m", "crop"], "got 2 that do not go together"),
    (["flies", "-m", "crop"], "must be a .slp file with labels for a crop model alone, got flies"),
    (["flies", "-m", "centroid"], "must have a skeleton, got none in centroid; name the"),
    (["empty.mp4", "-m", "model"], "must hold frames, got empty.mp4, an empty file"),
    (["text.mp4", "-m", "model"], "must be a video"),
    (["text.slp", "-m", "model"], "must be a label file of SLEAP, got text.slp"),
    (["text.h5", "-m", "model"], "text.h5"),
    (["text.png", "-m", "model"], "text.png"),
    (["both", "-m", "model"], "must hold videos or images, got both with both"),
    (["nothing", "-m", "model"], "must hold videos or images, got nothing without files"),
    (["list.txt", "-m", "model"], "got 'flies/9.png', which does not exist"),
    (["blank.txt", "-m", "model"], "must name a path a line, got blank.txt without any"),
    (["flies", "-m", "model", "--frames", "-1"], "must be numbers and ranges"),
    (
        ["flies", "-m", "model", "--only-labeled", "--only-suggested"],
        "must be one choice of frames",
    ),
    (["flies", "-m", "model", "--refinement", "best"], "Invalid value for '--refinement'"),
    (["flies", "-m", "model", "--refinement", "local"], "must be left out for cells"),
    (["flies", "-m", "model", "-n", "0"], "Invalid value for '-n'"),
    (["flies", "-m", "model", "--batch-size", "half"], "Invalid value for '--batch-size'"),
    (["flies", "-m", "model", "--batch-size", "999999999"], "must leave memory for frames of 20"),
    (
        ["flies", "-m", "model", "--allow-unreadable", "-1"],
        "'--allow-unreadable'",
    ),
    (["flies", "-m", "model", "--color-matrix", "bt2020"], "Invalid value for '--color-matrix'"),
    (["flies", "-m", "model", "--input-format", "hwc"], "Invalid value for '--input-format'"),
    (["flies", "-m", "model", "--max-edge-length-ratio", "-1"], "'--max-edge-length-ratio'"),
    (["flies", "-m", "model", "--dist-penalty-weight", "-1"], "'--dist-penalty-weight'"),
    (["flies", "-m"], "Option '-m' requires an argument"),
    (
        ["flies", "-m", "model", "-o", f"{'x' * 240}.slp"],
        "must be in a folder that Poise can write",
    ),
    (["flies", "-m", "model", "-o", f"{'x' * 260}.slp"], "File name too long"),
    (["flies", "both/0.png", "-m", "model", "-o", "out.slp"], "must be a folder for 2 results"),
    (["flies", "-m", "model", "--merge", "p.slp", "-o", "p.slp"], "must be another file than the"),
    (["flies", "-m", "model", "-o", "begun.slp"], "its journal is of a run that is not"),
    (["flies", "-m", "model", "-o", "other.slp"], "is the journal of another run; repeat it, or"),
    (
        ["flies", "-m", "model", "-o", "other.slp"],
        "must be 1, as in the journal, got 4 @ options",
    ),
    (["flies", "-m", "model", "-o", "foreign.slp"], "must be a journal of Poise, got a file that"),
]


@pytest.fixture(scope="module")
def playground(keras: Any, made_up_stages: None, tmp_path_factory: Any) -> Path:
    """A folder of images, models of each stage, and files that are not what they should be."""
    place = Path(tmp_path_factory.mktemp("wrong"))
    for name in ("flies", "both", "nothing"):
        (place / name).mkdir()
    for image in (*(f"flies/{number}.png" for number in range(7)), "both/0.png"):
        Image.fromarray(np.zeros((20, 60), np.uint8)).save(place / image)
    for name in ("empty.mp4", "both/0.mp4", "taken.slp", "p.slp", "begun.slp", "blank.txt"):
        (place / name).write_bytes(b"")
    for name in ("text.mp4", "text.slp", "text.h5", "text.png", "foreign.slp.journal"):
        (place / name).write_text("no pixels, no poses and no records", encoding="utf-8")
    (place / "list.txt").write_text("flies/0.png\nflies/9.png\n", encoding="utf-8")
    for name, heads in (("bare.json", {"cells": {}}), ("headless.json", {})):
        data = {"model": {"backbone": {"plain": {}}, "heads": heads}}
        (place / name).write_text(json.dumps(data), encoding="utf-8")
    for name in ("begun", "other"):
        former = {"options": {"batch_size": 1}}
        open_journal(place / f"{name}.slp.journal", former).close()
    any_size = (None, None, 1)
    models: dict[str, tuple[str, tuple[Any, ...]]] = {
        "model": ("cells", any_size),
        "odd": ("cells", (None, None, 2)),
        "centroid": ("centers", any_size),
        "crop": ("parts", (16, 16, 1)),
    }
    for name, (head, image) in models.items():
        data = {"backbone": {"plain": STRIDE}, "heads": {head: STRIDE}}
        poise.save(poise.build(poise.ModelConfig.from_data(data), image), place / name)
    return place


def everything(folder: Path) -> dict[str, Any]:
    """Every file and folder, with its size and the time of its last change."""
    statuses = {path: path.stat() for path in folder.rglob("*")}
    return {str(path): (status.st_size, status.st_mtime_ns) for path, status in statuses.items()}


def called(*words: str) -> int:
    try:
        return main(["predict", *words])
    except SystemExit as end:  # click's own errors
        return int(str(end.code or 0))


def test_there_are_at_least_forty() -> None:
    assert len({(*words, message) for words, message in WRONG}) == len(WRONG) >= 40


@pytest.mark.parametrize(("words", "message"), WRONG)
def test_a_wrong_call_says_why_ends_with_two_and_writes_nothing(
    words: list[str],
    message: str,
    playground: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(playground)
    before = everything(playground)

    status = called(*words)

    assert message in capsys.readouterr().err
    assert status == 2
    assert everything(playground) == before


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is a folder that nobody can write")
def test_a_folder_that_cannot_be_written_is_refused_before_the_first_frame(
    playground: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(playground)

    assert called("flies", "-m", "model", "-o", "/proc/flies.slp") == 2
    assert (
        "must be in a folder that Poise can write, got /proc/flies.slp" in capsys.readouterr().err
    )
    assert called("flies", "both/0.png", "-m", "model", "-o", "/proc/new/folder") == 2
    assert "/proc/new/folder/flies.predictions.slp" in capsys.readouterr().err


def test_a_folder_of_results_is_not_made_for_a_call_that_is_refused(
    playground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(playground)

    assert called("flies", "both/0.png", "-m", "odd", "-o", "new/folder") == 2
    assert not Path("new").exists()

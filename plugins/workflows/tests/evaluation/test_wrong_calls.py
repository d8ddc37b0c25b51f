"""Calls that cannot be answered: each is refused with what to do, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from compared_labels import labels_of
from made_runs import write_run
from poise import PoiseError
from poise.cli import main

POINTS = np.array([[0.0, 0], [20, 10], [40, 25]])
FRAMES = {3: [{"points": POINTS}], 4: [{"points": POINTS}]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with files that fit each other, and some that do not."""
    monkeypatch.chdir(tmp_path)
    for name, labels in {
        "truth": labels_of(FRAMES),
        "predicted": labels_of(FRAMES, predicted=True),
        "others": labels_of({3: [{"points": POINTS[:2]}]}, parts=("head", "wing"), predicted=True),
        "later": labels_of({7: FRAMES[3], 8: FRAMES[3]}, predicted=True),
        "empty": labels_of({3: [], 4: []}),
        "two_films": _two_films(),
    }.items():
        labels.save(f"{name}.slp", verbose=False)
    Path("notes.txt").write_text("no labels")
    Path("broken.slp").write_bytes(b"\x89HDF\r\n\x1a\n and then nothing")
    Path("taken.json").write_text("mine")
    Path("models").mkdir()
    write_run(Path("run"))
    return tmp_path


def _two_films() -> Any:
    import sleap_io

    both = [labels_of(FRAMES, video=f"film {n}.mp4", predicted=True) for n in range(2)]
    return sleap_io.Labels([frame for labels in both for frame in labels.labeled_frames])


CALLS: dict[str, tuple[list[str], str]] = {
    "no truth": (
        ["none.slp", "predicted.slp"],
        "must be a file of labels, got none.slp, which is not there @ truth",
    ),
    "no predictions": (
        ["truth.slp", "none.slp"],
        "must be a file of labels, got none.slp, which is not there @ predicted",
    ),
    "a folder": (
        ["truth.slp", "models"],
        "must be a file of labels, got models, which is a folder; a model is named by --model "
        "models @ predicted",
    ),
    "a text": (
        ["notes.txt", "predicted.slp"],
        "must be a .slp file or labels that sleap-io reads, got notes.txt",
    ),
    "a damaged file": (["truth.slp", "broken.slp"], "must be a label file of SLEAP, got broken"),
    "a truth without labels": (
        ["predicted.slp", "predicted.slp"],
        "must hold an animal that a person labeled, got none @ truth",
    ),
    "a truth without animals": (
        ["empty.slp", "predicted.slp", "--all-labels"],
        "must hold a labeled animal, got none @ truth",
    ),
    "labels as predictions": (
        ["truth.slp", "truth.slp"],
        "must hold animals that a model predicted, got none; `poise predict` makes them "
        "@ predicted",
    ),
    "predictions without animals": (
        ["truth.slp", "empty.slp"],
        "must hold animals that a model predicted, got none",
    ),
    "other skeletons": (
        ["truth.slp", "others.slp"],
        "must have the parts of the truth, head, thorax, tail, got head, wing; "
        "name predictions of a model of this skeleton @ predicted",
    ),
    "no common frames": (
        ["truth.slp", "later.slp"],
        "must have the labeled frames, 3 of flies.mp4 and 1 more, got 7 of flies.mp4 "
        "and 1 more; predict these frames @ predicted",
    ),
    "other videos": (
        ["truth.slp", "two_films.slp"],
        "must have the labeled frames, 3 of flies.mp4 and 1 more, got other videos; "
        "name predictions of this video",
    ),
    "no edition": (
        ["truth.slp", "predicted.slp", "--edition", "2025"],
        "Invalid value for '--edition': '2025' is not one of 'sleap-1.4', '2026'",
    ),
    "no deviation": (
        ["truth.slp", "predicted.slp", "--oks-stddev", "0"],
        "must be a number above 0, got 0.0 @ --oks-stddev",
    ),
    "a deviation without end": (
        ["truth.slp", "predicted.slp", "--oks-stddev", "inf"],
        "must be a number above 0, got inf @ --oks-stddev",
    ),
    "an area below nothing": (
        ["truth.slp", "predicted.slp", "--oks-scale", "-1"],
        "must be a number above 0, got -1.0 @ --oks-scale",
    ),
    "a threshold that nothing is above": (
        ["truth.slp", "predicted.slp", "--match-threshold", "1"],
        "must be a number from 0 to below 1, got 1.0 @ --match-threshold",
    ),
    "a threshold that is none": (
        ["truth.slp", "predicted.slp", "--match-threshold", "nan"],
        "must be a number from 0 to below 1, got nan @ --match-threshold",
    ),
    "an output of another kind": (
        ["truth.slp", "predicted.slp", "-o", "metrics.csv"],
        "must end in .json or .npz, got metrics.csv @ --output",
    ),
    "an output nowhere": (
        ["truth.slp", "predicted.slp", "-o", "nowhere/metrics.json"],
        "must be in a folder that is there, got nowhere/metrics.json; "
        "make the folder nowhere @ --output",
    ),
    "one file": (
        ["truth.slp"],
        "must be a file of predictions, got none; or name --model MODEL @ predicted",
    ),
    "no file": ([], "Missing argument 'TRUTH|RUN'"),
    "predictions and a model": (
        ["truth.slp", "predicted.slp", "-m", "models"],
        "must be left out with predictions, got models @ --model",
    ),
    "two files of predictions": (
        ["truth.slp", "predicted.slp", "later.slp"],
        "must be one file of predictions, got 2; only runs are compared with each other",
    ),
    "a folder that is no model": (
        ["truth.slp", "-m", "models"],
        "models",
    ),
    "a model that is not there": (["truth.slp", "-m", "gone"], "gone"),
    "no device": (
        ["truth.slp", "-m", "models", "--device", "tpu"],
        "must be auto, cpu or gpu:N, got 'tpu'",
    ),
    "no kind of progress": (
        ["truth.slp", "-m", "models", "--progress", "bars"],
        "Invalid value for '--progress': 'bars' is not one of",
    ),
    "a run and something else": (
        ["run", "truth.slp"],
        "must be the folder of a run, as all others are, got truth.slp, a file",
    ),
    "a truth and a run": (
        ["truth.slp", "run"],
        "must be a file of labels, got run, which is a folder; a model is named by --model run "
        "@ predicted",
    ),
    "runs and a model": (
        ["run", "run", "-m", "models"],
        "must be left out with runs, got --model; --json is possible",
    ),
    "runs and an edition": (
        ["run", "--edition", "sleap-1.4"],
        "must be left out with runs, got --edition; --json is possible",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_call_ends_with_2_says_why_and_writes_nothing(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, message = CALLS[name]
    monkeypatch.setenv("COLUMNS", "1000")
    output = [] if "-o" in arguments or "run" in arguments else ["-o", "metrics.json"]
    before = sorted(folder.rglob("*"))

    status = main(["evaluate", *arguments, *output])

    out, err = capsys.readouterr()
    assert message in err
    assert (status, out) == (2, "")
    assert sorted(folder.rglob("*")) == before


def test_all_faults_of_a_call_are_said_at_once(folder: Path) -> None:
    with pytest.raises(poise_workflows.EvaluationError) as caught:
        poise_workflows.evaluate(
            "truth.slp",
            "predicted.slp",
            output="metrics.txt",
            edition="1.4",
            user_labels_only=1,  # type: ignore[arg-type]
            oks_stddev=True,
            oks_scale="big",  # type: ignore[arg-type]
            match_threshold=-1,
        )

    assert str(caught.value).splitlines() == [
        "6 faults:",
        "  must be one of sleap-1.4, 2026, got '1.4' @ edition",
        "  must be True or False, got 1 @ user_labels_only",
        "  must be a number above 0, got True @ oks_stddev",
        "  must be a number above 0, got 'big' @ oks_scale",
        "  must be a number from 0 to below 1, got -1 @ match_threshold",
        "  must end in .json or .npz, got metrics.txt @ output",
    ]


def test_something_else_than_labels_is_refused() -> None:
    with pytest.raises(poise_workflows.EvaluationError) as caught:
        poise_workflows.evaluate(np.zeros(3), labels_of(FRAMES, predicted=True))

    assert str(caught.value) == "must be a path or a sleap_io.Labels, got ndarray @ truth"


def test_animals_of_two_skeletons_are_refused() -> None:
    import sleap_io

    truth = labels_of(FRAMES)
    other = sleap_io.Skeleton(["wing"])
    animal = sleap_io.Instance.from_numpy(np.zeros((1, 2)), skeleton=other)
    truth.labeled_frames[0].instances.append(animal)

    with pytest.raises(poise_workflows.EvaluationError) as caught:
        poise_workflows.evaluate(truth, labels_of(FRAMES, predicted=True))

    assert str(caught.value) == (
        "must hold animals of one skeleton, got head, thorax, tail; wing @ truth"
    )


def test_a_file_that_is_there_stays(folder: Path) -> None:
    with pytest.raises(PoiseError, match=r"must be a new file, got taken\.json, which exists"):
        poise_workflows.evaluate("truth.slp", "predicted.slp", output="taken.json")
    assert Path("taken.json").read_text() == "mine"

    poise_workflows.evaluate("truth.slp", "predicted.slp", output="taken.json", overwrite=True)
    assert poise_workflows.read_metrics("taken.json")["dist.avg"] == 0


@pytest.mark.parametrize("name", ["taken.json", "m.json", "m.npz"])
def test_a_file_that_cannot_be_written_leaves_no_trace(
    name: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    monkeypatch.setattr("poise.writing.whole_files.flush", full)

    status = main(["evaluate", "truth.slp", "predicted.slp", "-o", name, "--overwrite"])

    assert status == 1
    assert f"cannot be written: No space left on device @ {name}" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["m.json", "m.npz"])
def test_a_file_appears_when_it_is_whole(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace: Callable[[Path, Any], Path] = Path.replace
    drafts = []

    def renamed(draft: Path, place: Any) -> Path:
        if Path(place).name == name:
            drafts.append((Path(place).exists(), draft.stat().st_size))
        return replace(draft, place)

    monkeypatch.setattr(Path, "replace", renamed)

    poise_workflows.evaluate("truth.slp", "predicted.slp", output=name)

    assert drafts == [(False, Path(name).stat().st_size)]

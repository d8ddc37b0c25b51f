"""``poise train``: what people see, and what becomes of a run that is asked for again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from poise.cli import main
from poise_workflows.training.pictures import read_pictures
from poise_workflows.training.profiles.finding import profile_names
from small_labels import job, write_job, write_labels

SILENT = "--progress", "none"


@pytest.fixture(scope="module")
def place(keras: Any, learning: None, tmp_path_factory: Any) -> Path:
    """A folder with a job, labels and a finished run."""
    folder = Path(tmp_path_factory.mktemp("train"))
    write_job(folder / "job.json", job())
    write_labels(folder / "flies.slp")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["train", "job.json", "flies.slp", "-o", "run", *SILENT]) == 0
    return folder


@pytest.fixture(autouse=True)
def inside(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)


def test_profiles_are_listed_with_what_they_train(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--profiles"]) == 0
    _, *rows = (line.split() for line in capsys.readouterr().out.splitlines())
    assert [row[0] for row in rows] == profile_names()
    assert ["leap.single", "leap", "single_instance"] in rows


@pytest.mark.parametrize("words", [["job.json", "flies.slp", "-o", "run"], ["--resume", "run"]])
def test_a_finished_run_is_left_alone(
    words: list[str], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in (place / "run").rglob("*")}

    assert main(["train", *words, *SILENT]) == 0

    assert "finished before  run\n  1 epoch; the best is 1, validation loss" in (
        capsys.readouterr().out
    )
    assert {path: path.stat().st_mtime_ns for path in (place / "run").rglob("*")} == before


def test_a_run_that_goes_on_obeys_where_its_images_are_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = place / "run" / "status.json"
    text = status.read_text(encoding="utf-8")
    status.write_text(text.replace('"finished"', '"interrupted"'), encoding="utf-8")
    kept: list[bool] = []

    def reading(videos: Any, folder: Path | None) -> Any:
        kept.append(folder is None)
        return read_pictures(videos, folder)

    monkeypatch.setattr("poise_workflows.training.fitting.read_pictures", reading)

    assert main(["train", "--resume", "run", "--cache", "disk", "--device", "cpu", *SILENT]) == 0

    assert kept == [False]
    assert json.loads(status.read_text(encoding="utf-8"))["state"] == "finished"


def test_a_run_goes_on_where_its_labels_lie_on_this_machine(place: Path) -> None:
    status, request = place / "run" / "status.json", place / "run" / "request.json"
    status.write_text(status.read_text().replace('"finished"', '"interrupted"'), encoding="utf-8")
    before = request.read_text(encoding="utf-8")
    request.write_text(before.replace(str(place), "/mnt/lab"), encoding="utf-8")
    words = ["train", "--resume", "run", "--device", "cpu", *SILENT]

    assert main(words) == 2
    assert main([*words, "--map", f"/mnt/lab={place}"]) == 0

    request.write_text(before, encoding="utf-8")
    assert json.loads(status.read_text(encoding="utf-8"))["state"] == "finished"


def test_overwriting_keeps_what_was_there_under_a_number(place: Path) -> None:
    before = (place / "run" / "request.json").read_text(encoding="utf-8")
    words = "job.json", "flies.slp", "-o", "run", "--overwrite", "--seed", "5"

    assert main(["train", *words, *SILENT]) == 0

    assert (place / "run.1" / "request.json").read_text(encoding="utf-8") == before
    assert json.loads((place / "run" / "request.json").read_text(encoding="utf-8"))["seed"] == 5

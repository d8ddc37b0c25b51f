"""A run that is refused before its first epoch leaves everything as it was."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from poise_workflows.training.beginning import place_for
from poise_workflows.training.errors import DivergedError, RunError, TrainingError
from poise_workflows.training.run_folders import RUNNING, Status, create

FILES: dict[str, Any] = {
    "config": {},
    "split": {},
    "report": {},
    "status": Status(state=RUNNING, epochs_done=0, epochs=1),
}


class Asked:
    """Stands in for a request."""

    @staticmethod
    def to_json() -> dict[str, Any]:
        return {}


def begin(
    path: Path, error: BaseException | None = None, *, state: bool = False, is_taken: bool = False
) -> None:
    """Begin a run that ends with an error, before or after its first epoch."""
    with place_for(path, is_taken=is_taken) as place:
        folder = place.create(request=Asked(), **FILES)
        if state:
            folder.state.parent.mkdir()
            folder.state.touch()
        if error is not None:
            raise error


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_files_are_those_that_a_folder_is_made_of() -> None:
    parameters = list(inspect.signature(create).parameters)

    assert {*FILES, "request", "path", "write_more"} == set(parameters)


def test_a_run_that_ends_well_stays_and_what_was_there_is_kept_aside(tmp_path: Path) -> None:
    begin(tmp_path / "run")
    before = names(tmp_path / "run")

    begin(tmp_path / "run", is_taken=True)

    assert names(tmp_path / "run.1") == names(tmp_path / "run") == before


@pytest.mark.parametrize("there", ["nothing", "a run", "an empty folder"])
def test_a_refused_run_is_gone_and_what_was_there_is_back(tmp_path: Path, there: str) -> None:
    path = tmp_path / "runs" / "run"
    if there == "a run":
        begin(path)
        (path / "notes.txt").touch()
    elif there == "an empty folder":
        path.mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(TrainingError):
        begin(path, TrainingError([]), is_taken=there == "a run")

    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("error", [DivergedError("NaN"), KeyboardInterrupt(), OSError("full")])
def test_a_run_that_began_to_train_stays(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        begin(tmp_path / "run", error)

    assert "status.json" in names(tmp_path / "run")


def test_an_error_after_the_first_epoch_keeps_the_run(tmp_path: Path) -> None:
    with pytest.raises(TrainingError):
        begin(tmp_path / "run", TrainingError([]), state=True)

    assert "last/state.npz" in names(tmp_path / "run")


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(RunError, match="must be in a folder that Poise can write, got"):
        begin(tmp_path / "file" / "run")

    assert names(tmp_path) == ["file"]

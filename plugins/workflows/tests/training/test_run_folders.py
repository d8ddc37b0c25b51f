"""A run's folder comes into being whole, is known again, and refuses what is not its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from poise_workflows.examples.splitting import Split
from poise_workflows.journal import claims
from poise_workflows.training import run_folders
from poise_workflows.training.errors import RunError
from poise_workflows.training.requests import Request
from poise_workflows.training.run_folders import (
    FINISHED,
    RUNNING,
    RunFolder,
    Status,
    create,
    is_run,
    refuse_a_second_process,
    refuse_others,
)

REQUEST = Request(
    job={"optimization": {"epochs": 5}},
    labels={"train": {"path": "flies.slp", "sha256": "1"}},
    split="frame",
    seed=0,
    precision="float32",
    clip_norm=None,
    devices=1,
    start=None,
)
SPLIT = Split(train=[(0, 1), (0, 2)], validation=[(1, 5)])
STATUS = Status(state=RUNNING, epochs_done=0, epochs=5)


def created(path: Path, **changes: Any) -> RunFolder:
    files = {
        "config": {"model": {}},
        "request": REQUEST,
        "split": {"videos": {}, "frames": SPLIT.to_json()},
        "report": {"notes": ["a"]},
        "status": STATUS,
    }
    return create(path, **{**files, **changes})  # type: ignore[arg-type]  # by name


def test_a_folder_gives_back_what_it_was_made_with(tmp_path: Path) -> None:
    folder = created(tmp_path / "runs" / "flies")

    assert folder.request() == REQUEST
    assert folder.split() == SPLIT
    assert folder.report() == {"notes": ["a"]}
    assert folder.status() == STATUS
    assert is_run(folder.path)


def test_a_folder_that_could_not_be_written_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: RunFolder, name: str, data: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(run_folders.RunFolder, "write", full)

    with pytest.raises(OSError, match="full"):
        created(tmp_path / "flies")

    assert list(tmp_path.iterdir()) == []


def test_a_log_has_a_row_for_each_epoch_also_where_a_later_one_says_more(tmp_path: Path) -> None:
    folder = created(tmp_path / "flies")

    folder.write_log([{"epoch": 0, "loss": 0.5}, {"epoch": 1, "loss": 0.25, "lr": 0.1}])

    lines = (folder.path / "log.csv").read_text().splitlines()
    assert lines == ["epoch,loss,lr", "0,0.5,", "1,0.25,0.1"]


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir], ids=["missing", "empty"])
def test_a_new_or_empty_folder_has_no_run(tmp_path: Path, make: Any) -> None:
    make(tmp_path / "flies")

    assert refuse_others(tmp_path / "flies", REQUEST) is None


def test_the_run_that_was_asked_for_before_is_known_again(tmp_path: Path) -> None:
    created(tmp_path / "flies")

    assert refuse_others(tmp_path / "flies", REQUEST) == RunFolder(tmp_path / "flies")


def test_another_run_is_refused_with_the_difference(tmp_path: Path) -> None:
    created(tmp_path / "flies")

    with pytest.raises(RunError) as error:
        refuse_others(tmp_path / "flies", attrs.evolve(REQUEST, seed=7))

    assert "got other seed: 0 before, 7 now" in str(error.value)


def test_a_file_and_a_folder_of_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.txt").touch()

    with pytest.raises(RunError, match="got a file: "):
        refuse_others(tmp_path / "file", REQUEST)
    with pytest.raises(RunError, match="got a folder with other files: "):
        refuse_others(tmp_path / "folder", REQUEST)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": "running"}', "3"])
@pytest.mark.parametrize("name", ["status.json", "request.json", "split.json"])
def test_a_damaged_folder_is_refused_by_name(tmp_path: Path, name: str, text: str) -> None:
    folder = created(tmp_path / "flies")
    (folder.path / name).write_text(text)
    read = {"status.json": folder.status, "request.json": folder.request}

    with pytest.raises(RunError, match=rf"must be the folder of a run, got .*{name}"):
        read.get(name, folder.split)()


def test_a_run_that_another_process_trains_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = attrs.evolve(claims.own(), pid=1)
    folder = created(tmp_path / "flies", status=attrs.evolve(STATUS, process=other.to_json()))

    monkeypatch.setattr(claims, "is_alive", lambda claim: True)
    with pytest.raises(RunError, match="must be trained by one process, got"):
        refuse_a_second_process(folder)
    monkeypatch.setattr(claims, "is_alive", lambda claim: False)
    refuse_a_second_process(folder)
    monkeypatch.setattr(claims, "is_alive", lambda claim: True)
    folder.write_status(attrs.evolve(folder.status(), state=FINISHED))
    refuse_a_second_process(folder)


def test_a_process_may_train_its_own_run_again(tmp_path: Path) -> None:
    own = claims.own().to_json()
    refuse_a_second_process(created(tmp_path / "flies", status=attrs.evolve(STATUS, process=own)))


def test_people_can_read_a_folder(tmp_path: Path) -> None:
    status = json.loads((created(tmp_path / "flies").path / "status.json").read_text())

    assert status["program"] == "poise train"
    assert (status["state"], status["epochs_done"]) == ("running", 0)

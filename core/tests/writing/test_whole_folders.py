"""A folder is filled or replaced whole or not at all, whenever the process that writes dies."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
import warnings
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from poise.errors import DraftWarning
from poise.writing import whole_folders
from poise.writing.drafts import FORMER, beside
from poise.writing.whole_folders import restore, whole_folder
from writers import WAIT, ended, killed_at, killed_while_writing, names_in, started

forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="it copies this process")


def filled(folder: Path, text: str = "former") -> Path:
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(text)
    return folder


def texts_in(folder: Path) -> set[str]:
    assert names_in(folder) == ["a.txt", "b.txt"]
    return {path.read_text() for path in folder.iterdir()}


def test_a_folder_takes_its_name_when_all_of_it_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with whole_folder(folder) as draft:
        (draft / "config.json").write_text("{}")
        assert not folder.exists()
    assert names_in(folder) == ["config.json"]
    assert names_in(tmp_path) == ["model"]


def test_a_process_that_is_killed_while_writing_leaves_no_folder_of_that_name(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "model"
    program = f"""
        from poise.writing.whole_folders import whole_folder
        with whole_folder({str(folder)!r}) as draft:
            (draft / "a.txt").write_text("a part")
            {WAIT}
    """
    killed_while_writing(program)
    assert not folder.exists()
    killed_while_writing(program)  # what is left behind is in nobody's way
    with pytest.warns(DraftWarning, match=r"left: .*model\."), whole_folder(folder) as draft:
        (draft / "a.txt").write_text("all")
    assert (folder / "a.txt").read_text() == "all"
    assert names_in(tmp_path) == ["model"]


@pytest.mark.parametrize("replaces", [None, str])
def test_an_empty_folder_is_replaced(tmp_path: Path, replaces: Any) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    with whole_folder(folder, replaces=replaces) as draft:
        (draft / "a.txt").touch()
    assert names_in(folder) == ["a.txt"]
    assert names_in(tmp_path) == ["model"]


def test_a_folder_that_is_filled_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with pytest.raises(OSError, match="not empty"), whole_folder(folder):
        filled(folder)
    assert texts_in(folder) == {"former"}
    assert names_in(tmp_path) == ["model"]


def test_a_folder_is_overwritten_when_told_to(tmp_path: Path) -> None:
    folder = filled(tmp_path / "model")
    with whole_folder(folder, replaces=str) as draft:
        (draft / "c.txt").touch()
    assert names_in(folder) == ["c.txt"]
    assert names_in(tmp_path) == ["model"]


def test_a_process_that_is_killed_before_it_overwrites_leaves_the_former_folder(
    tmp_path: Path,
) -> None:
    folder = filled(tmp_path / "model")
    killed_while_writing(f"""
        from poise.writing.whole_folders import whole_folder
        with whole_folder({str(folder)!r}, replaces=str) as draft:
            (draft / "a.txt").write_text("a part")
            {WAIT}
    """)
    assert texts_in(folder) == {"former"}


def test_a_process_that_is_killed_while_it_removes_the_former_folder_leaves_the_new_one(
    tmp_path: Path,
) -> None:
    folder = filled(tmp_path / "model")
    killed_while_writing(f"""
        import os
        from poise.writing.whole_folders import whole_folder

        def removing(*args, remove=os.unlink, **options):
            remove(*args, **options)
            {WAIT}

        with whole_folder({str(folder)!r}, replaces=str) as draft:
            for name in ("a.txt", "b.txt"):
                (draft / name).write_text("new")
            os.unlink = removing
    """)
    assert texts_in(folder) == {"new"}


def test_the_former_folder_comes_back_when_it_cannot_be_replaced(tmp_path: Path) -> None:
    folder = filled(tmp_path / "model")
    with pytest.raises(FileNotFoundError), whole_folder(folder, replaces=str) as draft:
        shutil.rmtree(draft)
    assert texts_in(folder) == {"former"}
    assert names_in(tmp_path) == ["model"]


@pytest.mark.skipif(sys.platform == "win32", reason="a link needs rights there")
def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    folder, link = filled(tmp_path / "model"), tmp_path / "latest"
    link.symlink_to(folder)
    with whole_folder(link, replaces=str) as draft:
        (draft / "c.txt").touch()
    assert link.is_symlink()
    assert names_in(folder) == ["c.txt"]
    assert names_in(tmp_path) == ["latest", "model"]


def test_the_folder_that_one_is_in_can_be_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with whole_folder(".") as draft:
        (draft / "a.txt").touch()
    assert names_in(tmp_path) == ["a.txt"]
    assert Path.cwd() == tmp_path


@pytest.fixture(params=[True, False], ids=["exchanged", "in two steps"])
def exchanging(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the system can exchange two folders."""
    if not request.param:
        monkeypatch.setattr(whole_folders, "exchange", lambda one, other: False)
    elif sys.platform != "linux":
        pytest.skip("only Linux exchanges folders")
    return bool(request.param)


def replaced(folder: Path, text: str = "new") -> None:
    with whole_folder(folder, replaces=lambda former: None) as draft:
        for name in ("a.txt", "b.txt"):
            (draft / name).write_text(text)


@pytest.mark.usefixtures("exchanging")
def test_a_folder_is_exchanged_for_the_new_one_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = filled(tmp_path / "model")
    replaced(folder)
    assert texts_in(folder) == {"new"}
    assert names_in(tmp_path) == ["model"]


@pytest.mark.usefixtures("exchanging")
@pytest.mark.parametrize("error", [KeyboardInterrupt, PermissionError])
def test_the_former_folder_stands_when_its_replacement_is_refused_or_interrupted(
    tmp_path: Path, error: type[BaseException]
) -> None:
    def refuse(folder: Path) -> None:
        raise error

    folder = filled(tmp_path / "model")
    with pytest.raises(error), whole_folder(folder, replaces=refuse) as draft:
        (draft / "a.txt").write_text("new")
    assert texts_in(folder) == {"former"}
    assert names_in(tmp_path) == ["model"]


def test_ctrl_c_between_the_two_steps_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renames = []

    def rename(path: Path, target: Path, rename: Any = Path.rename) -> Path:
        renames.append(path)
        if len(renames) == 2:
            raise KeyboardInterrupt
        return rename(path, target)

    folder = filled(tmp_path / "model")
    monkeypatch.setattr(whole_folders, "exchange", lambda one, other: False)
    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        replaced(folder)
    assert texts_in(folder) == {"former"}
    assert names_in(tmp_path) == ["model"]


@forking
def test_killed_at_any_step_the_former_or_the_new_folder_stands_and_the_next_saves(
    tmp_path: Path, exchanging: bool
) -> None:
    folder, seen = filled(tmp_path / "model"), set()
    for step in count(1):
        was_killed = killed_at(step, lambda: replaced(folder), "poise/writing/")
        assert exchanging <= folder.exists()
        assert restore(folder)
        (text,) = texts_in(folder)
        seen.add(text)
        if not was_killed:
            break
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DraftWarning)
            replaced(folder, "former")
        assert names_in(tmp_path) == ["model"]
    assert seen == {"former", "new"}
    assert step > 50


@forking
@pytest.mark.filterwarnings("ignore::poise.errors.DraftWarning")
@pytest.mark.parametrize("moments", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_killed_at_random_moments_two_writers_leave_one_whole_folder(
    tmp_path: Path, moments: int, exchanging: bool
) -> None:
    def write_on(text: str) -> None:
        while True:
            with suppress(OSError):  # the other one was faster
                replaced(folder, text)

    folder, moment = filled(tmp_path / "model"), random.Random(0)
    for _ in range(moments):
        writers = [started(lambda text=text: write_on(text)) for text in ("one", "other")]
        for writer in writers:
            time.sleep(moment.uniform(0, 0.03))
            os.kill(writer, signal.SIGKILL)
            ended(writer)
        assert exchanging <= folder.exists()
        assert restore(folder)
        assert len(texts_in(folder)) == 1
    replaced(folder)
    assert names_in(tmp_path) == ["model"]


@forking
def test_of_two_writers_of_a_new_folder_one_fails(tmp_path: Path) -> None:
    def write(text: str) -> None:
        with whole_folder(folder) as draft:
            (draft / "a.txt").write_text(text)
            while time.time() < start:
                pass

    for number in range(10):
        folder, start = tmp_path / str(number), time.time() + 0.05
        writers = [started(lambda text=text: write(text)) for text in ("one", "other")]
        statuses = [ended(writer) for writer in writers]
        assert sorted(statuses) == [0, 3]
        winner = ("one", "other")[statuses.index(0)]
        assert (folder / "a.txt").read_text() == winner
    assert len(names_in(tmp_path)) == 10


def test_a_former_folder_comes_back_only_where_nothing_stands(tmp_path: Path) -> None:
    folder = filled(tmp_path / "model")
    assert restore(folder)
    assert not restore(tmp_path / "nowhere" / "model")
    former = beside(folder, FORMER)
    folder.rename(former)  # by this process, which runs: it has a second for the next step
    assert restore(folder)
    assert texts_in(folder) == {"former"}
    assert names_in(tmp_path) == ["model"]

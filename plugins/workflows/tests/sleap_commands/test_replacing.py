"""What SLEAP replaced without a word is kept, and its name always leads to a whole file."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import pytest

from poise.writing.whole_files import whole_file
from poise_workflows.journal import aside
from poise_workflows.sleap_commands.replacing import write_beside
from writers import killed_at, names_in

FORMER, NEW = b"the former file", b"the new file"


def write(path: Path, content: bytes = NEW) -> None:
    with whole_file(path) as stream:
        stream.write(content)


def a_former(folder: Path) -> Path:
    folder.mkdir()
    path = folder / "flies.slp"
    path.write_bytes(FORMER)
    return path


@pytest.fixture(params=["with links", "without links"])
def _file_systems(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*paths: object) -> None:
        raise PermissionError

    if request.param == "without links":
        monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("_file_systems")
def test_a_former_file_is_kept_and_named(tmp_path: Path) -> None:
    path = a_former(tmp_path / "run")
    (tmp_path / "run/flies.1.slp").write_bytes(b"older")

    said, is_written = write_beside(path, lambda: write(path))

    kept = path.with_name("flies.2.slp")
    assert (said, is_written) == (
        (f"{path} was there, and is {kept} now; SLEAP replaced it",),
        True,
    )
    assert path.read_bytes() == NEW
    assert kept.read_bytes() == FORMER


@pytest.mark.usefixtures("_file_systems")
@pytest.mark.parametrize("content", [None, FORMER])
def test_a_file_that_is_not_replaced_or_is_the_same_is_kept_once(
    tmp_path: Path, content: bytes | None
) -> None:
    path = a_former(tmp_path / "run")

    said, is_written = write_beside(path, lambda: content and write(path, content))

    assert (said, is_written) == ((), content is not None)
    assert names_in(tmp_path / "run") == ["flies.slp"]
    assert path.read_bytes() == FORMER


@pytest.mark.usefixtures("_file_systems")
def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    path = a_former(tmp_path / "run")

    def fail() -> None:
        with whole_file(path) as stream:
            stream.write(b"a part")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_beside(path, fail)

    assert names_in(tmp_path / "run") == ["flies.slp"]
    assert path.read_bytes() == FORMER


def test_where_nothing_was_there_is_nothing_to_say(tmp_path: Path) -> None:
    path = tmp_path / "flies.slp"

    assert write_beside(path, lambda: None) == ((), False)
    assert write_beside(path, lambda: write(path)) == ((), True)
    assert names_in(tmp_path) == ["flies.slp"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="it copies this process")
@pytest.mark.usefixtures("_file_systems")
def test_killed_at_any_step_the_former_or_the_new_file_has_the_name(tmp_path: Path) -> None:
    for step in count(1):
        path = a_former(tmp_path / str(step))
        is_killed = killed_at(
            step,
            lambda path=path: write_beside(path, lambda: write(path)),  # type: ignore[misc]
            aside.__file__,
            "replacing.py",
            "writing",
        )
        assert path.read_bytes() in (FORMER, NEW)
        contents = {file.read_bytes() for file in path.parent.iterdir()}
        assert FORMER in contents, step
        if not is_killed:
            break
    assert step > 40
    assert names_in(path.parent) == ["flies.1.slp", "flies.slp"]

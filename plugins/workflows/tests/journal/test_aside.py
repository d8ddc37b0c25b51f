"""A file that is replaced keeps its content under a number."""

from __future__ import annotations

from pathlib import Path

import pytest

from poise_workflows.journal.aside import set_aside


def test_each_former_file_gets_the_next_free_number(tmp_path: Path) -> None:
    file = tmp_path / "flies.predictions.slp"
    for text in ("first", "second", "third"):
        file.write_text(text)
        assert set_aside(file) is not None

    names = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert names == {
        "flies.predictions.1.slp": "first",
        "flies.predictions.2.slp": "second",
        "flies.predictions.3.slp": "third",
    }


def test_a_number_that_was_freed_is_used_again_and_no_file_is_overwritten(tmp_path: Path) -> None:
    for name in ("flies.slp", "flies.2.slp"):
        (tmp_path / name).write_text(name)

    assert set_aside(tmp_path / "flies.slp") == tmp_path / "flies.1.slp"
    assert (tmp_path / "flies.2.slp").read_text() == "flies.2.slp"


def test_a_folder_is_set_aside_with_all_that_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "run.1").write_text("a file of this name")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "log.csv").write_text("epoch")

    assert set_aside(tmp_path / "run") == tmp_path / "run.2"
    assert (tmp_path / "run.2" / "log.csv").read_text() == "epoch"
    assert not (tmp_path / "run").exists()


def test_without_a_file_nothing_is_set_aside(tmp_path: Path) -> None:
    assert set_aside(tmp_path / "flies.slp") is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_renamed_keeps_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "flies.slp"
    file.write_text("first")

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError("in use")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        set_aside(file)

    assert [path.name for path in tmp_path.iterdir()] == ["flies.slp"]

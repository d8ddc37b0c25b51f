"""`poise doctor --clean` removes what killed processes left, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poise.__main__ import main
from poise.writing import drafts
from poise.writing.drafts import DRAFT, FORMER, PART, beside
from writers import names_in


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("POISE_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "runs" / "today"
    folder.mkdir(parents=True)
    (folder / "labels.slp.part").touch()
    return folder.parent


def cleaned(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["doctor", "--clean", *arguments])
    return status, capsys.readouterr().out


def test_drafts_of_dead_processes_are_removed_and_named(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = runs.parent / "cache" / "weights"
    cache.mkdir(parents=True)
    file, folder = beside(cache / "a.h5", PART), beside(runs / "today" / "model", DRAFT)
    file.touch()
    folder.mkdir()
    (folder / "config.json").touch()

    assert cleaned(capsys, str(runs)) == (0, "no draft of a killed process\n")
    monkeypatch.setattr(drafts, "_runs", lambda process: False)
    status, said = cleaned(capsys, str(runs))

    assert status == 0
    assert said == f"{folder} is removed\n{file} is removed\n"
    assert names_in(runs / "today") == ["labels.slp.part"]
    assert names_in(cache) == []


def test_a_model_whose_replacement_was_interrupted_gets_its_name_back(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(runs)
    monkeypatch.setattr(drafts, "_runs", lambda process: False)
    former = beside(runs / "model", FORMER)
    former.mkdir()
    (former / "config.json").touch()

    status, said = cleaned(capsys, "--json")

    assert status == 0
    assert json.loads(said) == {"drafts": [{"path": str(former), "what": "is model again"}]}
    assert names_in(runs / "model") == ["config.json"]


def test_what_cannot_be_removed_is_named_and_fails(
    runs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "_runs", lambda process: False)
    draft = beside(runs / "a.json", PART)
    draft.touch()

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    assert cleaned(capsys, str(runs)) == (1, f"{draft} could not be removed\n")


def test_a_folder_without_clean_is_a_mistake_in_the_call(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", str(runs)]) == 2
    assert "FOLDER must come with --clean, got" in capsys.readouterr().err

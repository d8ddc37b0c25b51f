"""``poise shims``: executables of SLEAP's names, which call this interpreter's Poise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from poise.cli import main
from poise_workflows.sleap_commands.executables import MARK, names, text_of

posix = pytest.mark.skipif(os.name == "nt", reason="shims of a POSIX shell")
NAMES = ["sleap-track", "sleap-convert", "sleap-render", "sleap-inspect"]


def call(folder: Path, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Call a shim by its name, with nothing on PATH but the shims and the system."""
    path = os.pathsep.join([str(folder), "/usr/bin", "/bin"])
    return subprocess.run(
        words, env={"PATH": path}, cwd=cwd, capture_output=True, text=True, check=False
    )


def test_they_have_the_names_of_sleap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shims", str(tmp_path / "new" / "bin")]) == 0

    said = capsys.readouterr().out
    endings = {"nt": ".cmd"}.get(os.name, "")
    for name in NAMES:
        path = tmp_path / "new" / "bin" / f"{name}{endings}"
        assert os.access(path, os.X_OK)
        assert f"written  {path}" in said
    assert "put the folder first on PATH: " in said


@posix
def test_a_shim_works_without_the_environment_and_wherever_it_lies(tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder"
    main(["shims", str(folder)])
    (tmp_path / "click.py").write_text("raise SystemExit('hidden')", encoding="utf-8")

    done = call(folder, "sleap-convert", "no file.slp", cwd=tmp_path)

    assert done.returncode == 2
    assert "no file.slp" in done.stderr
    assert "hidden" not in done.stderr


@posix
def test_arguments_pass_unchanged(tmp_path: Path) -> None:
    main(["shims", str(tmp_path)])

    done = call(tmp_path, "sleap-convert", "x.slp", "--format", "a $HOME 'b' \"c\"")

    assert "a $HOME 'b'" in done.stderr


@posix
def test_shims_are_written_again_and_foreign_files_are_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["shims", str(tmp_path)])
    (tmp_path / "sleap-track").write_text("#!/bin/sh\necho mine\n", encoding="utf-8")
    (tmp_path / "sleap-render").write_text(f"# {MARK} of an old version", encoding="utf-8")

    assert main(["shims", str(tmp_path)]) == 1

    assert "sleap-track is left as it is: Poise has not written it" in capsys.readouterr().err
    assert (tmp_path / "sleap-track").read_text(encoding="utf-8") == "#!/bin/sh\necho mine\n"
    assert sys.executable in (tmp_path / "sleap-render").read_text(encoding="utf-8")


def test_on_windows_a_shim_is_a_batch_file() -> None:
    text = text_of("sleap-track", is_windows=True, python=r"C:\100% labs\python.exe")

    lines = text.splitlines()
    assert lines[0] == "@echo off"
    assert lines[2].startswith(r'"C:\100%% labs\python.exe" -P -c "import sys;')
    assert lines[2].endswith(" sleap-track %*")
    assert lines[3] == "exit /b %ERRORLEVEL%"


def test_every_command_of_sleap_that_is_installed_has_one() -> None:
    assert names()[: len(NAMES)] == NAMES

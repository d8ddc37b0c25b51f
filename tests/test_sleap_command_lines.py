"""SLEAP's command lines, as its program and scripts of laboratories write them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lab_lines import OTHERS, TRACKING, Line, make_lab, make_models
from poise.cli import main
from poise_workflows.prediction.options import OptionsError
from poise_workflows.sleap_commands.track_plan import RENEW, plan

pytestmark = pytest.mark.usefixtures("keras")

LINES = [*TRACKING, *OTHERS]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_models(tmp_path_factory.mktemp("models"))


@pytest.fixture
def lab(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with videos, labels, lists and models."""
    make_lab(tmp_path, models)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def environment(lab: Path) -> dict[str, str]:
    """Variables with the shims first on PATH, and nothing of this environment besides."""
    assert main(["shims", "bin"]) == 0
    paths = [str(lab / "bin"), "/usr/local/bin", "/usr/bin", "/bin"]
    kept = {name: os.environ[name] for name in ("KERAS_BACKEND", "HOME") if name in os.environ}
    return {**kept, "PATH": os.pathsep.join(paths), "CUDA_VISIBLE_DEVICES": "-1"}


def name_of(line: Line) -> str:
    return line.line


def test_thirty_lines_are_tested() -> None:
    assert len({line.line for line in LINES}) >= 30


@pytest.mark.parametrize("line", TRACKING, ids=name_of)
def test_a_line_stands_for_commands_of_poise(
    line: Line, lab: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    _, *words = shlex.split(line.line)
    try:
        planned = plan(words)
    except (OptionsError, SystemExit) as error:
        assert line.status == 2
        assert line.says[0] in f"{error} {capsys.readouterr().err}"
        return

    commands = [
        shlex.join(command).removesuffix(f" {RENEW}").removesuffix(" --overwrite")
        for command in planned.commands
    ]
    assert tuple(commands) == line.runs
    said = "\n".join([*planned.notes, *planned.missing, f"{planned.folder} is made"])
    assert [text for text in line.says if text not in said and line.status != 2] == []
    assert bool(planned.missing) == (line.status == 1)


def check(line: Line, status: int, said: str) -> None:
    assert status == line.status, said
    assert [text for text in line.says if text not in said] == [], said
    assert [text for text in line.runs if f"runs poise {text}" not in said] == [], said
    assert [file for file in line.files if not Path(file).exists()] == []


@pytest.mark.parametrize("line", OTHERS, ids=name_of)
def test_a_line_of_the_other_commands_does_what_sleap_did(
    line: Line, lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(shlex.split(line.line))

    check(line, status, capsys.readouterr().err)


def through_shims(line: Line, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", line.line],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    check(line, done.returncode, done.stderr)


def marked(line: Line) -> Any:
    is_missing = bool(line.needs) and find_spec(line.needs) is None
    return pytest.param(line, marks=[pytest.mark.skipif(is_missing, reason=f"needs {line.needs}")])


@pytest.mark.slow
@pytest.mark.parametrize("line", [marked(line) for line in TRACKING], ids=name_of)
def test_a_line_of_sleap_track_does_what_sleap_did(
    line: Line, lab: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")

    status = main(shlex.split(line.line))

    check(line, status, capsys.readouterr().err)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell runs the lines")
@pytest.mark.parametrize("line", [marked(line) for line in LINES], ids=name_of)
def test_a_line_runs_through_the_shims(line: Line, environment: dict[str, str]) -> None:
    through_shims(line, environment)


SCRIPT = """#!/bin/bash
set -euo pipefail
sleap-track flies.mp4 -m models/bottomup --frames 0,-3 -o flies.slp --cpu --verb none
sleap-convert flies.slp --format analysis -o flies.h5
sleap-inspect flies.slp > inspected.txt
"""


@pytest.mark.skipif(os.name == "nt", reason="a script of bash")
def test_a_script_of_a_lab_runs_unchanged(lab: Path, environment: dict[str, str]) -> None:
    (lab / "run.sh").write_text(SCRIPT, encoding="utf-8")

    done = subprocess.run(
        ["bash", "run.sh"], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert (lab / "flies.h5").exists()
    assert "labeled frames: 4" in (lab / "inspected.txt").read_text(encoding="utf-8")


def test_the_command_that_is_named_gives_the_same_file(
    lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import sleap_io

    assert main(shlex.split("sleap-track flies.mp4 -m models/bottomup --fr 2-4 -o a.slp")) == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if " runs poise " in line]

    words = shlex.split(line.split(" runs poise ")[1])
    assert main([word.replace("a.slp", "b.slp") for word in words]) == 0

    files = [sleap_io.load_slp(name, open_videos=False) for name in ("a.slp", "b.slp")]
    first, second = ([frame.numpy().tolist() for frame in labels] for labels in files)
    assert first == second
    assert len(first) == 3


def test_another_run_begins_anew_and_keeps_the_old_file(
    lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    import sleap_io

    line = "sleap-track flies.mp4 -m models/bottomup -o a.slp --foo 2 --frames"
    for frames, said in (("0-1", "predicted"), ("0-1", "finished before"), ("2-4", "predicted")):
        assert main([*shlex.split(line), frames]) == 0
        assert f"{said}  a.slp" in capsys.readouterr().out

    old, new = (sleap_io.load_slp(name, open_videos=False) for name in ("a.1.slp", "a.slp"))
    assert [frame.frame_idx for frame in old] == [0, 1]
    assert [frame.frame_idx for frame in new] == [2, 3, 4]
    notes = json.loads(Path("a.report.json").read_text(encoding="utf-8"))["notes"]
    assert "a.slp was there, and is a.1.slp now" in notes
    assert [note for note in notes if note.startswith("--foo 2 is ignored, as in SLEAP")]


def test_a_file_of_unknown_origin_is_kept_aside(
    lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.slp").write_text("precious", encoding="utf-8")

    assert main(shlex.split("sleap-track flies.mp4 -m models/bottomup --fr 0 -o a.slp")) == 0

    assert Path("a.1.slp").read_text(encoding="utf-8") == "precious"
    assert "a.slp was there, and is a.1.slp now" in capsys.readouterr().out


RULES = """
rule all:
    input: "flies.h5"

rule predict:
    input: "flies.mp4"
    output: "{name}.predictions.slp"
    shell: "sleap-track {input} -m models/bottomup --frames 0,-3 --cpu --verbosity none -o {output}"

rule convert:
    input: "flies.predictions.slp"
    output: "flies.h5"
    shell: "sleap-convert --format analysis -o {output} {input}"
"""

SNAKEMAKE = shutil.which("snakemake")


@pytest.mark.slow
@pytest.mark.skipif(not SNAKEMAKE, reason="snakemake is not on the path")
def test_a_rule_of_snakemake_runs_unchanged(lab: Path, environment: dict[str, str]) -> None:
    (lab / "Snakefile").write_text(RULES, encoding="utf-8")

    done = subprocess.run(
        [str(SNAKEMAKE), "--cores", "1"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert (lab / "flies.h5").exists()
    assert (lab / "flies.predictions.slp").exists()
    assert "3 of 3 steps (100%) done" in done.stderr


def test_tracking_again_has_its_notes_in_the_report(lab: Path) -> None:
    import json

    line = "sleap-track predicted.slp --tracking.tracker simple -o t.slp --foo 1"
    for _ in range(2):
        assert main(shlex.split(line)) == 0

    (note,) = json.loads(Path("t.report.json").read_text(encoding="utf-8"))["notes"]
    assert note.startswith("--foo 1 is ignored, as in SLEAP")
    assert Path("t.1.slp").exists()

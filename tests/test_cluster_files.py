"""The examples for clusters are right as far as a machine without one can tell."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from poise.cli._group import group
from poise_workflows.queueing.contract import ASIDE, DONE, REFUSED, UNFINISHED

FILES = ("Dockerfile", "Snakefile", "poise.def", "poise.sbatch", "poise.sub")


@pytest.fixture
def cluster(workspace: Path) -> Path:
    return workspace / "docs" / "examples" / "cluster"


def text(cluster: Path, name: str) -> str:
    return (cluster / name).read_text(encoding="utf-8")


def parsed(words: list[str]) -> dict[str, object]:
    """What the real command makes of the words of a command line."""
    assert words[0] == "poise"
    context = click.Context(group, info_name="poise")
    command = group.get_command(context, words[1])
    assert command is not None
    return command.make_context(words[1], list(words[2:]), parent=context).params


def test_every_example_is_in_a_page(cluster: Path, workspace: Path) -> None:
    pages = "".join(
        page.read_text(encoding="utf-8") for page in (workspace / "docs" / "howto").glob("*.md")
    )

    assert sorted(path.name for path in cluster.iterdir()) == sorted(FILES)
    for name in FILES:
        assert f"{{literalinclude}} ../examples/cluster/{name}\n" in pages


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no bash")
@pytest.mark.parametrize("status", [DONE, ASIDE, REFUSED, UNFINISHED, 143])
def test_a_job_of_slurm_waits_for_another_turn_only_if_videos_are_left(
    status: int, cluster: Path, tmp_path: Path
) -> None:
    """SLURM itself and Poise are replaced by scripts that write down how they are called."""
    log = tmp_path / "log"
    script = f'#!/bin/sh\necho "${{0##*/}} $*" >> {shlex.quote(str(log))}\n'
    for name, more in (("srun", '"$@"\n'), ("scontrol", ""), ("poise", f"exit {status}\n")):
        (tmp_path / name).write_text(script + more, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"

    done = subprocess.run(
        ["bash", str(cluster / "poise.sbatch"), "my results"],
        env={"PATH": path, "SLURM_JOB_ID": "1234"},
    )

    assert done.returncode == status
    words = "poise work my results --stop-after 55m"
    again = ["scontrol requeue 1234"] if status == UNFINISHED else []
    assert log.read_text(encoding="utf-8").splitlines() == [f"srun {words}", words, *again]


def test_a_job_of_slurm_ends_before_its_time_limit(cluster: Path) -> None:
    lines = text(cluster, "poise.sbatch").splitlines()
    options = [word for line in lines if line.startswith("#SBATCH ") for word in line.split()[1:]]
    command = next(line for line in lines if line.startswith("srun "))

    words = shlex.split(command.removeprefix("srun ").replace('"$1"', "results"))
    assert parsed(words)["folder"] == Path("results")
    assert "--time=01:00:00" in options
    assert words[-2:] == ["--stop-after", "55m"]
    assert "--requeue" in options
    assert len(lines) <= 10


def submitted(cluster: Path) -> dict[str, str]:
    """The submit file of HTCondor."""
    lines = text(cluster, "poise.sub").splitlines()
    assert lines[-1] == "queue 8"
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read_string("\n".join(["[job]", *lines[:-1]]))
    return dict(parser["job"])


def test_a_job_of_htcondor_waits_for_another_turn_only_if_videos_are_left(cluster: Path) -> None:
    job = submitted(cluster)

    words = shlex.split(job["arguments"].strip('"').replace("$(results)", "results"))
    assert job["executable"] == "/usr/bin/env"
    assert parsed(words)["folder"] == Path("results")
    assert job["on_exit_remove"] == f"(ExitBySignal == False) && (ExitCode != {UNFINISHED})"
    assert job["kill_sig"] == "SIGTERM"


def test_the_rule_of_snakemake_calls_poise_with_options_that_there_are(cluster: Path) -> None:
    rules = text(cluster, "Snakefile")
    (shell,) = re.findall(r'shell:\n\s+"(.*)"', rules)

    values = {
        "input.video": "a.mp4",
        "input.model": "models/flies",
        "output": "a.slp",
        "log": "a.log",
    }
    command = re.sub(r"\{([\w.]+)\}", lambda match: values[match[1]], shell)
    words, redirected = command.split(" > ")
    options = parsed(shlex.split(words))

    assert redirected == "a.log 2>&1"
    assert options["sources"] == (Path("a.mp4"),)
    assert (options["models"], options["output"]) == ((Path("models/flies"),), Path("a.slp"))
    assert options["renew"]  # a video that has changed is predicted anew


def sections(cluster: Path) -> dict[str, str]:
    """The sections of the definition for Apptainer."""
    parts = re.split(r"^%(\w+)\n", text(cluster, "poise.def"), flags=re.MULTILINE)
    return dict(zip(["header", *parts[1::2]], [parts[0], *parts[2::2]], strict=True))


def test_both_containers_hold_the_same(cluster: Path, workspace: Path) -> None:
    docker, apptainer = text(cluster, "Dockerfile"), sections(cluster)

    base = re.findall(r"^F(?:ROM|rom:) (\S+)$", docker + apptainer["header"], re.MULTILINE)
    (installed,) = re.findall(r"^RUN (.*)$", docker, re.MULTILINE)
    (variables,) = re.findall(r"^ENV ((?:.*\\\n)*.*)$", docker, re.MULTILINE)
    exported = re.findall(r"^    export (\S+)$", apptainer["environment"], re.MULTILINE)
    project = tomllib.loads((workspace / "pyproject.toml").read_text(encoding="utf-8"))
    assert base[0] == base[1]
    assert re.fullmatch(r"python:3\.1[12]-slim", base[0])
    assert project["project"]["requires-python"] == ">=3.11"
    assert installed == apptainer["post"].strip()
    assert variables.replace("\\\n", "").split() == exported
    assert 'ENTRYPOINT ["poise"]' in docker
    assert apptainer["runscript"].strip() == 'exec poise "$@"'


def scripts(cluster: Path) -> Iterator[tuple[str, str]]:
    """Each script of the examples, with its shell."""
    yield "bash", text(cluster, "poise.sbatch")
    for name in ("post", "environment", "runscript"):
        yield "sh", sections(cluster)[name]


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="ShellCheck is in the group lint")
def test_the_scripts_are_right_in_the_eyes_of_shellcheck(cluster: Path) -> None:
    for shell, script in scripts(cluster):
        words = ["shellcheck", f"--shell={shell}", "-"]
        done = subprocess.run(words, input=script, capture_output=True, text=True)
        assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="Hadolint is in the group lint")
def test_the_dockerfile_is_right_in_the_eyes_of_hadolint(cluster: Path) -> None:
    done = subprocess.run(["hadolint", str(cluster / "Dockerfile")], capture_output=True, text=True)

    assert (done.stdout, done.returncode) == ("", 0)

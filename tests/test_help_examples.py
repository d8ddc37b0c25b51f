"""Every example of ``--help`` runs."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from poise.cli import main
from poise.cli._group import group
from showcase import add_labels, add_models, furnish

PLACEHOLDERS = {"tinyvgg": "unet"}
"""A plugin that is yet to be written → one that is installed."""

OF_A_QUEUE = ("status", "work")
"""Commands whose examples need a queue that was planned."""

RUNS_A_MODEL = (
    *("export", "predict", "preview", "test", "doctor", r"evaluate \S+ -m"),
    *OF_A_QUEUE,
)
"""Commands whose examples take seconds each."""

BUILDS = ("build", "diff", "inspect")

DIFFERS = ("diff",)
"""Commands that say with status 1 that what they compare differs."""

TRAINS = ("train",)

MEASURES = ("benchmark", "recommend")
"""Commands whose examples take minutes, unless they are made short."""

QUICK = "--image 64,64,1 --batch-sizes 1 --seconds 0.1"
"""What makes any benchmark take seconds for each row."""

TAKE_LONG = (*RUNS_A_MODEL, *BUILDS, *TRAINS, *MEASURES, "matrix")

SHORT = ("optimization.epochs=1", "optimization.batches_per_epoch=1", "backbone.unet.filters=2")
"""What makes any training take seconds."""


def examples(command: click.Command, context: click.Context) -> Iterator[str]:
    """The command lines under "Examples:", of a command and of those in it."""
    for paragraph in (command.epilog or "").split("\n\n"):
        lines = paragraph.removeprefix("\b").strip().splitlines()
        if lines[:1] == ["Examples:"]:
            yield from (re.split(r"\s{2,}", line.strip())[0] for line in lines[1:])
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from examples(inner, click.Context(inner, info_name=name, parent=context))


ALL = list(dict.fromkeys(examples(group, click.Context(group, info_name="poise"))))


def commands(*names: str, among: bool = True) -> list[str]:
    called = re.compile(rf"(\w+=\S+ )?poise ({'|'.join(names)})\b")
    return [line for line in ALL if bool(called.match(line)) == among and not is_export(line)]


def is_export(line: str) -> bool:
    return line.startswith("export ")


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("examples"))


@pytest.fixture
def place(furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A furnished folder, which is the home folder, too; weights count as fetched."""
    folder = tmp_path / "place"
    shutil.copytree(furnished, folder)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("POISE_CACHE_DIR", str(furnished.parent / "cache"))
    monkeypatch.chdir(folder)
    weights = folder / "weights.h5"
    weights.write_bytes(b"")
    for name in ("find", "on_this_machine"):
        monkeypatch.setattr(f"poise.cli._weights.{name}", lambda published: weights)
    return folder


def run(line: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Run an example, as a shell would."""
    for placeholder, installed in PLACEHOLDERS.items():
        line = line.replace(placeholder, installed)
    program, _, reader = line.partition(" | ")
    words = shlex.split(program)
    while "=" in words[0]:
        monkeypatch.setenv(*words.pop(0).split("=", 1))
    assert words.pop(0) == "poise"
    expanded = [
        file
        for word in words
        for file in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
    ]
    arguments = [str(Path(word).expanduser()) if word[0] == "~" else word for word in expanded]
    for option, value in itertools.pairwise(arguments):
        if option == "-o" and Path(value).is_file():
            Path(value).unlink()  # who runs an example has no such file yet
    status = main(arguments)
    shown = capsys.readouterr()
    expected = (0, 1) if arguments[0] in DIFFERS else (0,)
    assert status in expected, shown.err + shown.out
    if reader.startswith("jq "):
        json.loads(shown.out)


def _expanded(word: str) -> list[str]:
    if word.startswith("~"):
        return [str(Path(word).expanduser())]
    return sorted(map(str, Path().glob(word))) if word.endswith("*") else [word]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("line", commands(*TAKE_LONG, among=False))
def test_an_example_runs(line: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    run(line, monkeypatch, capsys)


@pytest.mark.usefixtures("keras", "place")
@pytest.mark.parametrize("line", commands(*BUILDS))
def test_an_example_that_builds_runs(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    run(line, monkeypatch, capsys)


@pytest.mark.slow
@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("line", commands(*RUNS_A_MODEL))
def test_an_example_that_runs_a_model_runs(
    line: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    add_models(place)
    if line in commands(*OF_A_QUEUE):
        plan = "poise predict recordings/ -m models/flies.bottomup -o predictions/ --jobs 0"
        run(f"{plan} --frames 0-3", monkeypatch, capsys)
        run("poise work predictions/ --progress none", monkeypatch, capsys)
    run(line, monkeypatch, capsys)


@pytest.mark.slow
@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("line", commands(*TRAINS))
def test_an_example_that_trains_runs(
    line: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Each is made short; what goes on needs a run to go on with."""
    add_labels(place)
    short = " ".join(f"--set {value}" for value in SHORT)
    if "--resume" in line:
        begin = next(other for other in commands(*TRAINS) if "-o runs/flies" in other)
        run(f"{begin} {short}", monkeypatch, capsys)
    run(f"{line} {short}" if " -o " in line else line, monkeypatch, capsys)


@pytest.mark.slow
@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("line", commands(*MEASURES))
def test_an_example_that_measures_runs(
    line: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """A benchmark is short. Few networks are built for a budget, and none is measured."""
    if line.startswith("poise benchmark"):
        add_models(place)
        run(f"{line} {QUICK}", monkeypatch, capsys)
    else:
        add_labels(place)
        easy = re.sub("--fps [0-9]+", "--fps 0.1", line)  # a slow machine must not fail
        run(f"{easy} --limit 3 --measured 0", monkeypatch, capsys)


def test_profiles_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    run("poise train --profiles", monkeypatch, capsys)


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("line", commands("matrix"))
def test_an_example_of_many_environments_is_understood(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """To make the environments takes minutes and a network; other tests do."""
    from poise.cli.matrix import environments

    def tested(cell: Any, *arguments: Any, **options: Any) -> Any:
        return environments.CellResult(cell=cell, error="not made")

    monkeypatch.setattr(environments, "run", tested)
    with pytest.raises(AssertionError, match="not made"):
        run(line, monkeypatch, capsys)


def test_there_are_examples_of_every_command_but_sleaps() -> None:
    context = click.Context(group, info_name="poise")
    names = {name for name in group.list_commands(context) if not name.startswith("sleap-")}

    assert names == {re.sub(r"^\w+=\S+ ", "", line).split()[1] for line in commands("")}
    assert [line for line in ALL if is_export(line)] == [
        'export PATH="$HOME/bin/sleap-of-poise:$PATH"'
    ]

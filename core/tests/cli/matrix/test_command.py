"""What ``poise matrix`` runs, prints and writes. No environment is made here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier
from typing import Any

import attrs
import pytest

from poise import registry
from poise.cli import main
from poise.cli.matrix import environments
from poise.cli.matrix.environments import Cell, CellResult
from poise.specs import EncoderSpec
from poise.testing import registry_of
from poise.testing.standins import DOT, POOLS

KEY = POOLS.key
ENCODER = EncoderSpec(key="tiny", build=lambda image: {})
KINDS = {DOT.key: "head", ENCODER.key: "encoder"}
"""Keys of other kinds than backbones."""
OLDEST = {"fresh": "3.15"}
"""Distribution → the oldest Keras that it takes, for those that do not take 3.6."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Cell, list[str]]]]:
    """The environments that were asked for, with their requirements; all keep all promises."""
    environments_run: list[tuple[Cell, list[str]]] = []

    def run(cell: Cell, keys: Any, requirements: list[str], folder: Path, **how: Any) -> CellResult:
        environments_run.append((cell, requirements))
        broken = cell.backend == "torch"
        check = {"check": "it_takes_images", "configuration": "", "found": "it does not"}
        cases = [{**check, "status": "broken" if broken else "kept"}]
        plugins = [
            {"kind": KINDS.get(key, "backbone"), "key": key, "ok": not broken, "cases": cases}
            for key in keys
        ]
        on = {"backend": cell.backend, "backend_version": "1.0", "keras": "3.10.0"}
        return CellResult(cell=cell, data={**on, "plugins": plugins})

    monkeypatch.setattr(environments, "run", run)
    monkeypatch.setattr(environments, "as_installed", lambda name: f"{name}==1.0")
    monkeypatch.setattr(
        environments,
        "oldest_keras",
        lambda name, backend: "3.9" if backend == "torch" else OLDEST.get(name, "3.6"),
    )
    registry.reset(registry_of(POOLS))
    yield environments_run
    registry.reset()


def test_every_backend_is_tested_with_the_oldest_and_the_newest_keras(
    asked: list[tuple[Cell, list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["matrix", KEY, "--backend", "tensorflow,jax"])

    assert [cell.name for cell, _ in asked] == [
        "tensorflow-keras-3.6",
        "tensorflow-keras-newest",
        "jax-keras-3.6",
        "jax-keras-newest",
    ]
    assert asked[2][1] == ["poise[jax,testing]==1.0", f"{KEY}==1.0", "keras==3.6.*"]
    printed = capsys.readouterr().out
    assert "jax-keras-3.6: kept\n" in printed
    assert f"| backbone `{KEY}` | 1 kept | 1 kept | 1 kept | 1 kept |" in printed
    assert status == 0


def test_on_a_terminal_environments_stand_below_each_other_and_every_line_fits(
    asked: list[tuple[Cell, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    status = main(["matrix", KEY, "--backend", "jax,torch", "--keras", "newest"])

    printed = capsys.readouterr().out
    assert (
        f"\nbackbone {KEY}\n"
        "  jax 1.0, Keras 3.10.0    1 kept\n"
        "  torch 1.0, Keras 3.10.0  1 broken\n"
    ) in printed
    assert "| " not in printed
    assert max(map(len, printed.splitlines())) <= 60
    assert status == 1


def test_an_option_given_twice_adds_to_what_it_says(asked: list[tuple[Cell, list[str]]]) -> None:
    versions = ["--keras", "oldest", "--keras", "3.12,3.9"]
    main(["matrix", KEY, "--backend", "jax", "--backend", "torch", *versions])

    assert [cell.name for cell, _ in asked] == [
        "jax-keras-3.6",
        "jax-keras-3.12",
        "jax-keras-3.9",
        "torch-keras-3.9",
        "torch-keras-3.12",
    ]


def test_a_plugin_that_takes_newer_versions_alone_is_left_out_and_the_table_says_so(
    asked: list[tuple[Cell, list[str]]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fresh = attrs.evolve(POOLS, key="fresh")
    registry.reset(registry_of(POOLS, fresh))
    data = tmp_path / "matrix.json"

    arguments = ["--backend", "jax", "-o", str(data)]
    status = main(["matrix", KEY, "fresh", *arguments])

    assert status == 0
    assert [(cell.name, requirements[1:3]) for cell, requirements in asked] == [
        ("jax-keras-3.6", [f"{KEY}==1.0", "keras==3.6.*"]),
        ("jax-keras-newest", [f"{KEY}==1.0", "fresh==1.0"]),
    ]
    assert "| backbone `fresh` | takes Keras 3.15 | 1 kept |" in capsys.readouterr().out
    read = json.loads(data.read_text(encoding="utf-8"))
    assert [result["left_out"] for result in read] == [{"fresh": "3.15"}, {}]


def test_what_is_broken_anywhere_is_the_exit_status_and_is_in_the_files(
    asked: list[tuple[Cell, list[str]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, data = tmp_path / "matrix.md", tmp_path / "matrix.json"

    arguments = ["--keras", "newest", "--backend", "jax,torch", "--markdown", str(page)]
    status = main(["matrix", KEY, *arguments, "-o", str(data)])

    assert status == 1
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Plugins × backends × versions of Keras\n")
    assert f"<!-- Generated by `poise matrix {KEY}`. -->" in text
    assert f"- backbone `{KEY}`: it takes images: `it does not` (torch 1.0, Keras 3.10.0)" in text
    read = json.loads(data.read_text(encoding="utf-8"))
    assert [(result["environment"], result["error"]) for result in read] == [
        ("jax-keras-newest", ""),
        ("torch-keras-newest", ""),
    ]


def test_with_two_jobs_two_environments_are_tested_at_once_and_reported_in_their_order(
    asked: list[tuple[Cell, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    both, run = Barrier(2, timeout=60), environments.run

    def together(cell: Cell, *args: Any, **how: Any) -> CellResult:
        both.wait()  # broken, if the other is not there as well
        return run(cell, *args, **how)

    monkeypatch.setattr(environments, "run", together)
    backends = ["--backend", "tensorflow,jax", "--keras", "3.6,newest"]
    assert main(["matrix", KEY, *backends, "--jobs", "2"]) == 0

    (header,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| | ")]
    names = [title.split()[0] for title in header.split("|")[2:-1]]
    assert names == ["tensorflow", "tensorflow", "jax", "jax"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], " 'nobody'"),
        ([KEY, "--backend", "theano"], "no backend 'theano'; backends: tensorflow, jax, torch"),
        ([KEY, "--jobs", "0"], "0 is not in the range x>=1"),
        (
            [KEY, "--keras", "3.5", "--backend", "jax"],
            f"Keras 3.5 is too old on jax: {KEY} needs 3.6 or newer",
        ),
        (
            [KEY, "--keras", "2"],
            "Keras must be a version such as 3.6, oldest, newest or lowest, got '2'",
        ),
        (
            [KEY, "--keras", "lowest", "--installer", "pip"],
            "--keras lowest needs uv: pip install uv, without --installer pip",
        ),
    ],
)
def test_a_mistake_in_the_call_makes_no_environment(
    asked: list[tuple[Cell, list[str]]],
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["matrix", *arguments])

    assert message in capsys.readouterr().err
    assert (status, asked) == (2, [])


def test_every_installed_key_is_tested_where_all_are_asked_for(
    asked: list[tuple[Cell, list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    registry.reset(registry_of(POOLS, attrs.evolve(POOLS, key="other"), DOT, ENCODER))

    status = main(["matrix", "--all", "--backend", "tensorflow", "--keras", "newest"])

    printed = capsys.readouterr().out
    assert status == 0
    assert f"| backbone `{KEY}` |" in printed
    assert "| backbone `other` |" in printed
    assert f"| head `{DOT.key}` |" in printed
    assert f"| encoder `{ENCODER.key}` |" in printed


@pytest.mark.parametrize("arguments", [[], [KEY, "--all"]])
def test_keys_are_named_or_all_are_asked_for_and_never_both(
    arguments: list[str], asked: list[tuple[Cell, list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["matrix", *arguments]) == 2
    assert "pass the keys to test, or --all" in capsys.readouterr().err
    assert asked == []

"""The matrix: what is installed in its environments, and the table of what is found there."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import importlib_metadata
import pytest

from poise.testing import matrix
from poise.testing.matrix import Cell, CellResult, cells, markdown

JAX, TORCH = Cell(backend="jax"), Cell(backend="torch")


def case(status: str, found: str = "", configuration: str = "small") -> dict[str, Any]:
    check = "it_has_a_name" if status == "skipped" else "it_takes_images"
    return {"check": check, "configuration": configuration, "status": status, "found": found}


def result(cell: Cell, *cases: dict[str, Any], version: str = "1.0") -> CellResult:
    broken = any(one["status"] == "broken" for one in cases)
    plugin = {"kind": "backbone", "key": "tiny", "ok": not broken, "cases": list(cases)}
    on = {"backend": cell.backend, "backend_version": version, "keras": "3.10.0"}
    return CellResult(cell=cell, data={**on, "plugins": [plugin]})


def test_every_backend_is_tried_with_every_version_of_keras() -> None:
    made = cells(["jax", "torch==2.13.0"], ["3.6", "newest"])

    assert [one.name for one in made] == [
        "jax-keras-3.6",
        "jax-keras-newest",
        "torch-keras-3.6",
        "torch-keras-newest",
    ]


def test_an_environment_has_the_plugins_poise_with_the_backend_and_the_version_of_keras() -> None:
    cell = Cell(backend="torch", backend_versions="==2.13.0", keras="3.6")

    assert cell.requirements(["poise-tiny==1.0"], "poise @ file:///poise") == [
        "poise[torch,testing] @ file:///poise",
        "poise-tiny==1.0",
        "keras==3.6.*",
        "torch==2.13.0",
    ]
    assert JAX.requirements([], "poise==0.1") == ["poise[jax,testing]==0.1"]


@pytest.mark.parametrize(
    ("backends", "keras", "message"),
    [
        (["theano"], ["newest"], "no backend 'theano'; backends: tensorflow, jax, torch"),
        (["jax"], ["latest"], "Keras 'latest' must be a version such as 3.6, oldest or newest"),
    ],
)
def test_what_there_is_not_is_refused(backends: list[str], keras: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cells(backends, keras)


def installed(
    monkeypatch: pytest.MonkeyPatch, origin: Mapping[str, Any] | None = None, requires: Any = ()
) -> None:
    """Make every distribution one of version 1.0 that came from somewhere."""
    text = None if origin is None else json.dumps(origin)
    found = SimpleNamespace(version="1.0", read_text=lambda name: text)
    monkeypatch.setattr(importlib_metadata, "distribution", lambda name: found)
    monkeypatch.setattr(importlib_metadata, "requires", lambda name: requires)


@pytest.mark.parametrize(
    ("origin", "requirement"),
    [
        (None, "poise-tiny==1.0"),
        (
            {"url": "file:///src/tiny", "dir_info": {"editable": True}},
            "poise-tiny @ file:///src/tiny",
        ),
        (
            {"url": "file:///tox/tiny.tar.gz", "archive_info": {}},
            "poise-tiny @ file:///tox/tiny.tar.gz",
        ),
        (
            {"url": "https://host/tiny", "vcs_info": {"vcs": "git", "commit_id": "0a1b"}},
            "poise-tiny @ git+https://host/tiny@0a1b",
        ),
    ],
)
def test_what_is_installed_here_is_what_is_tested_there(
    monkeypatch: pytest.MonkeyPatch, origin: Mapping[str, Any] | None, requirement: str
) -> None:
    installed(monkeypatch, origin)

    assert matrix.as_installed("poise-tiny") == requirement


def test_the_oldest_keras_is_the_oldest_one_that_all_of_them_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requires = {"poise": ['keras>=3.6; extra == "jax"'], "poise-tiny": ["keras>=3.10", "attrs"]}
    monkeypatch.setattr(importlib_metadata, "requires", requires.__getitem__)

    assert matrix.oldest_keras([]) == "3.6"
    assert matrix.oldest_keras(["poise-tiny"]) == "3.10"


def test_a_table_counts_and_says_below_what_is_broken_where_and_why() -> None:
    broken = case("broken", "stride 4 is 8")
    skipped = case("skipped", "nothing is named")
    table = markdown(
        [
            result(JAX, case("kept"), case("kept"), skipped, version="0.9"),
            result(TORCH, case("kept"), broken, skipped, version="2.13.0"),
        ]
    )

    assert table.splitlines() == [
        "| | jax 0.9, Keras 3.10.0 | torch 2.13.0, Keras 3.10.0 |",
        "|---|---|---|",
        "| backbone `tiny` | 2 kept, 1 not asked | **1 broken**, 1 kept, 1 not asked |",
        "",
        "Broken:",
        "",
        "- backbone `tiny` (small): it takes images: `stride 4 is 8` (torch 2.13.0, Keras 3.10.0)",
        "",
        "Not asked:",
        "",
        "- it has a name: `nothing is named` (jax 0.9, Keras 3.10.0; torch 2.13.0, Keras 3.10.0)",
    ]


def test_an_environment_that_cannot_be_made_is_a_column_that_says_why() -> None:
    failed = CellResult(cell=TORCH, error="ERROR: no matching distribution")

    table = markdown([result(JAX, case("kept")), failed])

    assert "| backbone `tiny` | 1 kept | could not be run |" in table
    assert "- torch-keras-newest: `ERROR: no matching distribution`\n" in table
    assert not failed.ok


def test_what_an_environments_poise_prints_is_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = {"plugins": [{"ok": True}]}
    program = f"import sys; print({json.dumps(printed)!r}); assert sys.argv[1:] == []"
    monkeypatch.setattr(matrix, "_environment", lambda *given: Path(sys.executable))
    called = matrix._called
    monkeypatch.setattr(
        matrix, "_called", lambda command, **how: called([command[0], "-c", program], **how)
    )

    found = matrix.run(JAX, ["tiny"], ["poise"], tmp_path)

    assert (found.data, found.error, found.ok) == (printed, "", True)


def test_an_environment_in_which_poise_does_not_start_says_what_it_said_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import sys; print('poise: no Keras\\n  fix: install it', file=sys.stderr); sys.exit(2)"
    )
    monkeypatch.setattr(matrix, "_environment", lambda *given: Path(sys.executable))
    called = matrix._called
    monkeypatch.setattr(
        matrix, "_called", lambda command, **how: called([command[0], "-c", program], **how)
    )

    found = matrix.run(JAX, ["tiny"], ["poise"], tmp_path)

    assert (found.error, found.ok) == ("fix: install it", False)

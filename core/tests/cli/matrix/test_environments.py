"""The matrix: what is installed in its environments, and what is found there."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import importlib_metadata
import pytest

from poise.cli.matrix import environments
from poise.cli.matrix.environments import Cell, cells

JAX = Cell(backend="jax")


def test_every_backend_is_tried_with_every_version_of_keras() -> None:
    planned = cells(["jax", "torch==2.13.0"], ["3.6", "newest"])

    assert [cell.name for cell in planned] == [
        "jax-keras-3.6",
        "jax-keras-newest",
        "torch-keras-3.6",
        "torch-keras-newest",
    ]


def test_what_is_asked_for_twice_is_tested_once() -> None:
    assert cells(["jax", "torch", "jax"], ["3.9", "newest", "3.9"]) == [
        Cell(backend=backend, keras=keras)
        for backend in ("jax", "torch")
        for keras in ("3.9", "newest")
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
        (
            ["torch", "torch==2.13.0"],
            ["newest"],
            "torch must have one version at a time, got torch, ",
        ),
        (
            ["jax"],
            ["latest"],
            "Keras must be a version such as 3.6, oldest, newest or lowest, got 'latest'",
        ),
    ],
)
def test_an_unknown_backend_or_version_is_refused(
    backends: list[str], keras: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        cells(backends, keras)


def installed(
    monkeypatch: pytest.MonkeyPatch, origin: Mapping[str, Any] | None = None, requires: Any = ()
) -> None:
    """Make every distribution one of version 1.0 that came from somewhere."""
    text = None if origin is None else json.dumps(origin)
    distribution = SimpleNamespace(version="1.0", read_text=lambda name: text)
    monkeypatch.setattr(importlib_metadata, "distribution", lambda name: distribution)
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

    assert environments.as_installed("poise-tiny") == requirement


def test_the_oldest_keras_is_the_oldest_one_that_all_of_them_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requires = {
        "poise": ['keras>=3.6; extra == "jax"', "keras>=3.9; extra == 'torch'", "keras-tuner>=9"],
        "poise-tiny": ["keras<4,>=3.8", "attrs"],
        "poise-other": ["keras>=3.10.1"],
    }
    monkeypatch.setattr(importlib_metadata, "requires", requires.__getitem__)

    assert environments.oldest_keras("poise", "jax") == "3.6"
    assert environments.oldest_keras("poise", "torch") == "3.9"
    assert environments.oldest_keras("poise-tiny", "jax") == "3.8"
    assert environments.oldest_keras("poise-tiny", "torch") == "3.9"
    assert environments.oldest_keras("poise-other", "torch") == "3.10"

    planned = cells(["jax", "torch"], ["oldest"], ["poise-other", "poise-tiny"])
    assert [cell.name for cell in planned] == ["jax-keras-3.8", "torch-keras-3.9"]
    assert [cell.name for cell in cells(["jax"], ["oldest"])] == ["jax-keras-3.6"]


@pytest.mark.parametrize(
    ("keras", "oldest", "expected"),
    [
        ("newest", "3.15", True),
        ("3.9", "3.15", False),
        ("3.15", "3.9", True),
        ("3.15", "3.15", True),
        ("3.15.1", "3.15", True),
        ("3", "3.15", True),
    ],
)
def test_a_plugin_takes_versions_from_its_oldest_on(
    keras: str, oldest: str, expected: bool
) -> None:
    assert environments.takes(Cell(backend="jax", keras=keras), oldest) is expected


def test_of_pips_errors_the_cause_is_reported_and_not_the_web_page() -> None:
    output = (
        "WARNING: a mirror is slow\n"
        "ERROR: Cannot install keras==3.6.* and poise[torch] because these conflict.\n\n"
        "The conflict is caused by:\n    The user requested keras==3.6.*\n\n"
        "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io\n"
    )
    assert environments._reason(output) == (
        "ERROR: Cannot install keras==3.6.* and poise[torch] because these conflict."
    )
    assert environments._reason("error: no network\n  caused by: a cable\n") == "caused by: a cable"


def answering(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Have a program run, with the key as its argument, where ``poise test`` would be."""
    monkeypatch.setattr(
        environments, "_environment", lambda *arguments, lowest: Path(sys.executable)
    )
    called = environments._called
    monkeypatch.setattr(
        environments,
        "_called",
        lambda command, **how: called([command[0], "-c", program, command[-1]], **how),
    )


def test_what_an_environments_poise_prints_of_each_key_is_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(
        monkeypatch,
        "import json, os, sys; key = sys.argv[1]; plugin = {'key': key, 'ok': key != 'broken'}\n"
        "print(json.dumps({'backend': os.environ['KERAS_BACKEND'], 'plugins': [plugin]}))",
    )

    result = environments.run(JAX, ["tiny", "broken"], ["poise"], tmp_path)

    plugins = [{"key": "tiny", "ok": True}, {"key": "broken", "ok": False}]
    assert result.data == {"backend": "jax", "plugins": plugins}
    assert (result.error, result.failures, result.ok) == ("", {}, False)
    assert environments.run(JAX, ["tiny"], ["poise"], tmp_path).ok


def test_a_key_that_ends_the_process_says_how_and_the_others_are_tested_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(
        monkeypatch,
        "import os, sys; key = sys.argv[1]\n"
        "if key == 'killed': os._exit(9)\n"
        "if key == 'lost': print('poise: no Keras\\n  fix: install it', file=sys.stderr)\n"
        "if key == 'tiny': print('{\"plugins\": [{\"ok\": true}]}')",
    )

    result = environments.run(JAX, ["killed", "lost", "tiny"], ["poise"], tmp_path)

    assert result.data == {"plugins": [{"ok": True}]}
    assert result.failures == {"killed": "it ended with status 9", "lost": "fix: install it"}
    assert not result.ok


@pytest.mark.parametrize(
    ("keras", "pinned", "resolution"),
    [
        ("3.6", ["keras==3.6.*"], []),
        ("newest", [], []),
        ("lowest", [], ["--resolution", "lowest-direct"]),
    ],
)
def test_the_lowest_versions_are_those_that_distributions_declare(
    keras: str,
    pinned: list[str],
    resolution: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr(environments, "_called", lambda command, **_: calls.append(command))
    cell = Cell(backend="jax", keras=keras)
    requirements = cell.requirements(["poise-tiny @ file:///tiny"], "poise @ file:///core")

    environments.run(cell, [], requirements, tmp_path, uv="uv")

    assert requirements == [
        "poise[jax,testing] @ file:///core",
        "poise-tiny @ file:///tiny",
        *pinned,
    ]
    python = str(tmp_path / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    assert calls[1] == [
        *["uv", "pip", "install", "--quiet", "--prerelease", "explicit", "--python", python],
        *resolution,
        *["--reinstall-package", "poise", "--reinstall-package", "poise-tiny", *requirements],
    ]


def test_what_plugins_of_an_index_require_is_asked_for_where_the_lowest_versions_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """uv takes the lowest versions of what it is asked for, and the newest of the rest."""
    requires = {
        "poise": [
            "attrs>=24.1",
            'jax>=0.4.30; extra == "jax"',
            'torch>=2.4; extra == "torch"',
            'pytest>=8; extra == "testing"',
        ],
        "poise-tiny": ["poise>=0.1", "attrs>=24.1", "h5py[mpi]>=3; python_version > '3'"],
        "poise-other": ['scipy>=1.9; extra == "jax"', "keras>=3.9 ; sys_platform == 'none'"],
    }
    monkeypatch.setattr(importlib_metadata, "requires", requires.__getitem__)
    plugins = ["poise-tiny==1.0", "poise-other==1.0", "poise-local @ file:///local"]

    lowest = Cell(backend="jax", keras="lowest").requirements(plugins, "poise==0.1")

    assert lowest == [
        "poise[jax,testing]==0.1",
        *plugins,
        *["attrs>=24.1", "jax>=0.4.30", "pytest>=8", "poise>=0.1", "h5py[mpi]>=3"],
    ]
    assert JAX.requirements(plugins, "poise==0.1") == ["poise[jax,testing]==0.1", *plugins]

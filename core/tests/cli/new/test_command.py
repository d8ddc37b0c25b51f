"""What ``poise new`` writes and says."""

from __future__ import annotations

import os
from typing import Any

import pytest


def test_it_says_what_it_wrote_and_what_comes_next(installed: Any) -> None:
    done = installed.poise("new", "backbone", "mynet")

    assert done.stdout == (
        "wrote poise-mynet, 8 files\n"
        "  .github/workflows/test.yml\n"
        "  .gitignore\n"
        "  LICENSE\n"
        "  README.md\n"
        "  pyproject.toml\n"
        "  src/poise_mynet.py          the backbone itself: begin here\n"
        "  tests/test_mynet.py\n"
        "  tox.ini\n"
        "\n"
        "next\n"
        "  pip install ./poise-mynet\n"
        "  poise show mynet\n"
        "  poise test mynet\n"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (installed.work / "poise-mynet" / "src" / "poise_mynet.py").is_file()


@pytest.mark.parametrize("kind", ["backbone", "head", "encoder"])
def test_it_imports_neither_keras_nor_any_plugin(installed: Any, kind: str) -> None:
    installed.install_backbone("tiny")

    imported = installed.modules_after_poise("new", kind, "mynet")

    heavy = {"keras", "tensorflow", "jax", "torch", "h5py", "poise_tiny", "poise_heads"}
    assert imported & heavy == set()
    assert "poise.cli.new.distribution" in imported


def test_another_folder_can_be_named(installed: Any) -> None:
    (installed.work / "my plugins").mkdir()

    done = installed.poise("new", "head", "dots", "--into", "my plugins")

    assert "wrote my plugins/poise-dots, 8 files" in done.stdout.replace(os.sep, "/")
    assert "  pip install 'my plugins/poise-dots'\n" in done.stdout.replace(os.sep, "/")
    assert (installed.work / "my plugins" / "poise-dots" / "pyproject.toml").is_file()


def test_a_refusal_has_every_reason(installed: Any) -> None:
    installed.install_backbone("tiny")
    (installed.work / "poise-my-tiny").mkdir()
    (installed.work / "poise-my-tiny" / "LICENSE").write_text("mine")

    done = installed.poise("new", "bakbone", "tiny", "--author", "<>")

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "poise: nothing was written:",
        "  no kind 'bakbone'; did you mean 'backbone'? @ KIND",
        "  'tiny' is already a backbone of poise-tiny 1.0; did you mean 'my_tiny'? @ NAME",
        "  must be 'Name' or 'Name <address>', got '<>' @ --author",
    ]


def test_it_never_overwrites(installed: Any) -> None:
    first = installed.poise("new", "encoder", "mynet")
    again = installed.poise("new", "head", "mynet")

    assert (first.returncode, again.returncode) == (0, 2)
    assert again.stderr == (
        "poise: nothing was written: poise-mynet already exists and is not overwritten; it "
        "contains .github, .gitignore, LICENSE, README.md, pyproject.toml, src, tests, tox.ini "
        "@ NAME\n"
    )
    source = (installed.work / "poise-mynet" / "src" / "poise_mynet.py").read_text("utf-8")
    assert "poise_encoders" in source


def test_its_help_has_examples(installed: Any) -> None:
    done = installed.poise("new", "--help")

    assert done.returncode == 0
    assert "Usage: poise new [OPTIONS] KIND NAME" in done.stdout
    assert "poise new head my_dots" in done.stdout.partition("Examples:")[2]


def test_a_missing_name_is_a_mistake_in_the_call(installed: Any) -> None:
    done = installed.poise("new", "backbone")

    assert done.returncode == 2
    assert "Missing argument 'NAME'" in done.stderr

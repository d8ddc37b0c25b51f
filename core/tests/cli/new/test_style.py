"""A new distribution has no style or type errors; `tox -e lint` runs this."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from poise.cli.new.distribution import plan
from poise.cli.new.names import LONGEST

NAMES = ("n", "my_net", "n" * LONGEST)


def needs(*modules: str) -> pytest.MarkDecorator:
    lacking = [module for module in modules if importlib.util.find_spec(module) is None]
    reason = f"runs in `tox -e lint`: no {' and '.join(lacking)} here"
    return pytest.mark.skipif(bool(lacking), reason=reason)


KINDS = (
    "backbone",
    "head",
    "encoder",
    # Kinds that a plugin opens.
    pytest.param("engine", marks=needs("poise_workflows")),
    pytest.param("suggester", marks=needs("poise_workflows")),
    pytest.param("tracker", marks=needs("poise_workflows")),
)


def create(tmp_path: Path, kind: str, key: str = "mynet") -> Path:
    distribution = plan(kind, key, into=tmp_path)
    distribution.write()
    return distribution.folder


def complaints(folder: Path, tool: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", tool, *arguments], cwd=folder, capture_output=True, text=True
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """mypy's results on Poise, shared by all distributions."""
    return f"--cache-dir={tmp_path_factory.mktemp('mypy')}"


@needs("ruff")
@pytest.mark.parametrize("key", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_its_style_is_clean_as_written(tmp_path: Path, kind: str, key: str) -> None:
    folder = create(tmp_path, kind, key)

    assert complaints(folder, "ruff", "check", "--no-cache") == ""
    assert complaints(folder, "ruff", "format", "--check", "--no-cache") == ""


@needs("mypy", "keras", "poise_heads")
@pytest.mark.parametrize("kind", KINDS)
def test_its_types_are_clean_as_written(tmp_path: Path, cache: str, kind: str) -> None:
    assert complaints(create(tmp_path, kind), "mypy", cache) == ""


@needs("ruff", "mypy", "keras")
def test_faults_of_style_and_types_are_found(tmp_path: Path, cache: str) -> None:
    folder = create(tmp_path, "backbone")
    module = folder / "src" / "poise_mynet.py"
    source = module.read_text("utf-8")
    module.write_text(source.replace(" -> list[BackboneSpec]:", ":") + "import os", "utf-8")

    assert "F401" in complaints(folder, "ruff", "check", "--no-cache")
    assert "would be reformatted" in complaints(folder, "ruff", "format", "--check", "--no-cache")
    assert "missing a return type annotation" in complaints(folder, "mypy", cache)

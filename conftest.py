"""Fixtures for every test of the workspace, whichever distribution it belongs to."""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile(
    "poise", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("poise")

ROOT = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def workspace() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of golden numbers and of real SLEAP files, which is not in the repository.

    ``POISE_SHARED`` names it; otherwise it lies in the repository root or beside it.
    """
    named = os.environ.get("POISE_SHARED")
    if named:
        # Skipping here would hide a typing error behind a green run.
        assert Path(named).is_dir(), f"POISE_SHARED={named} is not a folder"
        return Path(named).resolve()
    for folder in (ROOT / "shared", ROOT.parent / "shared"):
        if (folder / "golden").is_dir():
            return folder
    pytest.skip("no folder of golden numbers and SLEAP files: set POISE_SHARED to it")


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    """The numbers that the original computed: ``shared/golden``."""
    return shared / "golden"


@pytest.fixture(scope="session")
def recipe(golden: Path) -> ModuleType:
    """The weight recipe that the golden numbers were made with: ``golden/recipe.py``."""
    spec = importlib.util.spec_from_file_location("golden_recipe", golden / "recipe.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def keras() -> ModuleType:
    """Keras on the backend that is installed; skips where there is none (``tox -e core``).

    A module whose tests all need it says ``pytestmark = pytest.mark.usefixtures("keras")``
    and imports Keras inside of its functions.
    """
    if importlib.util.find_spec("keras") is None:
        pytest.skip("needs Keras, which the core does without")
    # Not importorskip: an installed Keras that cannot be imported is a fault of the environment.
    return importlib.import_module("keras")


def pytest_configure() -> None:
    """Keep TensorFlow's start-up chatter out of the tests' output."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

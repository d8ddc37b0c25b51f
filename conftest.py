"""Fixtures for every test of the workspace, whichever distribution it belongs to."""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest

# The duration of an example depends on the machine more than on the code.
hypothesis.settings.register_profile(
    "poise", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("poise")

ROOT = Path(__file__).resolve().parent


@pytest.fixture(autouse=True)
def _lines_of_any_length() -> None:
    """Let commands write whole lines, whatever started the tests.

    They wrap lines to ``COLUMNS``. tox sets it, and so does readline in the environment of child
    processes, once something like a debugger has imported it; Python does not see that one.
    """
    os.environ.pop("COLUMNS", None)
    os.unsetenv("COLUMNS")


@pytest.fixture(scope="session")
def workspace() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of golden numbers and real SLEAP files, which is not in the repository.

    It is ``POISE_SHARED`` if that is set, else ``shared/`` in the repository root or next to it.
    """
    named = os.environ.get("POISE_SHARED")
    if named:
        # Skipping here would hide a typo behind a green run.
        assert Path(named).is_dir(), f"POISE_SHARED={named} is not a folder"
        return Path(named).resolve()
    for folder in (ROOT / "shared", ROOT.parent / "shared"):
        if (folder / "golden").is_dir():
            return folder
    pytest.skip("no folder of golden numbers and SLEAP files: set POISE_SHARED to it")


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    """The numbers that SLEAP computed: ``shared/golden``."""
    return shared / "golden"


@pytest.fixture(scope="session")
def recipe(golden: Path) -> ModuleType:
    """The weight recipe behind the golden numbers: ``golden/recipe.py``."""
    spec = importlib.util.spec_from_file_location("golden_recipe", golden / "recipe.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def keras() -> ModuleType:
    """Keras on the installed backend; skips the test without one (``tox -e core``).

    If all tests of a module need Keras, set ``pytestmark = pytest.mark.usefixtures("keras")``
    and import Keras inside the functions.
    """
    if importlib.util.find_spec("keras") is None:
        pytest.skip("needs Keras, which is not installed")
    # Not importorskip: an installed Keras that cannot be imported is a broken environment.
    return importlib.import_module("keras")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the workspace's tests."""
    parser.addoption(
        "--rewrite-screens",
        action="store_true",
        help="store what commands write at several widths; look at what changed",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Silence TensorFlow, and check the wording of every PoiseError raised in this process."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if importlib.util.find_spec("poise") is not None:
        from wording import WordingPlugin

        plugins = {package.name for package in ROOT.glob("plugins/*/src/*")}
        config.pluginmanager.register(WordingPlugin({"poise"} | plugins), "wording")

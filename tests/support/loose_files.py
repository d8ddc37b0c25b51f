"""Files of Python that no package has: scripts of the documentation, and benchmarks."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def module(file: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A file as a module, which finds its neighbors."""
    monkeypatch.syspath_prepend(str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded

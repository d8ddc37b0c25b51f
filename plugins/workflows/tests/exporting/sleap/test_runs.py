"""The copy for SLEAP's program at the end of a training, which is no part of the training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from poise_workflows.exporting.sleap import runs


def test_whatever_fails_is_a_note(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*arguments: Any) -> Any:
        raise RuntimeError("of a plugin")

    monkeypatch.setattr(runs, "load", fail)

    (note,) = runs.write_best_model(tmp_path)

    assert note.startswith("best_model.h5 for SLEAP's program is not written: ")
    assert "of a plugin" in note
    assert list(tmp_path.iterdir()) == []

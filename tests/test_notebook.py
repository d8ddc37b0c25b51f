"""The notebook of the documentation runs from top to bottom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def notebook(workspace: Path) -> Any:
    return json.loads((workspace / "docs/notebooks/predict.ipynb").read_text("utf-8"))


def code_of(notebook: Any) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_it_is_a_notebook_without_outputs_that_opens_in_colab(notebook: Any) -> None:
    assert notebook["nbformat"] == 4
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    for cell in notebook["cells"]:
        assert cell["cell_type"] in ("code", "markdown")
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
    assert "https://colab.research.google.com/" in "".join(notebook["cells"][0]["source"])


def test_only_its_first_cell_installs(notebook: Any) -> None:
    first, *others = code_of(notebook)

    assert first.startswith('%pip install -q "poise[tensorflow]"')
    assert {"poise-unet", "poise-heads", "poise-workflows"} <= set(first.split())
    assert not [cell for cell in others if cell.lstrip().startswith(("%", "!"))]


@pytest.mark.usefixtures("keras")
def test_its_cells_run_and_leave_poses_a_table_and_a_picture(
    notebook: Any, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("flies.mp4", "model"):
        Path(name).symlink_to(workspace / "docs/examples/flies" / name)
    namespace: dict[str, Any] = {}

    for number, cell in enumerate(code_of(notebook)[1:], start=1):
        exec(compile(cell, f"cell {number}", "exec"), namespace)

    assert namespace["result"].report["instances"] == 120
    assert [points.shape for points in namespace["points"]] == [(5, 2), (5, 2)]
    assert Path("poses.png").stat().st_size > 5_000
    assert [file.name for file in namespace["result"].files] == ["poses.000_flies.analysis.h5"]

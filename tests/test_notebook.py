"""The notebooks of the documentation run from top to bottom."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = ("predict", "train")


@pytest.fixture(params=NOTEBOOKS)
def notebook(workspace: Path, request: pytest.FixtureRequest) -> Any:
    return opened(workspace, request.param)


def opened(workspace: Path, name: str) -> Any:
    return json.loads((workspace / "docs/notebooks" / f"{name}.ipynb").read_text("utf-8"))


def test_no_notebook_is_forgotten(workspace: Path) -> None:
    assert {file.stem for file in (workspace / "docs/notebooks").iterdir()} == {*NOTEBOOKS}


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


def run(notebook: Any, **shorter: str) -> dict[str, Any]:
    """Run the cells after the first in the working folder; what they define."""
    namespace: dict[str, Any] = {}
    for number, cell in enumerate(code_of(notebook)[1:], start=1):
        for name, value in shorter.items():
            cell = re.sub(rf"\b{name}: \d+\n", f"{name}: {value}\n", cell)
        exec(compile(cell, f"cell {number}", "exec"), namespace)
    return namespace


@pytest.mark.usefixtures("keras")
def test_cells_that_predict_leave_poses_a_table_and_a_picture(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("flies.mp4", "model"):
        Path(name).symlink_to(workspace / "docs/examples/flies" / name)

    namespace = run(opened(workspace, "predict"))

    assert namespace["result"].report["instances"] == 120
    assert [points.shape for points in namespace["points"]] == [(5, 2), (5, 2)]
    assert Path("poses.png").stat().st_size > 5_000
    assert [file.name for file in namespace["result"].files] == ["poses.000_flies.analysis.h5"]


@pytest.mark.usefixtures("keras")
def test_cells_that_train_leave_a_model_losses_that_fell_and_pictures(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    for name in ("flies.pkg.slp", "held_out.pkg.slp"):
        Path(name).symlink_to(workspace / "docs/examples/training" / name)

    namespace = run(opened(workspace, "train"), epochs="2")

    losses = [float(epoch["val_loss"]) for epoch in namespace["epochs"]]
    assert len(losses) == 2
    assert losses[1] < losses[0]
    assert namespace["result"].report["frames"] == 20
    assert all(Path(name).stat().st_size > 1_000 for name in ("losses.png", "predicted.png"))

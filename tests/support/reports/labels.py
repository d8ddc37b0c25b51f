"""Reports on what is given instead of a configuration or labels, and on faults of labels."""

from __future__ import annotations

import contextlib
import io
import json
import runpy
from pathlib import Path

import pytest

import poise
from poise.cli import main
from reports import report


@report("wild-03")
def labels_that_sleap_io_cannot_read(folder: Path, empty: Path) -> None:
    status, said = preview_of(folder, empty, "old.slp")

    assert status == 2
    heading, fault = said.splitlines()
    assert heading == "poise: old.slp: 1 fault"
    assert "sleap-io" in fault
    assert "format_id" in fault


@report("wild-06")
def a_folder_of_a_newer_sleap(folder: Path, empty: Path) -> None:
    for path in (folder, folder / "training_config.yaml"):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            assert main(["check", "--json", str(path)]) == 1
        (verdict,) = json.loads(output.getvalue())
        (fault,) = verdict["faults"]
        assert "sleap-nn (SLEAP 1.5 and newer)" in fault["what"]
        assert "PyTorch" in fault["what"]
        assert "training_config.json" not in fault["what"]
        with pytest.raises(poise.ConfigError, match="sleap-nn"):
            poise.read(path)


@report("wild-07")
def labels_without_a_labeled_frame(folder: Path, empty: Path) -> None:
    status, said = preview_of(folder, empty, "none.slp")

    assert status == 1
    heading, fault = said.splitlines()
    assert heading == "poise: none.slp: 1 fault"
    assert "has no labeled frame" in fault
    assert "model.json" not in said


def preview_of(folder: Path, empty: Path, labels: str) -> tuple[int, str]:
    """Exit status and complaint of a preview of a report's model with labels that it makes."""
    pytest.importorskip("sleap_io")
    complaint = io.StringIO()
    with contextlib.chdir(empty), contextlib.redirect_stderr(complaint):
        runpy.run_path(str(folder / "make.py"))
        status = main(["preview", str(folder / "model.json"), "--labels", labels])
    assert not (empty / "preview.png").exists()
    return status, complaint.getvalue()

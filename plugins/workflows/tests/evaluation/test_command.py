from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from compared_labels import labels_of
from poise.cli import main
from poise_workflows.evaluation.meanings import MEANINGS

POINTS = np.array([[0.0, 0], [20, 10], [40, 25]])


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    truth = labels_of({n: [{"points": POINTS, "track": "fly"}] for n in range(3)})
    predicted = labels_of(
        {n: [{"points": POINTS + [3, 4], "track": "fly"}] for n in range(2)}, predicted=True
    )
    paths = [str(tmp_path / "truth.slp"), str(tmp_path / "predicted.slp")]
    for labels, path in zip((truth, predicted), paths, strict=True):
        labels.save(path, verbose=False)
    return paths


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["evaluate", *arguments]) == 0
    return capsys.readouterr().out


def test_it_shows_every_metric_with_its_meaning_pixels_first(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = run(capsys, *files).splitlines()

    assert lines[0] == f"{files[1]} compared with {files[0]}"
    assert lines[1].split() == ["mean", "error", "5.00"] + MEANINGS["dist.avg"].text.split()
    for meaning in (MEANINGS[name] for name in MEANINGS if name != "tracking.hota"):
        (line,) = [each for each in lines if each.endswith(meaning.text)]
        assert line.startswith(f"  {meaning.label} ")
    assert any(line.split()[:3] == ["frames", "lacking", "1"] for line in lines)


def test_edition_sleap_1_4_shows_sleaps_metrics_alone(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(capsys, *files, "--edition", "sleap-1.4")

    assert MEANINGS["oks_voc.mAP"].in_sleap in out
    assert "note  1 labeled frame without predictions, left out as in SLEAP" in out
    for word in ("invented and missed", "identity", "switches", "labeled  "):
        assert word not in out


def test_json_is_what_the_file_has(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "metrics.json"

    data = json.loads(run(capsys, *files, "--json", "-o", str(output)))

    assert data == json.loads(output.read_text())
    assert data["metrics"]["dist.avg"]["value"] == 5
    assert data["animals"]["fly"]["detected"] == 2
    assert (data["edition"], data["truth"], data["options"]["match_threshold"]) == (
        "2026",
        files[0],
        0.0,
    )


def test_the_command_says_what_it_wrote(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "metrics.npz"

    assert run(capsys, *files, "-o", str(output)).splitlines()[-1] == f"written  {output}"
    assert poise_workflows.read_metrics(output)["detection.missed"] == 1


HEAVY = {"keras", "tensorflow", "jax", "torch", "matplotlib"}


def test_it_imports_neither_keras_nor_a_backend_nor_matplotlib(files: list[str]) -> None:
    code = (
        "import sys; from poise.cli import main\n"
        f"assert main(['evaluate', *{files!r}]) == 0\n"
        f"sys.exit(' '.join(sorted({HEAVY} & set(sys.modules))))"
    )

    done: Any = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert "mean error" in done.stdout
    assert done.stderr.strip() == ""

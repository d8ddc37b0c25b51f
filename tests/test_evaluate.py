"""Metrics that SLEAP 1.4.1 computed of fixed labels, computed again in edition sleap-1.4.

Labels and metrics are not in the repository: these tests need the folder of golden numbers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from compared_labels import labels_of_arrays

CASES = [
    "jitter_large",
    "jitter_small",
    "missed_animals",
    "missing_nodes",
    "no_match",
    "perfect",
    "predicted_in_truth_ignored",
    "spurious_animals",
    "threshold_0.5",
]
PARTS = "abcde"


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, golden: Path) -> tuple[Any, Any]:
    """What ``case.json`` says, and the arrays beside it."""
    folder = golden / "evaluate" / request.param
    with np.load(folder / "case.npz") as arrays:
        return json.loads((folder / "case.json").read_text(encoding="utf-8")), dict(arrays)


def labels_in(folder: Path, arrays: Any) -> list[Path]:
    """Truth and predictions as files."""
    paths = []
    for kind in ("truth", "predicted"):
        paths.append(folder / f"{kind}.slp")
        labels_of_arrays(arrays, kind, PARTS).save(str(paths[-1]), verbose=False)
    return paths


def test_every_case_of_evaluation_is_here(golden: Path) -> None:
    folders = (golden / "evaluate").iterdir()

    assert sorted(folder.name for folder in folders if folder.is_dir()) == CASES


def test_files_have_the_metrics_and_pairs_of_sleap(case: tuple[Any, Any], tmp_path: Path) -> None:
    facts, arrays = case
    output = tmp_path / "metrics.npz"

    result = poise_workflows.evaluate(
        *labels_in(tmp_path, arrays), output=output, edition="sleap-1.4", **facts["options"]
    )

    metrics = poise_workflows.read_metrics(output)
    if "error" in facts:
        assert result.notes[0].startswith("no prediction matches an animal")
        return
    assert {name: metrics[name] for name in facts["metrics"]} == pytest.approx(
        facts["metrics"], abs=1e-6, nan_ok=True
    )
    names = [name for name in arrays if name.startswith("metric_")]
    assert len(names) == 19
    for name in names:
        np.testing.assert_allclose(metrics[name[7:]], arrays[name], atol=1e-6, err_msg=name)
    apart = arrays["pair_truth_points"] - arrays["pair_predicted_points"]
    np.testing.assert_allclose(metrics["dist.dists"], np.linalg.norm(apart, axis=2), atol=1e-9)
    np.testing.assert_array_equal(metrics["dist.frame_idxs"], arrays["pair_frame_idx"])
    assert len(metrics["dist.dists"]) == facts["pairs"]


def test_as_many_animals_are_missed_as_in_sleap(case: tuple[Any, Any]) -> None:
    facts, arrays = case
    labels = [labels_of_arrays(arrays, kind, PARTS) for kind in ("truth", "predicted")]

    metrics = poise_workflows.evaluate(*labels, **facts["options"]).metrics

    if "error" not in facts:
        assert metrics["detection.missed"] == facts["false_negatives"]
    assert metrics["detection.matched"] == facts.get("pairs", 0)
    of_frames = np.split(arrays["truth_is_user"], arrays["truth_row_splits"][1:-1])
    labeled = [is_user.any() for is_user in of_frames]
    predicted = np.diff(arrays["predicted_row_splits"])[labeled].sum()
    assert metrics["detection.matched"] + metrics["detection.false"] == predicted

"""What SLEAP 1.4.1 computed of made-up labels, computed again in edition sleap-1.4."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poise_workflows
from compared_labels import labels_of_arrays

CASES = json.loads((Path(__file__).parent.parent / "data" / "evaluations.json").read_text())
PARTS = "abcde"


def evaluated(case: Any, edition: str = "sleap-1.4") -> Any:
    truth, predicted = (labels_of_arrays(case["inputs"], k, PARTS) for k in ("truth", "predicted"))
    return poise_workflows.evaluate(truth, predicted, edition=edition, **case["options"])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "error" not in case])
def test_the_metrics_of_sleap_come_again(name: str) -> None:
    case = CASES[name]

    metrics = evaluated(case).to_dict()

    assert {key: metrics[key] for key in case["metrics"]} == pytest.approx(
        case["metrics"], abs=1e-6
    )
    for key, values in case["arrays"].items():
        np.testing.assert_allclose(metrics[key], values, atol=1e-6, err_msg=key)
    assert len(metrics["dist.dists"]) == case["pairs"]
    order = np.argsort(case["pair_oks"])
    np.testing.assert_allclose(
        np.sort(metrics["oks_voc.match_scores"]), np.array(case["pair_oks"])[order], atol=1e-9
    )


@pytest.mark.parametrize("edition", ["sleap-1.4", "2026"])
def test_where_nothing_matches_sleap_fails_and_poise_says_so(edition: str) -> None:
    result = evaluated(CASES["no_match"], edition)

    metrics = result.to_dict()
    assert "IndexError" in CASES["no_match"]["error"]
    assert result.notes[0] == (
        "no prediction matches an animal: errors, OKS and PCK have no figures"
    )
    assert math.isnan(metrics["dist.avg"])
    assert math.isnan(metrics["oks.mOKS"])
    assert (metrics["oks_voc.mAP"], metrics["oks_voc.mAR"], metrics["vis.tp"]) == (0, 0, 0)
    assert math.isnan(metrics["pck.mPCK"])


def test_predictions_in_the_truth_are_truth_only_if_asked_for() -> None:
    case = CASES["predicted_in_truth_ignored"]
    animals = case["inputs"]["truth_is_user"]
    with_all = {**case, "options": {"user_labels_only": False}}

    few, all_ = (evaluated(each, "2026").to_dict() for each in (case, with_all))

    assert few["detection.matched"] + few["detection.missed"] == sum(animals)
    assert all_["detection.matched"] + all_["detection.missed"] == len(animals)

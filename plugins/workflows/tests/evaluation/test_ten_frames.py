"""Ten frames made by hand; every figure is computed on paper.

Two flies, a and b, with three parts each; b is not in the last frame, so that there are 19. The
predictions are exact but for these: in frame 3 the tracks are swapped; in frame 5 there is a
third animal, with the best score of all; in frame 7 b is missed; in frame 8 the tail of a is 5
pixels off, with the worst score of all. The tail of a is not labeled in frame 0, but predicted.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import poise_workflows
from compared_labels import labels_of

A = np.array([[0.0, 0], [20, 10], [40, 25]])
"""In a box of 40 × 25 pixels: the OKS of a part that is d pixels off is exp(-d² / 5)."""

B = A + [200, 100]
NOWHERE = [math.nan, math.nan]


def truth() -> Any:
    frames = {n: [animal(A + n, "a"), animal(B + n, "b")] for n in range(9)}
    frames[9] = [animal(A + 9, "a")]
    frames[0][0]["points"][2] = NOWHERE
    return labels_of(frames)


def predicted() -> Any:
    frames = {n: [animal(A + n, "a"), animal(B + n, "b")] for n in range(9)}
    frames[9] = [animal(A + 9, "a")]
    frames[3] = [animal(A + 3, "b"), animal(B + 3, "a")]
    frames[5].append(animal(A + [400, 300], "c", score=1.0))
    frames[7].pop()
    frames[8][0] = animal(A + 8, "a", score=0.5)
    frames[8][0]["points"][2] += [3, -4]
    return labels_of(frames, predicted=True)


def animal(points: Any, track: str, score: float = 0.9) -> dict[str, Any]:
    return {"points": points.copy(), "track": track, "score": score}


@pytest.fixture(scope="module")
def result() -> Any:
    return poise_workflows.evaluate(truth(), predicted())


UP_TO_65 = 95 / 101 * 18 / 19
"""Average precision if all 18 matches count. The invented animal comes first, so the last of 19
detections has precision 18/19; recall is 18/19, which is above 0.94: 95 of 101 steps."""

FROM_70 = 90 / 101 * 17 / 18
"""If the shifted one does not, which comes last: precision 17/18, recall 17/19, above 0.89."""

PAPER: dict[str, float] = {
    # 18 pairs with 54 parts, of which one is not labeled: 53 errors, 52 of which are 0.
    "dist.avg": 5 / 53,
    "dist.p50": 0,
    "dist.p75": 0,
    "dist.p90": 0,
    "dist.p95": 0,
    "dist.p99": 5 * 0.48,  # at 0.99 × 52 = 51.48, between the last two
    "frames.labeled": 10,
    "frames.without_predictions": 0,
    "frames.trained": math.nan,  # the predictions name no model
    "detection.matched": 18,
    "detection.missed": 1,
    "detection.false": 1,
    "detection.precision": 18 / 19,
    "detection.recall": 18 / 19,
    "detection.f1": 18 / 19,
    "oks.mOKS": (17 + (2 + math.exp(-5)) / 3) / 18,
    # The shifted one has OKS 0.669, which is above 4 of 10 thresholds, and PCK 25/30, above 7.
    "oks_voc.mAP": 0.4 * UP_TO_65 + 0.6 * FROM_70,
    "oks_voc.mAR": 0.4 * 18 / 19 + 0.6 * 17 / 19,
    "pck_voc.mAP": 0.7 * UP_TO_65 + 0.3 * FROM_70,
    "pck_voc.mAR": 0.7 * 18 / 19 + 0.3 * 17 / 19,
    # 17 tails are labeled in pairs; of the shifted one, 5 of 10 distances are large enough.
    "pck.mPCK": (1 + 1 + 165 / 170) / 3,
    "vis.tp": 53,
    "vis.fp": 1,
    "vis.tn": 0,
    "vis.fn": 0,
    "vis.precision": 53 / 54,
    "vis.recall": 1,
    "identity.accuracy": 16 / 18,
    "tracking.switches": 4,  # there and back, for both
    "tracking.fragments": 1,
    "tracking.idf1": 2 * 16 / (19 + 19),  # 19 labeled, 19 tracked, 16 in the right track
}


def test_every_figure_is_that_on_paper(result: Any) -> None:
    figures = {name: v for name, v in result.to_dict().items() if not isinstance(v, np.ndarray)}

    figures.pop("tracking.hota", None)  # of a library, which need not be here
    assert figures == pytest.approx(PAPER, abs=1e-9, nan_ok=True)
    assert [note for note in result.notes if "HOTA" not in note] == [
        "which frames trained the model is not known: the predictions name no model"
    ]


def test_so_are_those_of_each_part(result: Any) -> None:
    exact = {"mean": 0, "median": 0, "p95": 0, "pck": 1, "labeled": 19, "detected": 18}

    assert result.parts["head"] == exact
    assert result.parts["thorax"] == exact
    assert result.parts["tail"] == pytest.approx(
        {
            "mean": 5 / 17,
            "median": 0,
            "p95": 5 * 0.2,  # at 0.95 × 16 = 15.2, between the last two
            "pck": 165 / 170,
            "labeled": 18,
            "detected": 17,
        }
    )


def test_so_are_those_of_each_animal(result: Any) -> None:
    assert result.animals["a"] == pytest.approx(
        {
            "mean": 5 / 29,
            "median": 0,
            "p95": 0,
            "labeled": 10,
            "detected": 10,
            "accuracy": 9 / 10,
            "switches": 2,
            "fragments": 0,
        }
    )
    assert result.animals["b"] == pytest.approx(
        {
            "mean": 0,
            "median": 0,
            "p95": 0,
            "labeled": 9,
            "detected": 8,
            "accuracy": 7 / 8,
            "switches": 2,
            "fragments": 1,
        }
    )


def test_sleaps_metrics_do_not_see_what_was_invented() -> None:
    metrics = poise_workflows.evaluate(truth(), predicted(), edition="sleap-1.4").to_dict()

    # Without the invented animal, every detection but the shifted one is right, and that is last.
    assert metrics["oks_voc.mAP"] == pytest.approx(0.4 * 95 / 101 + 0.6 * 90 / 101)
    # The tail that is not labeled counts as wrong.
    assert metrics["pck.mPCK"] == pytest.approx((1 + 1 + 165 / 180) / 3)
    assert not [name for name in metrics if name.startswith(("detection", "tracking"))]


def test_frames_that_the_predictions_lack_are_missed_or_left_out() -> None:
    short = predicted()
    short.labeled_frames = [frame for frame in short.labeled_frames if frame.frame_idx < 8]

    new = poise_workflows.evaluate(truth(), short)
    old = poise_workflows.evaluate(truth(), short, edition="sleap-1.4")

    # Frames 8 and 9 have three animals; b of frame 7 is missed in both editions.
    assert new.metrics["frames.without_predictions"] == 2
    assert new.metrics["detection.missed"] == 4
    assert new.metrics["oks_voc.mAR"] == pytest.approx(15 / 19)
    assert old.metrics["oks_voc.mAR"] == pytest.approx(15 / 16)
    assert old.notes == ("2 labeled frames without predictions, left out as in SLEAP",)

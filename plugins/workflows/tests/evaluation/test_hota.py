"""HOTA, where TrackEval is installed; elsewhere a note says how to get it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import poise_workflows
from compared_labels import labels_of
from poise_workflows.evaluation import hota

POINTS = np.array([[0.0, 0], [20, 10], [40, 25]])


def labels(tracks: str, *, predicted: bool = False) -> Any:
    """An animal at one place, with a track for each frame."""
    frames = {n: [{"points": POINTS, "track": name}] for n, name in enumerate(tracks)}
    return labels_of(frames, predicted=predicted)


def hota_of(truth: Any, predicted: Any) -> float:
    return float(poise_workflows.evaluate(truth, predicted).metrics["tracking.hota"])


def test_the_figure_is_that_of_paper() -> None:
    """Every pair is right, and shares its track with half of the animal's frames.

    DetA = 4 / 4. Each pair has TPA = 2, FNA = 2, FPA = 0, so that AssA = 2 / 4; at every
    threshold, since all OKS are 1. HOTA is the root of their product.
    """
    pytest.importorskip("trackeval")

    assert hota_of(labels("aaaa"), labels("xxyy", predicted=True)) == pytest.approx(
        math.sqrt(1 * 0.5)
    )
    assert hota_of(labels("aaaa"), labels("xxxx", predicted=True)) == pytest.approx(1)


def test_an_invented_animal_lowers_it() -> None:
    """DetA = 4 / (4 + 1), and its track is of no pair."""
    pytest.importorskip("trackeval")
    predicted = labels_of(
        {
            **{n: [{"points": POINTS, "track": "xxyy"[n]}] for n in range(3)},
            3: [{"points": POINTS, "track": "y"}, {"points": POINTS + 500, "track": "z"}],
        },
        predicted=True,
    )

    assert hota_of(labels("aaaa"), predicted) == pytest.approx(math.sqrt(4 / 5 * 0.5))


def test_without_trackeval_one_note_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hota, "is_installed", lambda: False)

    tracked = poise_workflows.evaluate(labels("aa"), labels("xx", predicted=True))
    untracked = labels_of({0: [{"points": POINTS}]})
    others = poise_workflows.evaluate(untracked, labels("x", predicted=True))

    assert "tracking.hota" not in tracked.metrics
    assert tracked.notes.count(hota.GET_IT) == 1
    assert hota.GET_IT not in others.notes

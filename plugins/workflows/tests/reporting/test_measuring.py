"""Errors, identities and the worst examples of a few animals, computed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise_workflows.reporting.measuring import (
    Measured,
    animals_of,
    confusion_of,
    measured,
    median_error,
    parts_of,
)
from poise_workflows.reporting.seeing import Sight

NAN = [np.nan, np.nan]
BODY = [[10.0, 10.0], [40.0, 50.0]]  # 50 pixels long
FAR = [[110.0, 10.0], [140.0, 50.0]]


def sight(truth: Any, predicted: Any, **more: Any) -> Sight:
    values: dict[str, Any] = {
        "index": 0,
        "image": np.zeros((200, 200, 1)),
        "outputs": {},
        "targets": {},
        "parts": ("head", "tail"),
        "truth": np.array(truth, float).reshape(-1, 2, 2),
        "classes": np.full(len(truth), -1),
        "predicted": np.array(predicted, float).reshape(-1, 2, 2),
        "scores": np.ones(len(predicted)),
        "predicted_classes": None,
        "class_names": (),
    }
    return Sight(**{**values, **more})


def moved(animal: Any, x: float, y: float) -> Any:
    return (np.array(animal) + [x, y]).tolist()


@pytest.fixture
def every() -> list[Measured]:
    """One animal 3 and 4 pixels off, one missed, one invented; a part is lost in another frame."""
    first = sight([BODY, FAR], [moved(BODY, 3, 4), [[10, 180], [30, 190]]])
    second = sight([BODY], [[[10, 11], NAN]])
    return [measured(first, 0.5), measured(second, 0.5)]


def test_errors_are_in_pixels_of_the_frames(every: list[Measured]) -> None:
    # The network sees half of the frame's pixels, so distances of 5 and 1 are 10 and 2.
    parts = parts_of(every)

    assert parts["head"]["mean"] == pytest.approx(6)
    assert (parts["head"]["labeled"], parts["head"]["detected"]) == (3, 2)
    assert parts["tail"]["mean"] == pytest.approx(10)
    assert (parts["tail"]["labeled"], parts["tail"]["detected"]) == (3, 1)
    assert median_error(every) == pytest.approx(10)


def test_animals_are_matched_missed_and_invented(every: list[Measured]) -> None:
    assert animals_of(every) == {"labeled": 3, "matched": 2, "missed": 1, "invented": 1}


def test_badness_counts_errors_in_lengths_and_what_is_lost_as_a_whole(
    every: list[Measured],
) -> None:
    first, second = every

    # Two parts a tenth of a length off, two lost, one animal invented, of five.
    assert first.badness == pytest.approx((0.1 + 0.1 + 1 + 1 + 1) / 5)
    assert second.badness == pytest.approx((0.02 + 1) / 2)
    assert measured(sight([BODY], [BODY]), 1).badness == 0
    assert measured(sight([], []), 1).badness == 0
    assert measured(sight([], [BODY]), 1).badness == 1


def test_a_part_that_nobody_labeled_is_no_error() -> None:
    each = measured(sight([[BODY[0], NAN]], [BODY]), 1)

    assert each.badness == 0
    assert parts_of([each])["tail"] == {
        "mean": None,
        "median": None,
        "p95": None,
        "pck": None,
        "labeled": 0,
        "detected": 0,
    }


def test_identities_are_confused_by_pairs_that_match() -> None:
    each = sight(
        [BODY, FAR, moved(FAR, 0, 100)],
        [moved(FAR, 1, 0), moved(BODY, 1, 0)],
        classes=np.array([0, 1, 1]),
        predicted_classes=np.array([0, 0]),
        class_names=("anna", "bert"),
    )
    without = sight(
        [BODY],
        [BODY],
        classes=np.array([1]),
        predicted_classes=np.array([-1]),
        class_names=("anna", "bert"),
    )

    table = confusion_of([measured(each, 1), measured(without, 1)])

    # anna is anna; bert was taken for anna once, had no class once, and was missed once.
    assert table == {"names": ["anna", "bert"], "rows": [[1, 0, 0, 0], [1, 0, 1, 1]]}


def test_a_head_without_classes_confuses_nobody(every: list[Measured]) -> None:
    assert confusion_of(every) is None

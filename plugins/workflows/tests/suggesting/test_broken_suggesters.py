"""A suggester for each way to break a promise of suggesters, each caught by exactly one check."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import attrs
import numpy as np
import pytest

from poise.testing import cases, every_check, registry_of
from poise_workflows.suggesting import Predictions, SuggesterSpec

CALLS = count()


def sound(predictions: Predictions) -> Any:
    """How many animals a frame has."""
    return predictions.counts.astype(float)


SPEC = SuggesterSpec(key="made_up", badness=sound, summary="Made up")


def after(change: Callable[[Predictions, Any], Any]) -> SuggesterSpec:
    """The sound suggester with another result."""
    return attrs.evolve(SPEC, badness=lambda predictions: change(predictions, sound(predictions)))


def without_animals(predictions: Predictions, badness: Any) -> Any:
    return badness if len(predictions.rows) else np.zeros(0)


def by_the_scores(predictions: Predictions, badness: Any) -> Any:
    for row, scores in zip(predictions.rows, predictions.point_scores, strict=True):
        badness[row] = np.nanmax(scores, initial=0)
    return badness


EVERY: list[tuple[str, Any, str]] = [
    (
        "it_gives_a_number_for_each_frame",
        after(lambda predictions, badness: badness[1:]),
        "badness must be (40,), got (39,)",
    ),
    (
        "it_gives_a_number_for_each_frame",
        after(lambda predictions, badness: badness.astype(str)),
        "badness must be numbers, got <U",
    ),
    (
        "it_gives_a_number_for_each_frame",
        after(lambda predictions, badness: predictions.points.sort()),
        "made_up' failed: ValueError: sort array is read-only",
    ),
    (
        "the_same_predictions_get_the_same_badness",
        after(lambda predictions, badness: badness + next(CALLS)),
        "a second call gave frame 0 another badness",
    ),
    (
        "it_takes_videos_without_animals_and_of_one_frame",
        after(without_animals),
        "for 5 frames with 0 animals it must be (5,), got (0,)",
    ),
    (
        "its_badness_is_never_infinite",
        after(by_the_scores),
        "badness must be finite or NaN, got infinity for the frames [26]",
    ),
]


def broken_promises(spec: SuggesterSpec) -> dict[str, str]:
    return {
        case.check.name: case.outcome().message
        for case in cases(spec.key, kind="suggester", registry=registry_of(spec))
        if case.outcome().status == "broken"
    }


def test_the_sound_suggester_keeps_every_promise() -> None:
    assert broken_promises(SPEC) == {}


@pytest.mark.parametrize(
    ("name", "spec", "finding"),
    [pytest.param(*entry, id=f"{entry[0]}: {entry[2]}") for entry in EVERY],
)
def test_a_broken_suggester_is_caught_by_exactly_the_check_that_is_about_it(
    name: str, spec: SuggesterSpec, finding: str
) -> None:
    messages = broken_promises(spec)

    assert list(messages) == [name]
    assert finding in messages[name]


def test_every_check_of_suggesters_alone_has_a_suggester_that_breaks_it() -> None:
    names = {check.name for check in every_check("suggester") if check.kinds == ("suggester",)}

    assert names == {name for name, _, _ in EVERY}

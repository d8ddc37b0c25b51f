"""Checks of what suggesters say of frames. They need NumPy and no Keras."""

from __future__ import annotations

import numpy as np

from poise.testing.check import check, require
from poise_workflows.suggesting.testing import scenes
from poise_workflows.suggesting.testing.subjects import SuggesterSubject

JUDGES = ("it_is_found_by_its_key", "it_gives_a_number_for_each_frame")


@check(
    "suggester",
    scope="plugin",
    fix="return an array (F,) of numbers, one for each of predictions.frames, NaN where there is "
    "nothing to judge",
    after=("it_is_found_by_its_key",),
)
def it_gives_a_number_for_each_frame(subject: SuggesterSubject) -> None:
    """A number that is missing or too many would belong to another frame."""
    badness = subject.eventful
    require(badness.dtype.kind in "bif", f"badness must be numbers, got {badness.dtype}")
    expected = (len(scenes.eventful()),)
    require(badness.shape == expected, f"badness must be {expected}, got {badness.shape}")


@check(
    "suggester",
    scope="plugin",
    fix="use no random numbers, clocks or state",
    after=JUDGES,
)
def the_same_predictions_get_the_same_badness(subject: SuggesterSubject) -> None:
    """Whoever repeats a command must get the same suggestions."""
    again = np.asarray(subject.badness(scenes.eventful()))
    differs = ~(np.isclose(again, subject.eventful, equal_nan=True))
    require(not differs.any(), f"a second call gave frame {np.argmax(differs)} another badness")


@check(
    "suggester",
    scope="plugin",
    fix="return an array for these, too; np.bincount and np.maximum.at take empty arrays",
    after=JUDGES,
)
def it_takes_videos_without_animals_and_of_one_frame(subject: SuggesterSubject) -> None:
    """A model that finds nothing is what frames are labeled for."""
    for predictions in (scenes.without_animals(), scenes.one_frame()):
        badness = np.asarray(subject.badness(predictions))
        what = f"{len(predictions)} frames with {len(predictions.rows)} animals"
        expected = (len(predictions),)
        require(badness.shape == expected, f"for {what} it must be {expected}, got {badness.shape}")


@check(
    "suggester",
    scope="plugin",
    fix="leave out what is missing, and scores that are no finite numbers, by np.isfinite; return "
    "NaN where nothing is left",
    after=JUDGES,
)
def its_badness_is_never_infinite(subject: SuggesterSubject) -> None:
    """Infinity comes from a division by what is missing, and would hide the frames that are bad."""
    infinite = np.flatnonzero(np.isposinf(subject.eventful))
    require(
        len(infinite) == 0,
        f"badness must be finite or NaN, got infinity for the frames {infinite.tolist()}",
    )

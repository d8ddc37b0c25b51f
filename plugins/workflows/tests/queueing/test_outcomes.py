"""Which errors are a video's, which may pass, and which are everybody's."""

from __future__ import annotations

import errno
import os

import pytest

from poise.errors import BundleError, Fault, WeightsError
from poise_workflows.frames.sources import SourceError
from poise_workflows.journal.errors import JournalError, JournalInUseError
from poise_workflows.pipelines.members import ModelsError
from poise_workflows.prediction.options import OptionsError
from poise_workflows.prediction.room import NoRoomError
from poise_workflows.prediction.runs import StoppedError, UnreadableFrameError
from poise_workflows.queueing.outcomes import Fate, outcome_of
from poise_workflows.queueing.stops import StoppedWorkError
from poise_workflows.results.errors import ResultsError

FAULT = [Fault("must be better, got this", "somewhere")]
FULL = os.strerror(errno.ENOSPC)


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (SourceError(FAULT), Fate.ASIDE),
        (OptionsError(FAULT), Fate.ASIDE),
        (UnreadableFrameError("frame 3 must be readable"), Fate.ASIDE),
        (JournalError(FAULT, "the journal of another run"), Fate.ASIDE),
        (JournalInUseError(FAULT, "flies.slp.journal"), Fate.BACK),
        (StoppedWorkError(), Fate.BACK),
        (KeyboardInterrupt(), Fate.BACK),
        (ResultsError(FAULT), Fate.AGAIN),
        (StoppedError("OSError: Input/output error"), Fate.AGAIN),
        (MemoryError(), Fate.AGAIN),
        (RuntimeError("CUDA_ERROR_ILLEGAL_ADDRESS"), Fate.AGAIN),
        (NoRoomError(FAULT), Fate.FULL),
        (StoppedError(f"OSError: {FULL}; every batch before this one is kept"), Fate.FULL),
        (OSError(errno.ENOSPC, FULL), Fate.FULL),
    ],
)
def test_each_error_has_its_fate(error: BaseException, fate: Fate) -> None:
    assert outcome_of(error, has_other_models=False).fate is fate


@pytest.mark.parametrize(
    "error", [ModelsError(FAULT), WeightsError("no array"), BundleError("no file")]
)
def test_models_that_cannot_be_loaded_concern_all_unless_there_are_others(
    error: Exception,
) -> None:
    assert outcome_of(error, has_other_models=False).fate is Fate.REFUSED
    assert outcome_of(error, has_other_models=True).fate is Fate.ASIDE


def test_the_reason_has_every_fault() -> None:
    error = SourceError([*FAULT, Fault("must be whole, got half")], "flies.mp4")

    reason = outcome_of(error, has_other_models=False).reason

    assert reason == ("flies.mp4:\nmust be better, got this @ somewhere\nmust be whole, got half")

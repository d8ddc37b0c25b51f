"""What becomes of a video after an attempt: done, set aside, to be tried again, or given back."""

from __future__ import annotations

import errno
import os
from enum import Enum
from typing import NamedTuple

from poise.errors import (
    BuildError,
    BundleError,
    ConfigError,
    FaultsError,
    PluginError,
    PoiseError,
    WeightsError,
)
from poise.messages import described
from poise_workflows.frames.sources import SourceError
from poise_workflows.journal.errors import JournalError, JournalInUseError
from poise_workflows.pipelines.members import ModelsError
from poise_workflows.prediction.options import OptionsError
from poise_workflows.prediction.room import NoRoomError
from poise_workflows.prediction.runs import StoppedError, UnreadableFrameError
from poise_workflows.queueing.stops import StoppedWorkError
from poise_workflows.rendering.errors import RenderingError
from poise_workflows.results.errors import ResultsError


class Fate(Enum):
    """What is done with a video whose prediction ended by an error."""

    ASIDE = "no attempt could succeed"
    AGAIN = "another attempt may succeed"
    BACK = "nothing is wrong with it: another worker goes on"
    REFUSED = "nothing can be predicted with these models, and the plan has no others"
    FULL = "the folder of the results cannot be written, or its disk is full"


class Outcome(NamedTuple):
    """A fate, and why.

    Attributes:
        fate: what is done.
        reason: why, as a user should read it.
    """

    fate: Fate
    reason: str


_OF_MODELS = (ModelsError, ConfigError, BuildError, BundleError, WeightsError, PluginError)
_OF_THE_VIDEO = (SourceError, OptionsError, RenderingError, UnreadableFrameError, JournalError)
_OF_THE_DISK = (StoppedError, ResultsError, OSError)
_NO_ROOM = tuple(map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.EROFS)))
"""What the system says of a disk on which no video has room."""


def outcome_of(error: BaseException, *, has_other_models: bool) -> Outcome:
    """What is done after an error.

    Args:
        error: what the prediction raised.
        has_other_models: whether videos of the plan have other models.
    """
    if isinstance(error, StoppedWorkError | KeyboardInterrupt):
        return Outcome(Fate.BACK, "")
    if isinstance(error, JournalInUseError):
        return Outcome(Fate.BACK, str(error))
    if isinstance(error, NoRoomError) or any(text in str(error) for text in _NO_ROOM):
        return Outcome(Fate.FULL, _text(error))
    if isinstance(error, _OF_THE_DISK):
        return Outcome(Fate.AGAIN, _text(error))
    if isinstance(error, _OF_THE_VIDEO):
        return Outcome(Fate.ASIDE, _text(error))
    if isinstance(error, _OF_MODELS):
        return Outcome(Fate.ASIDE if has_other_models else Fate.REFUSED, _text(error))
    return Outcome(Fate.AGAIN, _text(error))


def _text(error: BaseException) -> str:
    if isinstance(error, FaultsError):
        head = f"{error.heading}:\n" if error.heading else ""
        return head + "\n".join(map(str, error.faults))
    return str(error) if isinstance(error, PoiseError) else described(error)

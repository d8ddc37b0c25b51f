"""Why a training cannot begin, or could not end."""

from __future__ import annotations

from poise.errors import FaultsError, PoiseError


class TrainingError(FaultsError, ValueError):
    """A training cannot begin. The error lists every fault; nothing was written."""


class RunError(FaultsError, ValueError):
    """A run folder cannot be used: another run's, in use, or damaged."""


class DamagedRunError(RunError):
    """A file of a run folder is missing or damaged."""


class DivergedError(PoiseError):
    """The loss became NaN or infinite."""


class MemoryUsedUpError(PoiseError):
    """The device has no memory for a batch."""

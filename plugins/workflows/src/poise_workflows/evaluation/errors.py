"""What Poise says when predictions cannot be compared with a truth."""

from __future__ import annotations

from poise.errors import Fault, FaultsError
from poise.messages import argument_path


class EvaluationError(FaultsError, ValueError):
    """Labels cannot be compared, an option is out of its domain, or metrics cannot be read."""


class UnwritableMetricsError(EvaluationError):
    """Metrics cannot be written, for example on a full disk."""


def refused(what: str, name: str) -> EvaluationError:
    """The error of an argument."""
    return EvaluationError([Fault(what, argument_path(name))])

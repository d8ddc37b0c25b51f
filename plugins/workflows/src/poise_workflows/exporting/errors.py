"""Why a model cannot be exported, or why its export is none."""

from __future__ import annotations

from poise.errors import Fault, FaultsError, PoiseError
from poise.messages import argument_path


class ExportError(FaultsError, ValueError):
    """A model cannot be exported as asked. The error lists every fault; nothing was written."""


class UnprovenError(PoiseError):
    """What was written does not give Poise's numbers. It is kept under another name."""


def refused(what: str, name: str) -> ExportError:
    """The error of an argument."""
    return ExportError([Fault(what, argument_path(name))])

"""Why a model cannot be measured."""

from __future__ import annotations

from poise.errors import Fault, FaultsError
from poise.messages import argument_path


class BenchmarkError(FaultsError, ValueError):
    """A model cannot be measured as asked. The error lists every fault; nothing was measured."""


def refused(what: str, name: str) -> BenchmarkError:
    """The error of an argument."""
    return BenchmarkError([Fault(what, argument_path(name))])

"""What Poise says when poses cannot be drawn."""

from __future__ import annotations

from poise.errors import Fault, FaultsError
from poise.messages import argument_path


class RenderingError(FaultsError, ValueError):
    """Poses cannot be drawn as asked."""


class UnwritableError(RenderingError):
    """A video or picture cannot be written, for example on a full disk."""


def refused(what: str, name: str) -> RenderingError:
    """The error of an argument."""
    return RenderingError([Fault(what, argument_path(name))])

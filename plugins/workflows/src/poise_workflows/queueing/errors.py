"""What is wrong with a queue, or with what is asked of it."""

from __future__ import annotations

from poise.errors import FaultsError


class QueueError(FaultsError, ValueError):
    """A queue cannot be planned, or there is none, or it is of other videos, models or options.

    The path of each fault is the argument, the line of a list, or the path in the plan.
    """

"""Ask a disk again that does not answer for a moment, as those of networks do."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import TypeVar

from poise_workflows.queueing.stops import Stop

Answer = TypeVar("Answer")

PASSING = frozenset(
    number
    for name in (
        *("EIO", "ESTALE", "ETIMEDOUT", "EAGAIN", "EINTR", "EREMOTEIO"),
        *("ECONNRESET", "ECONNABORTED", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH"),
    )
    if (number := getattr(errno, name, None)) is not None  # no system has all of them
)
"""Errors of a server that may be there again in a minute. No rights, or no room, are others."""

PAUSE, MOST = 5.0, 24
"""Seconds between two tries, and how many there are."""


def ask_patiently(ask: Callable[[], Answer], stop: Stop, say: Callable[[str], None]) -> Answer:
    """Ask, and ask again if the disk does not answer.

    Args:
        ask: reads or writes the folder.
        stop: whether the worker is to end; then nothing is asked again.
        say: is told once what is waited for.

    Raises:
        OSError: the disk refuses, or it has not answered for ``MOST`` times.
    """
    for left in range(MOST - 1, -1, -1):
        try:
            return ask()
        except OSError as error:
            if error.errno not in PASSING or not left or stop.is_due():
                raise
            if left == MOST - 1:
                say(f"the folder does not answer ({error.strerror}); it is asked again")
            stop.sleep(PAUSE)
    raise AssertionError  # the last try returns or raises

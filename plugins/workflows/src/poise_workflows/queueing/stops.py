"""When a worker ends although videos are left: its time is up, or somebody asked it to."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from poise.errors import Fault
from poise.messages import argument_path, short_repr
from poise_workflows.queueing.errors import QueueError
from poise_workflows.stopping import Terminated

_FORM = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")

IMPATIENCE = 1.0
"""Seconds after which a second signal ends a worker at once, and not after its batch."""


def seconds_of_text(text: str | float | None) -> float | None:
    """The seconds that ``55m``, ``1h30m``, ``90s`` or a number mean; ``None`` for none.

    Raises:
        QueueError: it means none.
    """
    if text is None:
        return None
    if isinstance(text, int | float) and not isinstance(text, bool) and text > 0:
        return float(text)
    match = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    total = 3600 * hours + 60 * minutes + seconds
    if not total:
        what = f"must be a time above 0 such as 55m, 1h30m or 90s, got {short_repr(text)}"
        raise QueueError([Fault(what, argument_path("stop_after"))])
    return float(total)


class StoppedWorkError(Exception):
    """A worker ends after this batch; its journal has everything up to here."""


class Stop:
    """Whether a worker is to end.

    Args:
        seconds: when its time is up, from now; ``None`` for never.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds
        self._signal, self._signaled = 0, 0.0

    @property
    def interruption(self) -> KeyboardInterrupt | None:
        """What to raise when the worker has ended; ``None`` unless a signal asked it to."""
        if not self._signal:
            return None
        return Terminated() if self._signal == signal.SIGTERM else KeyboardInterrupt()

    def is_due(self) -> bool:
        """Whether the worker is to end."""
        return bool(self._signal) or (self._end is not None and time.monotonic() >= self._end)

    def check(self) -> None:
        """End the work on a video if it is time.

        Raises:
            StoppedWorkError: it is.
        """
        if self.is_due():
            raise StoppedWorkError

    def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the moment at which the worker is to end."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.is_due():
            time.sleep(min(0.1, seconds))

    def note(self, number: int, frame: Any) -> None:
        """Handle a signal: end after the batch, and at once if it comes again."""
        now = time.monotonic()
        if self._signal and now - self._signaled > IMPATIENCE:
            raise Terminated if number == signal.SIGTERM else KeyboardInterrupt
        self._signal, self._signaled = self._signal or number, self._signaled or now


@contextmanager
def signals_noted(stop: Stop) -> Iterator[None]:
    """While the block runs, SIGTERM and Ctrl-C end the work after its batch.

    In a thread that gets no signals nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    signals = (signal.SIGTERM, signal.SIGINT)
    former = [signal.signal(number, stop.note) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, former, strict=True):
            signal.signal(number, handler)

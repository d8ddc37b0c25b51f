"""Watch a download from outside: it may neither stand still, nor crawl, nor go on for ever.

A timeout of a socket bounds the wait for the next byte. A publisher that sends a byte now and
then, or header lines without end, never exceeds it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

SLOWEST = 1_000
"""Bytes a second that a publisher has to send on average."""

WINDOW = 4
"""The average is taken over so many times the timeout of a connection."""

LONGEST = 6 * 3600
"""Seconds that a download may take, however steady it is."""


def watched(work: Callable[[], T], arrived: Callable[[], int], timeout: float) -> T:
    """Run a download in a thread, and give up when it is too slow.

    Args:
        work: the download. If this function raises, the caller has to end it.
        arrived: how many bytes have arrived so far; never less than before.
        timeout: seconds without a byte after which a connection counts as lost.

    Returns:
        What ``work`` returns; what it raises is raised here.

    Raises:
        TimeoutError: the publisher sends less than ``SLOWEST``, or the download takes longer
            than ``LONGEST``.
    """
    outcome: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put((work(), None))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            outcome.put((None, error))

    threading.Thread(target=run, daemon=True, name="poise-download").start()
    pace = _Pace(timeout * WINDOW)
    while True:
        try:
            result, error = outcome.get(timeout=min(1.0, timeout))
        except queue.Empty:
            pace.check(arrived())
            continue
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return] # the queue cannot tell what work returned


class _Pace:
    def __init__(self, window: float) -> None:
        self._window = window
        self._begin = self._since = time.monotonic()
        self._before = 0

    def check(self, arrived: int) -> None:
        now = time.monotonic()
        if now - self._begin > LONGEST:
            raise TimeoutError(f"it takes longer than {LONGEST // 3600} hours")
        if now - self._since < self._window:
            return
        if arrived - self._before < SLOWEST * self._window:
            seconds = now - self._since
            raise TimeoutError(
                f"the publisher sent only {arrived - self._before:,} bytes in {seconds:.0f} s"
            )
        self._since, self._before = now, arrived

"""What is told of a run while it goes on."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import attrs

WINDOW = 30
"""Batches over which the rate is measured, as in SLEAP."""


@attrs.frozen(kw_only=True)
class Event:
    """How far a run is. The names are those of SLEAP's JSON lines.

    Attributes:
        source: what is predicted.
        n_processed: frames that are done, those of an earlier process included.
        n_total: all frames.
        elapsed: seconds since this process began with the source.
        rate: frames a second, lately.
        eta: seconds that are left; ``None`` before the first batch.
    """

    source: str
    n_processed: int
    n_total: int
    elapsed: float
    rate: float
    eta: float | None


class Meter:
    """Makes events of batches.

    Args:
        source: what is predicted.
        total: the number of frames.
        done: how many an earlier process has done.
        clock: seconds, from any moment.
    """

    def __init__(
        self, source: str, total: int, done: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._source, self._total, self._done, self._clock = source, total, done, clock
        self._start = clock()
        self._marks: deque[tuple[float, int]] = deque([(self._start, done)], maxlen=WINDOW + 1)

    def add(self, frames: int) -> Event:
        """The event of a batch that is done."""
        self._done += frames
        now = self._clock()
        self._marks.append((now, self._done))
        then, before = self._marks[0]
        rate = (self._done - before) / (now - then) if now > then else 0.0
        left = self._total - self._done
        return Event(
            source=self._source,
            n_processed=self._done,
            n_total=self._total,
            elapsed=round(now - self._start, 3),
            rate=round(rate, 3),
            eta=round(left / rate, 1) if rate else None,
        )

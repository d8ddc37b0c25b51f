"""The time of this machine alone: no clock of another machine is compared with it."""

from __future__ import annotations

import time


class Clock:
    """A clock that only runs forward. Simulations replace it."""

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

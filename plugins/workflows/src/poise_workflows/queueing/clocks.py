"""The time of this machine alone: no clock of another machine is compared with it."""

from __future__ import annotations

import time

_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class Clock:
    """A clock that only runs forward. Simulations replace it."""

    def now(self) -> float:
        """Seconds since some moment, with those during which the machine slept."""
        if _BOOTTIME is not None:
            return time.clock_gettime(_BOOTTIME)
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

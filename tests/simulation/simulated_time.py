"""Virtual time, in which hundreds of processes run in one thread.

Each process is a greenlet that runs until it waits. Code that knows nothing of this, such as
the queue, thus runs unchanged: its clock and its disk wait in virtual time.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

import greenlet


class Timeline:
    """Virtual time.

    Attributes:
        now: seconds since the start.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._coming: list[tuple[float, int, greenlet.greenlet]] = []
        self._count = 0
        self._hub = greenlet.getcurrent()

    def start(self, function: Callable[[], None], after: float = 0.0) -> None:
        """Run a function as a process.

        Args:
            function: what it does. It calls ``wait`` to let time pass.
            after: seconds from now.
        """
        self._push(self.now + after, greenlet.greenlet(function, parent=self._hub))

    def wait(self, seconds: float) -> None:
        """Let time pass for the running process; others run meanwhile."""
        until = self.now + seconds
        if self._coming and self._coming[0][0] < until:
            self._push(until, greenlet.getcurrent())
            self._hub.switch()
        else:  # nobody else is due
            self.now = until

    def run(self, limit: float) -> bool:
        """Run until no process is left.

        Args:
            limit: seconds after which to give up.

        Returns:
            Whether every process ended.
        """
        while self._coming:
            self.now, _, process = heapq.heappop(self._coming)
            if self.now > limit:
                return False
            process.switch()
        return True

    def _push(self, at: float, process: greenlet.greenlet) -> None:
        self._count += 1
        heapq.heappush(self._coming, (at, self._count, process))

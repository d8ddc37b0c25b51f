"""Tell a Ctrl-C of the user from a ``KeyboardInterrupt`` that a plugin raises.

Code that calls plugins catches everything, since a plugin may raise anything. Only a real Ctrl-C
must end the program. Python raises the same exception for both, so only the signal tells.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class Interrupts:
    """Notices a Ctrl-C while its ``with`` block runs.

    A signal handler that somebody else has set stays in force. Every ``KeyboardInterrupt`` then
    counts as a Ctrl-C.
    """

    def __init__(self) -> None:
        self._came = False
        self._former: Any = None
        self._is_installed = False
        self._notices = True

    def __enter__(self) -> Interrupts:
        # Signals reach the main thread alone: elsewhere, no KeyboardInterrupt is a Ctrl-C.
        if threading.current_thread() is threading.main_thread():
            self._former = signal.getsignal(signal.SIGINT)
            if _may_be_replaced(self._former):
                signal.signal(signal.SIGINT, self._note)
                self._is_installed = True
            else:
                self._notices = self._former in (signal.SIG_IGN, signal.SIG_DFL)
        return self

    def __exit__(self, *error: object) -> None:
        # A plugin may have set a handler of its own, which stays.
        if self._is_installed and signal.getsignal(signal.SIGINT) == self._note:
            signal.signal(signal.SIGINT, self._former)

    def is_real(self, error: BaseException) -> bool:
        """Whether an exception that ended the block is due to a Ctrl-C."""
        return self._came or (isinstance(error, KeyboardInterrupt) and not self._notices)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._came = True
        self._former(number, frame)


def _may_be_replaced(handler: Any) -> bool:
    # Blocks may be nested: a plugin may look another one up.
    nested = isinstance(getattr(handler, "__self__", None), Interrupts)
    return nested or handler is signal.default_int_handler

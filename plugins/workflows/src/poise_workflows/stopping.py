"""SIGTERM, which a queue of jobs sends, ends a command as Ctrl-C does: what is done is kept."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Terminated(KeyboardInterrupt):
    """The system, or a queue of jobs, asked the process to end."""

    status = 143


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """While the block runs, SIGTERM raises ``Terminated``."""

    def raise_it(*details: object) -> None:
        raise Terminated

    former = signal.signal(signal.SIGTERM, raise_it)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)

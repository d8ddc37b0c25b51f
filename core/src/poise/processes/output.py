"""Where output goes that nobody asked for."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def output_to_stderr() -> Iterator[None]:
    """Send whatever is written to standard output to standard error, also past Python.

    All threads are affected, so only a program that owns its process may do this.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        flush_written()
        os.dup2(kept, 1)
        os.close(kept)


def flush_written() -> None:
    """Write out what lies in the buffer of Python's own standard output.

    A plugin may have written there although ``sys.stdout`` is another stream.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.__stdout__.flush()  # type: ignore[union-attr]  # None without a console

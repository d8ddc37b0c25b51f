"""Where output goes that nobody asked for."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def output_to_stderr() -> Iterator[None]:
    """Send whatever is written to standard output to standard error, also past Python.

    Standard output then has nothing but what the command says, so that JSON stays JSON. All threads
    are affected, so only a program that owns its process may do this.
    """
    sys.stdout.flush()
    with contextlib.redirect_stdout(sys.stderr), _descriptor_to_stderr():
        yield


@contextlib.contextmanager
def _descriptor_to_stderr() -> Iterator[None]:
    # Code in C, and child processes, write to the descriptor.
    try:
        kept = os.dup(1)
    except OSError:  # the program has no standard output
        yield
        return
    try:
        with contextlib.suppress(OSError):  # or no standard error
            os.dup2(2, 1)
        yield
    finally:
        # A plugin may have written to Python's own stream, although sys.stdout is another.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.__stdout__.flush()  # type: ignore[union-attr]  # None without a console
        os.dup2(kept, 1)
        os.close(kept)

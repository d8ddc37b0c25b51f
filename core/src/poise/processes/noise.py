"""What libraries write to the terminal while they are imported."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def noise_kept_back() -> Iterator[None]:
    """Keep back what is written to standard error, and write it after all if the block fails.

    Libraries in C++ write to the descriptor, past Python, so the descriptor is redirected, to a
    file without a name: a pipe would be full at some time. If the process crashes, Python writes
    to the real standard error where that was. All threads are affected, so only a program that
    owns its process may do this.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # the program has no standard error
        yield
        return
    with tempfile.TemporaryFile() as file, _crashes_shown_at(kept):
        os.dup2(file.fileno(), 2)
        try:
            yield
        except BaseException:
            _restore(kept)
            file.seek(0)
            _write(file.read())
            raise
        finally:
            _restore(kept)
            os.close(kept)


def _restore(kept: int) -> None:
    # What Python still holds belongs to the block.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.__stderr__.flush()  # type: ignore[union-attr]  # None without a console
    os.dup2(kept, 2)


def _write(text: bytes) -> None:
    with contextlib.suppress(OSError):
        while text:
            text = text[os.write(2, text) :]


@contextlib.contextmanager
def _crashes_shown_at(descriptor: int) -> Iterator[None]:
    if faulthandler.is_enabled():  # whoever enabled it chose where it writes
        yield
        return
    faulthandler.enable(descriptor)
    try:
        yield
    finally:
        faulthandler.disable()

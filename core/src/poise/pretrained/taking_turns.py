"""One of several processes downloads a file, and the others know for whom they wait."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from poise.errors import ConfigError, WeightsError
from poise.files import open_file
from poise.messages import printable
from poise.writing.drafts import all_left, drafts_of, is_left, remove

PAUSE = 1.0
"""Seconds of waiting after which a word is said of it."""

PATIENCE = 10
"""So many timeouts of a connection may pass without a byte for the process that downloads."""


@contextmanager
def alone(file: Path, title: str, timeout: float) -> Iterator[None]:
    """Hold the lock of a file, if the file system supports locks; remove old drafts beside it.

    Args:
        file: the file to be downloaded.
        title: what it is, for messages.
        timeout: seconds without a byte after which a connection counts as lost.

    Raises:
        WeightsError: the process that holds the lock receives nothing.
    """
    _sweep(file.parent)
    try:
        from filelock import FileLock
    except ImportError:
        yield  # drafts are private: without the lock, two processes may both download
        return
    lock = FileLock(f"{file}.lock")
    with suppress(OSError, NotImplementedError):
        _acquire(lock, file, title, timeout)
    holder = _holder(file)
    try:
        if lock.is_locked:
            with suppress(OSError):
                holder.write_text(f"process {os.getpid()} on {platform.node() or 'this machine'}")
        yield
    finally:
        if lock.is_locked:
            with suppress(OSError):
                holder.unlink()
        lock.release()


def _acquire(lock: Any, file: Path, title: str, timeout: float) -> None:
    from filelock import Timeout

    size, since = -1, time.monotonic()
    while True:
        try:
            lock.acquire(timeout=PAUSE)
            return
        except Timeout:
            if size == -1:
                told = f"waiting for {_who(file)}, which downloads {title}"
                sys.stderr.write(f"{printable(told)}\n")
        arrived = sum(_size(draft) for draft in drafts_of(file))
        if arrived != size:
            size, since = arrived, time.monotonic()
        elif time.monotonic() - since > PATIENCE * timeout:
            raise WeightsError(
                f"{title}: {_who(file)} downloads it, and has received nothing for "
                f"{PATIENCE * timeout:.0f} s\n"
                f"  waiting for: {file}.lock\n"
                "  fix: end that process, and try again"
            )


def _holder(file: Path) -> Path:
    return file.with_name(f"{file.name}.holder")


def _who(file: Path) -> str:
    with suppress(OSError, ConfigError), open_file(_holder(file)) as stream:
        return stream.read(200).decode(errors="replace") or "another process"
    return "another process"


def _size(draft: Path) -> int:
    with suppress(OSError):
        return draft.stat().st_size
    return 0


def _sweep(folder: Path) -> None:
    """Remove the drafts of processes that died, of all files: nobody goes on with them."""
    for draft in all_left(folder):
        if is_left(draft):
            remove(draft)

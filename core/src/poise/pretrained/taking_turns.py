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

from poise.errors import WeightsError
from poise.messages import printable
from poise.writing.drafts import drafts_of

PAUSE = 1.0
"""Seconds of waiting after which a word is said of it."""

PATIENCE = 10
"""So many timeouts of a connection may pass without a byte for the process that downloads."""

ABANDONED = 3600
"""Seconds after which a draft that nobody writes is nobody's, where locks cannot tell."""


@contextmanager
def alone(file: Path, title: str, timeout: float) -> Iterator[None]:
    """Hold the lock of a file, if the file system supports locks; remove its old drafts.

    Args:
        file: the file to be downloaded.
        title: what it is, for messages.
        timeout: seconds without a byte after which a connection counts as lost.

    Raises:
        WeightsError: the process that holds the lock receives nothing.
    """
    try:
        from filelock import FileLock
    except ImportError:
        _sweep(file, ABANDONED)
        yield  # drafts are private: without the lock, two processes may both download
        return
    lock = FileLock(f"{file}.lock")
    with suppress(OSError, NotImplementedError):
        _acquire(lock, file, title, timeout)
    holder = _holder(file)
    try:
        _sweep(file, 0 if lock.is_locked else ABANDONED)
        if lock.is_locked:
            _sweep_others(file)
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
    with suppress(OSError):
        return _holder(file).read_text(errors="replace")[:200] or "another process"
    return "another process"


def _size(draft: Path) -> int:
    with suppress(OSError):
        return draft.stat().st_size
    return 0


def _sweep(file: Path, idle: float) -> None:
    """Remove drafts of processes that died: nobody goes on with them."""
    for draft in drafts_of(file):
        with suppress(OSError):
            if time.time() - draft.stat().st_mtime >= idle or not idle:
                draft.unlink()


def _sweep_others(file: Path) -> None:
    """The same for the other files in the folder that nobody downloads now."""
    from filelock import FileLock, Timeout

    for path in file.parent.glob("*.lock"):
        other = path.with_suffix("")
        if other == file or not drafts_of(other):
            continue
        with suppress(OSError, NotImplementedError, Timeout), FileLock(str(path), timeout=0):
            _sweep(other, 0)

"""Write files that SLEAP replaced without a word, and keep what was there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from filecmp import cmp
from pathlib import Path

from poise_workflows.journal.aside import kept
from poise_workflows.results.errors import unwritable


def write_beside(path: Path, write: Callable[[], object]) -> tuple[tuple[str, ...], bool]:
    """Write a file. One that is there, which SLEAP replaced, is kept under a numbered name.

    Whenever the process dies, the former file or the new one has the name.

    Args:
        path: the file.
        write: writes a new file and gives it the name, or leaves what is there.

    Returns:
        What to say of that, and whether there is a new file.

    Raises:
        ResultsError: the file cannot be written. What was there stays.
    """
    before = _identity(path)
    try:
        former = kept(path)
    except OSError as error:
        raise unwritable(path, error) from None
    try:
        write()
    finally:
        is_written = _identity(path) not in (None, before)
        if former is not None and (not is_written or cmp(former, path, shallow=False)):
            with suppress(OSError):
                former.unlink()
            former = None
    if former is None:
        return (), is_written
    return (f"{path} was there, and is {former} now; SLEAP replaced it",), True


def _identity(path: Path) -> tuple[int, ...] | None:
    """What tells a file from another one of the same name; ``None`` if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns

"""Write files that SLEAP replaced without a word, and keep what was there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from filecmp import cmp
from pathlib import Path

from poise_workflows.journal.aside import set_aside
from poise_workflows.results.errors import unwritable


def write_beside(path: Path, write: Callable[[], bool]) -> tuple[tuple[str, ...], bool]:
    """Write a file. One that is there, which SLEAP replaced, is kept under a numbered name.

    Args:
        path: the file.
        write: writes it, and returns whether there is one.

    Returns:
        What to say of that, and whether there is a new file.

    Raises:
        ResultsError: the file cannot be written. What was there stays.
    """
    try:
        aside = set_aside(path)
    except OSError as error:
        raise unwritable(path, error) from None
    is_written = False
    try:
        is_written = write()
    finally:
        if aside is not None and not is_written:
            aside.replace(path)
    if aside is None or not is_written:
        return (), is_written
    if cmp(aside, path, shallow=False):
        with suppress(OSError):
            aside.unlink()
        return (), True
    return (f"{path} was there, and is {aside} now; SLEAP replaced it",), True

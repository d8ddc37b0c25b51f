"""Write a folder whole or not at all, and replace one that stands."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from poise.errors import DraftWarning
from poise.messages import join_names, printable
from poise.writing.drafts import DRAFT, FORMER, beside, formers_of, has_died, remove, sweep
from poise.writing.exchanging import exchange
from poise.writing.permissions import keep_permissions
from poise.writing.room import flush, flush_names

PATIENCE = 1.0
"""Seconds that another process has for the second of two renamings."""

_PAUSE = 0.01


@contextmanager
def whole_folder(
    path: str | os.PathLike[str], *, replaces: Callable[[Path], object] | None = None
) -> Iterator[Path]:
    """Fill a folder atomically: it appears when the block ends without an error.

    A new folder gets the permissions that ``mkdir`` would give it; one that replaces another, those
    of the other, as do files of the same name. Whatever happens, the former folder or the new one
    has the name, except for an instant on systems that cannot exchange two folders. ``restore``
    ends that instant if the process dies in it.

    Args:
        path: the folder, or a link to it. Its parent must exist.
        replaces: lets the new folder replace one that is not empty. It is called with that
            folder right before, and may raise. An empty folder is always replaced.

    Yields:
        The draft, an empty folder beside the path.

    Raises:
        OSError: the folder cannot be written, or is not empty. An existing folder stays
            unchanged.

    Warns:
        DraftWarning: names the drafts of processes that died, which are removed.
    """
    place = Path(path).resolve()
    restore(place)
    _say_removed(place, sweep(place, DRAFT, FORMER))
    draft = beside(place, DRAFT)
    try:
        draft.mkdir()
        yield draft
        flush(draft)
        _take_place(draft, place, replaces)
        flush_names(place.parent)
    finally:
        remove(draft)  # nothing, or the folder that was replaced


def restore(path: str | os.PathLike[str]) -> bool:
    """Give a folder its name back that a process set aside before it died.

    Returns:
        Whether there is such a folder now.
    """
    place = Path(path).resolve()
    end = time.monotonic() + PATIENCE
    while not os.path.lexists(place):
        formers = formers_of(place)
        if not formers:
            return False
        if has_died(formers[-1]) or time.monotonic() > end:
            with suppress(OSError):
                formers[-1].rename(place)
            break
        time.sleep(_PAUSE)
    return place.is_dir()


def _say_removed(place: Path, removed: list[Path]) -> None:
    if removed:
        names = join_names(sorted(path.name for path in removed), 4)
        text = f"{place}: removed what an interrupted process left: {names}"
        warnings.warn(printable(text), DraftWarning, stacklevel=5)


def _take_place(draft: Path, place: Path, replaces: Callable[[Path], object] | None) -> None:
    if replaces is None or not _is_filled(place):
        _settle(draft, place)
        return
    replaces(place)
    keep_permissions(draft, place)
    if not exchange(draft, place):
        _replace(draft, place)


def _settle(draft: Path, place: Path) -> None:
    """Rename a draft to a name that is free, or that an empty folder has."""
    is_here = _is_working_folder(place)
    if os.name == "nt" and place.is_dir():
        place.rmdir()  # fails unless it is empty
    draft.rename(place)
    if is_here:  # else this process would be left in a folder that is gone
        os.chdir(place)


def _replace(draft: Path, place: Path) -> None:
    """Put a draft in the place of a folder, in two steps, and let the draft's name have that."""
    former = beside(place, FORMER)
    try:
        place.rename(former)
        draft.rename(place)
    except BaseException:
        with suppress(OSError):
            if not place.exists():
                former.rename(place)
        raise
    former.rename(draft)


def _is_filled(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _is_working_folder(place: Path) -> bool:
    with suppress(OSError):
        return place.samefile(Path.cwd())
    return False

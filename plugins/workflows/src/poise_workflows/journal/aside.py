"""Keep a file or a folder that a new one replaces, under a numbered name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from poise.writing.whole_files import whole_draft


def set_aside(path: Path) -> Path | None:
    """Rename a file: ``flies.slp`` becomes ``flies.1.slp``, or the next number that is free.

    Args:
        path: the file, or a folder.

    Returns:
        Its new path; ``None`` if there is nothing of that name.

    Raises:
        OSError: it cannot be renamed. It keeps its name.
    """
    if not path.exists():
        return None
    if path.is_dir():  # a folder cannot take the place of a file, nor, on Windows, of a folder
        return path.rename(next(name for name in _numbered(path) if not os.path.lexists(name)))
    for numbered in _numbered(path):
        try:
            numbered.touch(exist_ok=False)  # takes the name, also from a second process
        except FileExistsError:
            continue
        try:
            return path.replace(numbered)
        except OSError:
            numbered.unlink()
            raise
    return None


def kept(path: Path) -> Path | None:
    """Give a file a numbered name as well, before another one takes its own name.

    Unlike ``set_aside``, there is a file of that name at any time. Whoever replaces it must
    write a new file and rename it, since both names may lead to one file.

    Args:
        path: the file.

    Returns:
        Its other path; ``None`` if there is no such file.

    Raises:
        OSError: it gets no other name.
    """
    if not path.exists():
        return None
    for numbered in _numbered(path):
        try:
            os.link(path.resolve(), numbered)
        except FileExistsError:
            continue
        except OSError:  # the file system has no second names
            if os.path.lexists(numbered):
                continue
            with whole_draft(numbered) as draft:
                shutil.copyfile(path, draft)
        return numbered
    return None


def _numbered(path: Path) -> Iterator[Path]:
    return (path.with_name(f"{path.stem}.{number}{path.suffix}") for number in count(1))

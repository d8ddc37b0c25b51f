"""Paths that hold on every machine that sees the folder of the results."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def real(path: str | os.PathLike[str]) -> Path:
    """A path whose folders are no links. The file may be one: its name names the result."""
    place = Path(path).absolute()
    return Path(os.path.realpath(place.parent)) / place.name


def relative(path: str | os.PathLike[str], folder: str | os.PathLike[str]) -> str:
    """A path as seen from a folder, by ``/``; a whole one where none leads there.

    Args:
        path: of a file or folder.
        folder: the folder of the results.
    """
    place = real(path)
    try:
        return Path(os.path.relpath(place, os.path.realpath(folder))).as_posix()
    except ValueError:  # on another drive of Windows
        return place.as_posix()


def absolute(path: str, folder: str | os.PathLike[str]) -> Path:
    """The path that ``relative`` saw from a folder, on this machine."""
    return paths_from(folder)(path)


def paths_from(folder: str | os.PathLike[str]) -> Callable[[str], Path]:
    """``absolute`` for many paths of one folder, which is looked at once."""
    place = os.path.realpath(folder)
    # Texts are joined in a third of the time that paths need, and queues have 10,000.
    return lambda path: Path(os.path.normpath(os.path.join(place, path)))  # noqa: PTH118

"""Keep a file that a new one replaces, under a numbered name."""

from __future__ import annotations

from itertools import count
from pathlib import Path


def set_aside(path: Path) -> Path | None:
    """Rename a file: ``flies.slp`` becomes ``flies.1.slp``, or the next number that is free.

    Args:
        path: the file.

    Returns:
        Its new path; ``None`` if there is no such file.

    Raises:
        OSError: the file cannot be renamed. It keeps its name.
    """
    if not path.exists():
        return None
    for number in count(1):
        numbered = path.with_name(f"{path.stem}.{number}{path.suffix}")
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

"""Permissions of what is replaced: nobody reads more, or less, because something was saved anew."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path


def keep_permissions(draft: Path, place: Path) -> None:
    """Give a draft the permissions, and where the system lets it the group, of what it replaces.

    Of a folder, each file takes over those of the file of its name. What has no predecessor keeps
    what the process gives to new files.

    Args:
        draft: a file or folder that is written.
        place: what it will replace, if that is there.
    """
    if draft.is_dir() and place.is_dir():
        for file in draft.iterdir():
            _take_over(file, place / file.name)
    _take_over(draft, place)


def _take_over(draft: Path, place: Path) -> None:
    with suppress(OSError):
        former, fresh = place.stat(follow_symlinks=False), draft.stat()
        if stat.S_IFMT(former.st_mode) != stat.S_IFMT(fresh.st_mode):
            return
        if former.st_gid != fresh.st_gid and hasattr(os, "chown"):
            with suppress(OSError):
                os.chown(draft, -1, former.st_gid)
        draft.chmod(stat.S_IMODE(former.st_mode))

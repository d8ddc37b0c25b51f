"""Every file of a model folder is there, and is the one that was saved."""

from __future__ import annotations

import os
from io import BufferedReader
from pathlib import Path

from poise.errors import BundleError
from poise.files import kind_of_mode, leads_outside
from poise.messages import short_repr
from poise.model_folder.provenance import FileRecord
from poise.weights.formats import PROVENANCE
from poise.wire.foreign import foreign_folder


def refuse_lacking(folder: Path, *names: str) -> None:
    """Refuse a folder that lacks a file, or has something else under its name.

    Raises:
        BundleError: names every file that is missing, and what the folder is instead.
    """
    missing = [name for name in names if not _kind(folder / name)]
    if missing:
        foreign = foreign_folder(folder)
        if foreign is not None:
            raise BundleError(f"{folder}: {foreign.refused_as('model folder')}")
        here = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        hint = "; poise.read_sleap reads SLEAP's folders" if _is_sleaps(folder) else ""
        raise BundleError(
            f"{folder}: must be a model folder with {', '.join(missing)}, got {here}{hint}"
        )
    for name in names:
        kind = _kind(folder / name)
        if kind != "file":
            raise BundleError(f"{folder}: {name} must be a file, got a {kind}")


def verify(folder: Path, name: str, then: FileRecord, stream: BufferedReader) -> None:
    """Refuse a file that is not the one that was saved.

    Args:
        folder: the model folder.
        name: of the file.
        then: its record when it was saved.
        stream: the file, open at its beginning; read to its end.

    Raises:
        BundleError: says what differs.
    """
    if leads_outside(then.name):
        raise BundleError(
            f"{folder}: the name of {name} in {PROVENANCE} must be a file name, got "
            f"{short_repr(then.name)}, which leads outside the folder"
        )
    size = os.fstat(stream.fileno()).st_size
    if size != then.size:  # known at once, however large it is
        raise BundleError(
            f"{folder}: {name} is not the file that was saved: {then.size:,} bytes then, "
            f"{size:,} now; restore it, or save the model again"
        )
    now = FileRecord.of_stream(name, stream)
    if now != then:
        what = (
            f"named {short_repr(then.name)}"
            if then.name != name
            else f"of {then.size} bytes with sha256 {short_repr(then.sha256)[1:13]}…"
        )
        raise BundleError(
            f"{folder}: {name} is not the file that was saved: {what} then, "
            f"{now.size} bytes with sha256 {now.sha256[:12]}… now; "
            "restore it, or save the model again"
        )


def _kind(path: Path) -> str:
    """The kind of a path, without following a symbolic link; empty if nothing exists."""
    try:
        return kind_of_mode(path.lstat().st_mode)
    except FileNotFoundError:
        return ""


def _is_sleaps(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("training_config.json", "best_model.h5"))

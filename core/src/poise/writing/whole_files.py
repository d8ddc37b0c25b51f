"""Write a file whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from poise.errors import PoiseError
from poise.files import kind_of
from poise.messages import argument
from poise.writing.drafts import PART, beside, remove, sweep
from poise.writing.permissions import keep_permissions
from poise.writing.room import flush, flush_names


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Write a file atomically: it appears when the block ends without an error.

    Each writer has a separate draft beside the file; if several write, the last to end wins.
    A new file gets the permissions that ``open`` would give it; one that replaces another, those
    of the other.

    Args:
        path: the file; an existing file is replaced. Its folder must exist.

    Yields:
        The draft, open for writing bytes.

    Raises:
        OSError: the file cannot be written. An existing file stays unchanged.
    """
    with _whole_file(Path(path), os.fspath(path)) as stream:
        yield stream


@contextmanager
def whole_draft(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Like ``whole_file``, for what opens the file itself, such as h5py.

    Yields:
        The path of the draft, an empty file. It must be closed when the block ends.

    Raises:
        OSError: the file cannot be written. An existing file stays unchanged.
    """
    with _whole_draft(Path(path), os.fspath(path)) as draft:
        yield draft


@contextmanager
def _whole_file(place: Path, shown_as: str) -> Iterator[BinaryIO]:
    with _whole_draft(place, shown_as) as draft, draft.open("wb") as stream:
        yield stream


@contextmanager
def _whole_draft(place: Path, shown_as: str) -> Iterator[Path]:
    sweep(place, PART)
    draft = beside(place, PART)
    try:
        draft.touch(exist_ok=False)
        yield draft
        flush(draft)
        keep_permissions(draft, place)
        draft.replace(place)
        flush_names(place.parent)
    except OSError as error:
        if str(error.filename) == str(draft):  # the user named the file, and no draft
            raise type(error)(error.errno, error.strerror, shown_as) from None
        raise
    finally:
        remove(draft)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a UTF-8 text file atomically, without changing its line ends.

    Poise replaces the file that a symbolic link leads to, not the link. It writes straight
    into a pipe or a device, which no rename can replace.

    Raises:
        OSError: the file cannot be written. An existing file stays unchanged.
    """
    place = Path(path)
    # A pipe has no path that resolving could give: `/dev/stdout` leads to one.
    if kind_of(place) in ("", "file"):
        with _whole_file(place.resolve(), os.fspath(path)) as stream:
            stream.write(text.encode())
    else:
        place.write_bytes(text.encode())


def refuse_taken(path: Path, overwrite: bool, noun: str, named: str = "output") -> None:
    """Refuse to write a file where a folder is, or another file that must stay.

    Args:
        path: the file to be written.
        overwrite: whether the user lets it replace another.
        noun: what it is, for the message: ``the picture``.
        named: the argument that names it.

    Raises:
        PoiseError: something is in its place.
    """
    if path.is_dir():
        raise PoiseError(f"{noun} must be a file, got {path}, which is a folder")
    if os.path.lexists(path) and not overwrite:
        raise PoiseError(
            f"{noun} must be a new file, got {path}, which exists\n"
            f"  fix: name another with {argument(named)}, or replace it with "
            f"{argument('overwrite', value='True')}"
        )

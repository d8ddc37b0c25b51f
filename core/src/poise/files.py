"""Files as a stranger may hand them over, and files and folders that are written whole.

A pipe would be waited for, a device may never end, and a text of gigabytes fills the memory
before anything is known of it. So each is refused before a byte is read.

What Poise keeps is written to a draft, which takes its name when it is complete. A reader
sees all of it or nothing, whatever happens to the process that writes.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from poise.errors import ConfigError, Fault
from poise.settings import MAX_FILE_MB

MAX_TEXT = 4_000_000
"""Bytes that a JSON file may have; training jobs have some ten thousand."""

MAX_YAML = 200_000
"""Bytes that a YAML file may have, which takes far longer to read."""


def kind_of(path: Path) -> str:
    """``file``, ``folder``, ``pipe``, ``device``, ``socket``; empty if there is nothing.

    Symbolic links are followed.

    Raises:
        OSError: it cannot be known, as with a link to itself.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the latter of a zero byte
        return ""
    return kind_of_mode(mode)


def kind_of_mode(mode: int) -> str:
    """The same, from the mode of ``os.stat``; also ``symbolic link``."""
    kinds = {
        stat.S_IFREG: "file",
        stat.S_IFDIR: "folder",
        stat.S_IFIFO: "pipe",
        stat.S_IFSOCK: "socket",
        stat.S_IFLNK: "symbolic link",
    }
    return kinds.get(stat.S_IFMT(mode), "device")


def leads_outside(name: str) -> bool:
    """Whether a name, on any system, means something else than a place in its folder."""
    steps = name.replace("\\", "/").split("/")
    is_rooted = steps[0] == "" or (len(steps[0]) > 1 and steps[0][1] == ":")
    return is_rooted or ".." in steps or "\0" in name


def read_text_of(path: Path, limit: int = MAX_TEXT) -> bytes:
    """The bytes of a configuration file.

    Args:
        path: the file.
        limit: how many bytes it may have.

    Raises:
        OSError: it is not there, or cannot be opened.
        ConfigError: it is no regular file, or larger than the limit.
    """
    kind = kind_of(path)
    if kind not in ("file", ""):
        raise ConfigError([Fault(f"is a {kind}, not a file")], str(path))
    with path.open("rb") as stream:
        content = stream.read(allowed(limit) + 1)
        size = max(len(content), os.fstat(stream.fileno()).st_size)
    refuse_size(size, limit, str(path))
    return content


def refuse_size(size: int, limit: int, source: str) -> None:
    """Refuse so many bytes, or characters, of text.

    Raises:
        ConfigError: says how to lift the limit.
    """
    most = allowed(limit)
    if size > most:
        what = (
            f"has {size / 1e6:,.1f} MB; at most {most / 1e6:g} MB are read "
            f"({MAX_FILE_MB} sets another limit)"
        )
        raise ConfigError([Fault(what, source)])


def allowed(limit: int, environ: Mapping[str, str] | None = None) -> int:
    """A limit in bytes, as it is unless the environment sets another.

    Raises:
        ConfigError: what it sets is no positive number.
    """
    said = MAX_FILE_MB.text(environ)
    if not said:
        return limit
    try:
        megabytes = float(said)
        return int(megabytes * 1_000_000) if megabytes > 0 else int("")
    except (ValueError, OverflowError):
        what = f"must be a number of megabytes above 0, got {said!r}"
        raise ConfigError([Fault(what, MAX_FILE_MB.name)]) from None


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Write a file that takes its name when the block ends, if it ends without an error.

    Each writer has a draft of its own, beside the file; of several, the last to end wins. The
    file has the rights that ``open`` would give it.

    Args:
        path: the file, which is replaced if it exists. Its folder must exist.

    Yields:
        The draft, open for writing bytes.

    Raises:
        OSError: the file cannot be written. What was there stays.
    """
    place = Path(path)
    draft = place.with_name(f"{place.name}.{_token()}.part")
    try:
        with draft.open("xb") as stream:
            yield stream
        draft.replace(place)
    finally:
        with suppress(OSError):
            draft.unlink()


@contextmanager
def whole_folder(path: str | os.PathLike[str], *, overwrite: bool = False) -> Iterator[Path]:
    """Fill a folder that takes its name when the block ends, if it ends without an error.

    The folder has the rights that ``mkdir`` would give it.

    Args:
        path: the folder, or a link to it. Its parent must exist.
        overwrite: replace a folder that has something in it; an empty one is always replaced.

    Yields:
        The draft, an empty folder beside it.

    Raises:
        OSError: the folder cannot be written, or has something in it. What was there stays.
    """
    place = Path(path).resolve()
    draft = place.with_name(f".{place.name}.{_token()}.draft")
    draft.mkdir()
    try:
        yield draft
        _take_place(draft, place, overwrite)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _take_place(draft: Path, place: Path, overwrite: bool) -> None:
    if not (overwrite and place.is_dir()):
        if place.is_dir():
            place.rmdir()  # it is empty, or this refuses
        draft.rename(place)
        return
    former = place.with_name(f".{place.name}.{_token()}.former")
    place.rename(former)  # removing it where it is would show a part of it meanwhile
    try:
        draft.rename(place)
    except OSError:
        former.rename(place)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _token() -> str:
    """What makes a name that no other writer has."""
    return os.urandom(4).hex()

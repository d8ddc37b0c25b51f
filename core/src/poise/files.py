"""Read untrusted files within limits; write files and folders atomically.

A pipe may block, a device may never end, and a text of gigabytes fills the memory. Poise
refuses each of them before it reads a byte.

Poise writes to a draft and renames it when it is complete. A reader sees all of it or
nothing, even if the writing process dies.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from poise.errors import ConfigError, Fault, PoiseError
from poise.messages import argument
from poise.settings import MAX_FILE_MB

# Far above real files (D17).
MAX_TEXT = 4_000_000
"""Largest JSON file, in bytes; training jobs have some ten thousand."""

MAX_YAML = 200_000
"""Largest YAML file, in bytes; YAML takes far longer to read than JSON."""


def kind_of(path: Path) -> str:
    """``file``, ``folder``, ``pipe``, ``device`` or ``socket``; empty if nothing exists there.

    Follows symbolic links.

    Raises:
        OSError: the system cannot tell, for example because a link points to itself.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a null byte
        return ""
    return kind_of_mode(mode)


def kind_of_mode(mode: int) -> str:
    """Like ``kind_of``, but from the mode of ``os.stat``; also ``symbolic link``."""
    kinds = {
        stat.S_IFREG: "file",
        stat.S_IFDIR: "folder",
        stat.S_IFIFO: "pipe",
        stat.S_IFSOCK: "socket",
        stat.S_IFLNK: "symbolic link",
    }
    return kinds.get(stat.S_IFMT(mode), "device")


def leads_outside(name: str) -> bool:
    """Whether a name leads out of its folder, on any system."""
    steps = name.replace("\\", "/").split("/")
    is_rooted = steps[0] == "" or (len(steps[0]) > 1 and steps[0][1] == ":")
    return is_rooted or ".." in steps or "\0" in name


def read_text_of(path: Path, limit: int = MAX_TEXT) -> bytes:
    """The bytes of a configuration file.

    Args:
        path: the file.
        limit: its largest size in bytes.

    Raises:
        OSError: the file does not exist, or cannot be opened.
        ConfigError: it is not a regular file, or is larger than the limit.
    """
    kind = kind_of(path)
    if kind not in ("file", ""):
        raise ConfigError([Fault(f"is a {kind}, not a file")], str(path))
    with path.open("rb") as stream:
        content = stream.read(allowed(limit) + 1)
        size = max(len(content), os.fstat(stream.fileno()).st_size)
    try:
        refuse_size(size, limit, "")
    except ConfigError as error:
        raise error.with_heading(str(path)) from None
    return content


def refuse_size(size: int, limit: int, source: str) -> None:
    """Refuse a text with more bytes, or characters, than the limit.

    Raises:
        ConfigError: the text is too large; the message says how to raise the limit.
    """
    most = allowed(limit)
    if size > most:
        what = (
            f"must have at most {most / 1e6:g} MB, got {size / 1e6:,.1f} MB; "
            f"{MAX_FILE_MB} sets another limit"
        )
        raise ConfigError([Fault(what, source)])


def allowed(limit: int, environ: Mapping[str, str] | None = None) -> int:
    """The limit in bytes that ``POISE_MAX_FILE_MB`` sets, or ``limit`` if it is not set.

    Raises:
        ConfigError: the variable is not a positive number.
    """
    text = MAX_FILE_MB.text(environ)
    if not text:
        return limit
    try:
        megabytes = float(text)
        return int(megabytes * 1_000_000) if megabytes > 0 else int("")
    except (ValueError, OverflowError):
        what = f"must be a number of megabytes above 0, got {text!r}"
        raise ConfigError([Fault(what, MAX_FILE_MB.name)]) from None


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Write a file atomically: it appears when the block ends without an error.

    Each writer has a separate draft beside the file; if several write, the last to end wins.
    The file gets the permissions that ``open`` would give it.

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
    draft = place.with_name(f"{place.name}.{_token()}.part")
    try:
        draft.touch(exist_ok=False)
        yield draft
        draft.replace(place)
    except OSError as error:
        if str(error.filename) == str(draft):  # the user named the file, and no draft
            raise type(error)(error.errno, error.strerror, shown_as) from None
        raise
    finally:
        with suppress(OSError):
            draft.unlink()


def drafts_of(path: str | os.PathLike[str]) -> list[Path]:
    """Drafts of a file whose writers died, or are still writing."""
    return _beside(Path(path), r"{}\.[0-9a-f]{{8}}\.part")


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


def refuse_taken(path: Path, overwrite: bool, noun: str) -> None:
    """Refuse to write a file where a folder is, or another file that must stay.

    Args:
        path: the file to be written.
        overwrite: whether the user lets it replace another.
        noun: what it is, for the message: ``the picture``.

    Raises:
        PoiseError: something is in its place.
    """
    if path.is_dir():
        raise PoiseError(f"{noun} must be a file, got {path}, which is a folder")
    if os.path.lexists(path) and not overwrite:
        raise PoiseError(
            f"{noun} must be a new file, got {path}, which exists\n"
            f"  fix: name another with {argument('output')}, or replace it with "
            f"{argument('overwrite', value='True')}"
        )


@contextmanager
def whole_folder(path: str | os.PathLike[str], *, overwrite: bool = False) -> Iterator[Path]:
    """Fill a folder atomically: it appears when the block ends without an error.

    The folder gets the permissions that ``mkdir`` would give it.

    Args:
        path: the folder, or a link to it. Its parent must exist.
        overwrite: replace a folder that is not empty; an empty folder is always replaced.

    Yields:
        The draft, an empty folder beside the path.

    Raises:
        OSError: the folder cannot be written, or is not empty. An existing folder stays
            unchanged.
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
            place.rmdir()  # fails unless it is empty
        draft.rename(place)
        return
    former = place.with_name(f".{place.name}.{_token()}.former")
    place.rename(former)  # removing it in place would show a partial folder
    try:
        draft.rename(place)
    except OSError:
        former.rename(place)
        raise
    shutil.rmtree(former, ignore_errors=True)


def interrupted(path: str | os.PathLike[str]) -> list[Path]:
    """Former folders that a process set aside before it died."""
    return _beside(Path(path).resolve(), r"\.{}\.[0-9a-f]{{8}}\.former")


def _beside(place: Path, pattern: str) -> list[Path]:
    names = re.compile(pattern.format(re.escape(place.name)))
    with suppress(OSError):
        return sorted(item for item in place.parent.iterdir() if names.fullmatch(item.name))
    return []


def _token() -> str:
    """A random token that makes a draft's name unique."""
    return os.urandom(4).hex()

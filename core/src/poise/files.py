"""The door through which Poise reads files of unknown origin, within limits.

A pipe may block, a device may never end, and a text of gigabytes fills the memory. Poise
refuses each of them before it reads a byte. Whoever reads a file enters here: by ``open_file``,
or by ``check_file`` where a library opens the path itself. ``tests/test_door.py`` holds this.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from poise.errors import ConfigError, Fault
from poise.settings import MAX_FILE_MB, Setting

# Far above real files (D17).
MAX_TEXT = 4_000_000
"""Largest JSON file, in bytes; training jobs have some ten thousand."""

MAX_YAML = 200_000
"""Largest YAML file, in bytes; YAML takes far longer to read than JSON."""

# A pipe must not block. Windows lacks some of these.
_FLAGS = os.O_RDONLY
for _name in ("O_BINARY", "O_CLOEXEC", "O_NONBLOCK"):
    _FLAGS |= getattr(os, _name, 0)


@contextmanager
def open_file(path: Path, *, follow_links: bool = True) -> Iterator[BufferedReader]:
    """Open a file for reading, and be sure that it is one.

    Args:
        path: the file.
        follow_links: whether a symbolic link to a file may be in its place.

    Raises:
        OSError: there is no such file, or it cannot be opened.
        ConfigError: a pipe, a device, a socket or a folder is in its place.
    """
    if kind_of(path) == "folder":  # Windows refuses to open one, for another reason
        raise _no_file(path, "folder")
    number = os.open(path, _FLAGS | (0 if follow_links else getattr(os, "O_NOFOLLOW", 0)))
    kind = kind_of_mode(os.fstat(number).st_mode)
    if kind != "file":
        os.close(number)
        raise _no_file(path, kind)
    with os.fdopen(number, "rb") as stream:
        yield stream


def check_file(path: Path) -> int:
    """Check a file that a library opens by its path; how many bytes it has.

    Raises:
        OSError: there is no such file.
        ConfigError: a pipe, a device, a socket or a folder is in its place.
    """
    status = path.stat()
    kind = kind_of_mode(status.st_mode)
    if kind != "file":
        raise _no_file(path, kind)
    return status.st_size


def _no_file(path: Path, kind: str) -> ConfigError:
    fix = "" if kind == "folder" else "; write its content to a file first"
    return ConfigError([Fault(f"must be a file, got a {kind}{fix}")], str(path))


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


def read_text_of(path: Path, limit: int = MAX_TEXT, setting: Setting = MAX_FILE_MB) -> bytes:
    """The bytes of a configuration file, or of another text.

    Args:
        path: the file.
        limit: its largest size in bytes.
        setting: the environment variable that sets another limit.

    Raises:
        OSError: the file does not exist, or cannot be opened.
        ConfigError: it is not a regular file, or is larger than the limit.
    """
    with open_file(path) as stream:
        content = stream.read(allowed(limit, setting=setting) + 1)
        size = max(len(content), os.fstat(stream.fileno()).st_size)
    try:
        refuse_size(size, limit, "", setting)
    except ConfigError as error:
        raise error.with_heading(str(path)) from None
    return content


def refuse_size(size: int, limit: int, source: str, setting: Setting = MAX_FILE_MB) -> None:
    """Refuse a text with more bytes, or characters, than the limit.

    Raises:
        ConfigError: the text is too large; the message says how to raise the limit.
    """
    most = allowed(limit, setting=setting)
    if size > most:
        what = (
            f"must have at most {most / 1e6:g} MB, got {size / 1e6:,.1f} MB; "
            f"{setting} sets another limit"
        )
        raise ConfigError([Fault(what, source)])


def allowed(
    limit: int, environ: Mapping[str, str] | None = None, setting: Setting = MAX_FILE_MB
) -> int:
    """The limit in bytes that an environment variable sets, or ``limit`` if it is not set.

    Raises:
        ConfigError: the variable is not a positive number.
    """
    text = setting.text(environ)
    if not text:
        return limit
    try:
        megabytes = float(text)
        return int(megabytes * 1_000_000) if megabytes > 0 else int("")
    except (ValueError, OverflowError):
        what = f"must be a number of megabytes above 0, got {text!r}"
        raise ConfigError([Fault(what, setting.name)]) from None

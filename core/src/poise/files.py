"""Files as a stranger may hand them over: regular ones, of a size that makes sense.

A pipe would be waited for, a device may never end, and a text of gigabytes fills the memory
before anything is known of it. So each is refused before a byte is read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

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
        what = f"must be a number of megabytes above 0, found {said!r}"
        raise ConfigError([Fault(what, MAX_FILE_MB.name)]) from None

"""Read untrusted files within limits.

A pipe may block, a device may never end, and a text of gigabytes fills the memory. Poise
refuses each of them before it reads a byte.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from poise.errors import ConfigError, Fault
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

"""Read the metadata of installed distributions, damaged or not: names and entry points.

``importlib_metadata.entry_points()`` is no option: it fails as a whole if any distribution, even
one unrelated to Poise, has a damaged list of entry points. This module reads each file once, and
imports nothing heavier than ``importlib_metadata``: every ``poise list`` pays for it.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

ENTRY_POINTS = "entry_points.txt"
LARGEST = 1_000_000
"""Bytes of metadata that Poise reads of one file. Of a METADATA, only the head matters."""

Stamps = Mapping[str, int | None]
"""Folder of a distribution's metadata → modification time of its entry points in nanoseconds."""


class Claim(NamedTuple):
    """An entry point: its group, name and value."""

    group: str
    name: str
    value: str


class Distribution(NamedTuple):
    """An installed distribution with entry points for Poise.

    Attributes:
        name: its name.
        version: its version.
        summary: one line about it.
        claims: its entry points in groups of Poise.
        place: the folder that it is installed in.
        fault: what is wrong with its metadata, on one line; empty if all is well.
    """

    name: str
    version: str
    summary: str
    claims: tuple[Claim, ...]
    place: str
    fault: str


def distributions() -> tuple[list[Distribution], Stamps]:
    """Every distribution with entry points for Poise, and the stamps of everything installed.

    If a distribution is installed in several folders, the first on the path counts, as for
    imports. If it is installed several times in one folder, each of them has a fault: which one
    an import gets depends on the order in which they were installed.
    """
    stamps: dict[str, int | None] = {}
    by_name: dict[str, list[Distribution]] = {}
    for folder, metadata in _installed():
        if folder in stamps or os.path.basename(folder).startswith("~"):
            continue  # the path has one folder twice, or pip was interrupted and left this
        raw, stamps[folder], fault = _read(metadata, folder, ENTRY_POINTS)
        text, damage = _decoded(raw)
        fault = fault or damage
        claims = _parsed(text) if "poise." in text else ()
        if claims or (fault and "poise" in os.path.basename(folder).lower()):
            distribution = _described(metadata, folder, claims, fault)
            by_name.setdefault(canonical(distribution.name), []).append(distribution)
    several = [each for same in by_name.values() for each in _in_force(same)]
    return several, stamps


def is_unchanged(stamps: Stamps) -> bool:
    """Whether nothing was installed or removed since ``distributions`` returned these stamps."""
    now = {folder for folder, _ in _installed() if not os.path.basename(folder).startswith("~")}
    return now == stamps.keys() and all(
        _modified(os.path.join(folder, ENTRY_POINTS)) == stamp for folder, stamp in stamps.items()
    )


def canonical(name: str) -> str:
    """A name as package indexes compare them: ``Poise_UNet`` is ``poise-unet``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed() -> Iterator[tuple[str, Any]]:
    import importlib_metadata

    for number, metadata in enumerate(importlib_metadata.distributions()):
        # Finders of other programs may give distributions that lie in no folder.
        yield str(getattr(metadata, "_path", f"distribution {number}")), metadata


def _in_force(same: list[Distribution]) -> Iterable[Distribution]:
    """Of the distributions of one name, those in the first folder on the path."""
    first = [each for each in same if each.place == same[0].place]
    if len(first) == 1:
        return first
    versions = " and ".join(each.version for each in first)
    fault = f"{first[0].name} is installed {len(first)} times in {first[0].place}: {versions}"
    return [each._replace(fault=each.fault or fault) for each in first]


def _parsed(text: str) -> tuple[Claim, ...]:
    """The entry points of Poise's groups. One without a value is kept, and fails when loaded."""
    claims: list[Claim] = []
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[]").strip()
        elif line and line[0] not in "#;" and group.startswith("poise."):
            name, _, value = line.partition("=")
            claims.append(Claim(group, name.strip(), value.strip()))
    return tuple(claims)


_HEADER = re.compile(r"^(Name|Version|Summary):[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)


def _described(metadata: Any, folder: str, claims: tuple[Claim, ...], fault: str) -> Distribution:
    """Name, version and summary, without parsing the whole metadata as email."""
    headers = _headers(metadata, folder)
    place, item = os.path.split(folder)
    stem, suffix = os.path.splitext(item)
    # If the metadata is damaged, only the name of its folder tells whose it is.
    name, _, version = (stem or "unknown").partition("-")
    missing = [header for header in ("Name", "Version") if header not in headers]
    if missing:
        fault = fault or f"its METADATA has no {' and no '.join(missing)}"
    elif suffix == ".dist-info" and not _is_of(stem, headers["Name"]):
        named = f"{headers['Name']} {headers['Version']}"
        fault = fault or f"its METADATA must name {name}, as {item} does, got {named}"
    else:
        name, version = headers["Name"], headers["Version"]
    summary = headers.get("Summary", "")
    return Distribution(name, version or "unknown", summary, claims, place, fault)


def _is_of(stem: str, name: str) -> bool:
    return canonical(f"{stem}-").startswith(f"{canonical(name)}-")


def _headers(metadata: Any, folder: str) -> dict[str, str]:
    for name in ("METADATA", "PKG-INFO"):
        text = _read(metadata, folder, name)[0].decode("utf-8", "replace")
        headers = dict(_HEADER.findall(text.replace("\r\n", "\n").partition("\n\n")[0]))
        if headers:
            return headers
    return {}


def _decoded(raw: bytes) -> tuple[str, str]:
    """The text of a list of entry points, and what is wrong with it."""
    if b"\0" in raw:
        return raw.replace(b"\0", b"").decode("utf-8", "replace").lstrip("\ufffd"), (
            f"its {ENTRY_POINTS} must be UTF-8, got null bytes"
        )
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        fault = f"its {ENTRY_POINTS} must be UTF-8, got the byte {raw[error.start]:#04x} in it"
        return raw.decode("utf-8", "replace"), fault
    if text.startswith("\ufeff"):
        fault = f"its {ENTRY_POINTS} must begin with a group, got a byte order mark before it"
        return text.lstrip("\ufeff"), fault
    return text, ""


def _read(metadata: Any, folder: str, name: str) -> tuple[bytes, int | None, str]:
    """A file of a distribution's metadata, its stamp, and why it cannot be read."""
    if not isinstance(getattr(metadata, "_path", None), os.PathLike):
        return _read_elsewhere(metadata, name), None, ""
    try:
        # Opening a pipe would wait for somebody to write into it.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(os.path.join(folder, name), flags)
    except (FileNotFoundError, NotADirectoryError):
        return b"", None, ""
    except (OSError, ValueError) as error:
        return b"", None, f"its {name} cannot be read: {getattr(error, 'strerror', error)}"
    try:
        status = os.fstat(descriptor)
        fault = "" if name != ENTRY_POINTS else _fault_of(status)
        return _all_of(descriptor), status.st_mtime_ns, fault
    except OSError as error:
        return b"", None, f"its {name} cannot be read: {error.strerror}"
    finally:
        os.close(descriptor)


def _fault_of(status: os.stat_result) -> str:
    """Why a list of entry points would not be read to its end; empty if it is."""
    if not stat.S_ISREG(status.st_mode):
        return f"its {ENTRY_POINTS} must be a file, got something else"
    if status.st_size > LARGEST:
        size = f"{status.st_size / 1e6:,.1f} MB"
        return f"its {ENTRY_POINTS} must have at most {LARGEST / 1e6:g} MB, got {size}"
    return ""


def _all_of(descriptor: int) -> bytes:
    parts: list[bytes] = []
    while part := os.read(descriptor, LARGEST - sum(map(len, parts))):
        parts.append(part)
    return b"".join(parts)


def _read_elsewhere(metadata: Any, name: str) -> bytes:
    """The same of a distribution that lies in no folder, for example in a zip file."""
    try:
        return (metadata.read_text(name) or "").encode()
    except (OSError, ValueError, KeyError):
        return b""


def _modified(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except (OSError, ValueError):
        return None

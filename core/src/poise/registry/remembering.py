"""What loading each plugin showed, remembered for as long as nothing that matters changes.

Whether a plugin works is known by loading it alone, and loading all of them is not free.
So a plugin that kept the contract is remembered, in a file, with all that its verdict hangs
on: Python, Poise, the search path, and the files of the plugin that were imported. One that
failed is not remembered: the cause may lie anywhere, and may be gone.

The file is only ever an economy. Absent, unreadable or corrupt, everything is judged anew;
where it cannot be written, it is not.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from poise import __version__
from poise.registry.discovery import Candidate, package_of
from poise.settings import cache_folder

FORMAT = 1
KEPT = 20
"""How many files, one for each search path, are kept beside each other."""

Stamp = list[int]
"""Modification time in nanoseconds, and size in bytes."""


class Verdict(NamedTuple):
    """A plugin that was loaded and kept the contract.

    Attributes:
        summary: its spec's summary, in one line.
        paper: its spec's paper, or ``None``.
        api: the version of the contract that it was written for; ``None`` for a plugin
            without a spec.
    """

    summary: str = ""
    paper: str | None = None
    api: int | None = None


class Known(NamedTuple):
    """What is known without loading anything.

    Attributes:
        verdicts: the plugins that worked, and still do.
        files: top-level package → path → stamp of each file that was imported from it.
    """

    verdicts: Mapping[Candidate, Verdict]
    files: Mapping[str, Mapping[str, Stamp]]


NOTHING = Known({}, {})


def environment() -> list[Any]:
    """All that the verdict on every plugin hangs on, as JSON holds it.

    Any installation changes a folder of the search path, and with it this.
    """
    room = os.path.dirname(__file__)
    own = sorted(path for folder in (room, os.path.dirname(room)) for path in _sources(folder))
    return [
        FORMAT,
        sys.version,
        sys.prefix,
        __version__,
        [[path, _stamp(path)] for path in own],
        [[path, _modified(path)] for path in sys.path],
    ]


def recall(now: list[Any]) -> Known:
    """The verdicts that still hold in the environment ``now``."""
    file = cache_file()
    if file is None:
        return NOTHING
    try:
        with open(file, encoding="utf-8") as stream:
            data = json.load(stream)
        if data["environment"] != now:
            return NOTHING
        files = {
            package: stamps
            for package, stamps in data["files"].items()
            if stamps and all(_stamp(path) == stamp for path, stamp in stamps.items())
        }
        verdicts = {}
        for fields, (summary, paper, api) in data["verdicts"]:
            candidate, verdict = Candidate(*fields), Verdict(summary, paper, api)
            if not _well_formed(verdict):
                return NOTHING
            if package_of(candidate) in files:
                verdicts[candidate] = verdict
        return Known(verdicts, files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return NOTHING


def imported_files(packages: Iterable[str], before: int) -> dict[str, dict[str, Stamp]]:
    """The files that were imported from each package, with their stamps.

    Args:
        packages: names of top-level packages.
        before: time in nanoseconds when importing began. A package with a file that changed
            since then is left out: what was imported may be an older state of it.
    """
    modules: dict[str, list[str | None]] = {package: [] for package in packages}
    for name, module in list(sys.modules.items()):
        package = name.partition(".")[0]
        if package in modules and getattr(module, "__spec__", None) is not None:
            modules[package].append(getattr(module, "__file__", None))
    found: dict[str, dict[str, Stamp]] = {}
    for package, paths in modules.items():
        stamps = {path: _stamp(path) for path in paths if path}
        if all(stamp is not None and stamp[0] < before for stamp in stamps.values()):
            found[package] = {path: stamp for path, stamp in stamps.items() if stamp is not None}
    return found


def remember(known: Known, now: list[Any]) -> None:
    """Replace what was remembered, if it can be written."""
    file = cache_file()
    if file is None:
        return
    data = {
        "environment": now,
        "files": known.files,
        "verdicts": [
            [list(candidate), list(verdict)] for candidate, verdict in known.verdicts.items()
        ],
    }
    from poise.files import whole_file  # with pathlib, which loading plugins has imported

    with contextlib.suppress(OSError, ValueError, TypeError):
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with whole_file(file) as stream:
            stream.write(json.dumps(data, separators=(",", ":")).encode())
        _forget_oldest(os.path.dirname(file))


def cache_file() -> str | None:
    """Where verdicts are remembered for this interpreter and search path, if anywhere."""
    folder = cache_folder()
    if folder is None:
        return None
    names = "\0".join([sys.prefix, sys.version, *map(str, sys.path)])
    return os.path.join(folder, f"plugins-{zlib.crc32(names.encode('utf-8', 'replace')):08x}.json")


def _well_formed(verdict: Verdict) -> bool:
    return (
        type(verdict.summary) is str
        and type(verdict.paper) in (str, type(None))
        and type(verdict.api) in (int, type(None))
    )


def _sources(folder: str) -> list[str]:
    with os.scandir(folder) as items:
        return [item.path for item in items if item.name.endswith(".py")]


def _stamp(path: str) -> Stamp | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size]


def _modified(path: str) -> int | None:
    try:
        return os.stat(path or os.curdir).st_mtime_ns
    except OSError:
        return None


def _forget_oldest(folder: str) -> None:
    with os.scandir(folder) as items:
        files = [item for item in items if item.name.startswith("plugins-")]
    files.sort(key=lambda item: item.stat().st_mtime_ns, reverse=True)
    for item in files[KEPT:]:
        os.unlink(item.path)

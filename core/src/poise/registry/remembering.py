"""A cache of the plugins that work, valid until anything that matters changes.

Only loading a plugin shows whether it works, and loading all plugins is slow. A plugin that
keeps the contract is therefore cached in a file, together with everything that the verdict
depends on: Python, Poise, the search path, and the imported files of the plugin. A plugin that
failed is not cached: the cause may lie anywhere, and may be gone next time.

The files of a plugin are those that were imported from its package, and from every package that
it needs, directly or not (``poise.registry.tracing``).

The cache is only an optimization. If it is missing, unreadable or corrupt, every plugin is
loaded again; failures to write it are ignored.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from poise import __version__
from poise.registry.discovery import Candidate, package_of
from poise.settings import cache_folder

FORMAT = 3
ROOMS = ("", "registry", "specs", "fields", "config", "wire")
"""The folders of the core that decide whether a plugin keeps the contract."""

KEPT = 20
"""How many cache files, one for each search path, Poise keeps."""

Stamp = list[int]
"""Modification time in nanoseconds, and size in bytes."""


class Verdict(NamedTuple):
    """The result of loading a plugin whose spec keeps the contract.

    Attributes:
        summary: its spec's summary, on one line.
        paper: its spec's paper, or ``None``.
        api: the version of the contract that it was written for; ``None`` for a plugin
            without a spec.
        cause: why it fails where it is used, on one line; empty if it does not, as far as its
            functions were tried. Only such a verdict is remembered.
        fix: how to fix that.
    """

    summary: str = ""
    paper: str | None = None
    api: int | None = None
    cause: str = ""
    fix: str = ""


class Known(NamedTuple):
    """The content of the cache.

    Attributes:
        verdicts: the plugins that worked when they were loaded.
        needs: top-level package of a plugin → the packages that it depends on, and itself.
        files: package → path → stamp, of each file imported from the package; the stamp of a
            file that changed while plugins were judged is ``None``.
    """

    verdicts: Mapping[Candidate, Verdict]
    needs: Mapping[str, list[str]]
    files: Mapping[str, Mapping[str, Stamp | None]]


NOTHING = Known({}, {}, {})


def joined(cached: Known, learned: Known) -> Known:
    """Both; of a file, what was learned last."""
    files = {
        package: {**cached.files.get(package, {}), **learned.files.get(package, {})}
        for package in {*cached.files, *learned.files}
    }
    needs = {
        package: sorted({*cached.needs.get(package, ()), *learned.needs.get(package, ())})
        for package in {*cached.needs, *learned.needs}
    }
    return Known({**cached.verdicts, **learned.verdicts}, needs, files)


def environment() -> list[Any]:
    """Everything that every verdict depends on, as JSON data.

    Any installation changes a folder of the search path, and thereby this value.
    """
    core = os.path.dirname(os.path.dirname(__file__))
    own = sorted(path for room in ROOMS for path in _sources(os.path.join(core, room)))
    return [
        FORMAT,
        sys.version,
        sys.prefix,
        __version__,
        [[path, stamp_of(path)] for path in own],
        [[path, _modified(path)] for path in sys.path],
    ]


def recall(now: list[Any], file: str | None) -> Known:
    """The verdicts of a cache file that are still valid in the environment ``now``."""
    if file is None:
        return NOTHING
    try:
        with open(file, encoding="utf-8") as stream:
            data = json.load(stream)
        # An entry counts only while interpreter, search path and files stay the same (D3).
        if data["environment"] != now:
            return NOTHING
        files = {
            package: stamps
            for package, stamps in data["files"].items()
            if all(stamp_of(path) == stamp for path, stamp in stamps.items())
        }
        needs = {
            package: needed
            for package, needed in data["needs"].items()
            if package in needed and all(each in files for each in needed)
        }
        verdicts = {}
        for fields, (summary, paper, api) in data["verdicts"]:
            candidate, verdict = Candidate(*fields), Verdict(summary, paper, api)
            if not _well_formed(verdict):
                return NOTHING
            if package_of(candidate) in needs:
                verdicts[candidate] = verdict
        return Known(verdicts, needs, files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return NOTHING


def usable_files(cached: Known) -> dict[str, Mapping[str, Stamp | None]]:
    """The files of packages none of which changed while plugins were judged."""
    return {
        package: stamps for package, stamps in cached.files.items() if None not in stamps.values()
    }


def remember(cached: Known, now: list[Any], file: str | None) -> None:
    """Replace a cache file; failures to write it are ignored."""
    if file is None:
        return
    data = {
        "environment": now,
        "files": usable_files(cached),
        "needs": cached.needs,
        "verdicts": [
            [list(candidate), list(verdict[:3])] for candidate, verdict in cached.verdicts.items()
        ],
    }
    # Imports pathlib, as loading plugins has done already.
    from poise.writing.whole_files import whole_file

    with contextlib.suppress(OSError, ValueError, TypeError):
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with whole_file(file) as stream:
            stream.write(json.dumps(data, separators=(",", ":")).encode())
        _forget_oldest(*os.path.split(file))


def cache_file(of: str = "plugins") -> str | None:
    """The cache file of this interpreter and search path; ``None`` without a cache folder.

    Args:
        of: what the verdicts are on: ``plugins`` or ``commands``.
    """
    folder = cache_folder()
    if folder is None:
        return None
    names = "\0".join([sys.prefix, sys.version, *map(str, sys.path)])
    return os.path.join(folder, f"{of}-{zlib.crc32(names.encode('utf-8', 'replace')):08x}.json")


def _well_formed(verdict: Verdict) -> bool:
    return (
        type(verdict.summary) is str
        and type(verdict.paper) in (str, type(None))
        and type(verdict.api) in (int, type(None))
    )


def _sources(folder: str) -> list[str]:
    with os.scandir(folder) as items:
        return [item.path for item in items if item.name.endswith(".py")]


def stamp_of(path: str) -> Stamp | None:
    """Modification time and size of a file; ``None`` if there is none."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return [status.st_mtime_ns, status.st_size]


def _modified(path: str) -> int | None:
    try:
        return os.stat(path or os.curdir).st_mtime_ns
    except OSError:
        return None


def _forget_oldest(folder: str, latest: str) -> None:
    start = f"{latest.partition('-')[0]}-"
    with os.scandir(folder) as items:
        files = [item for item in items if item.name.startswith(start)]
    files.sort(key=lambda item: item.stat().st_mtime_ns, reverse=True)
    for item in files[KEPT:]:
        os.unlink(item.path)

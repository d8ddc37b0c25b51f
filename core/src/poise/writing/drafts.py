"""The names of drafts, which say who writes them, and what is left of processes that died.

    NAME.TOKEN.part         a file that is being written
    .NAME.TOKEN.draft       a folder that is being written, or one that is being removed
    .NAME.TOKEN.former      the folder that stood in the place, until the new one stands there

The token has 4 digits for the machine, 8 for the process and 8 that are random, all hexadecimal.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PART, DRAFT, FORMER = "part", "draft", "former"
DAY = 24 * 60 * 60
_TOKEN = r"(?P<machine>[0-9a-f]{4})(?P<process>[0-9a-f]{8})[0-9a-f]{8}"  # noqa: S105 - of a name
_NAME = re.compile(rf"(?P<file>.+)\.{_TOKEN}\.part", re.DOTALL)
_HIDDEN = re.compile(rf"\.(?P<folder>.+)\.{_TOKEN}\.(?P<ending>draft|former)", re.DOTALL)


def beside(place: Path, ending: str) -> Path:
    """A new name beside a place, which no other process takes."""
    token = f"{_machine():04x}{os.getpid() & 0xFFFFFFFF:08x}{os.urandom(4).hex()}"
    name = f"{place.name}.{token}.{ending}"
    return place.with_name(name if ending == PART else f".{name}")


def drafts_of(path: str | os.PathLike[str]) -> list[Path]:
    """Drafts of a file whose writers died, or are still writing."""
    return _named(Path(path), PART)


def formers_of(place: Path) -> list[Path]:
    """Folders that stood in a place and were set aside; the latest is last."""
    return sorted(_named(place, FORMER), key=lambda folder: (_touched(folder), folder.name))


def sweep(place: Path, *endings: str) -> list[Path]:
    """Remove what processes that died have left of a place, and return what is removed.

    A folder that was set aside is removed only if another one stands in its place.
    """
    left = [path for ending in endings for path in _named(place, ending) if is_left(path)]
    return [path for path in left if remove(path)]


def all_left(folder: Path) -> Iterator[Path]:
    """What processes that died have left in a folder and in the folders within.

    A folder that was set aside, and in whose place nothing stands, is the only one of its name:
    ``whole_folders.restore`` gives it back.
    """
    for where, folders, files in os.walk(folder):
        names = sorted((*folders, *files))
        drafts = [name for name in names if _match(name)]
        yield from (path for name in drafts if has_died(path := Path(where, name)))
        folders[:] = sorted(set(folders).difference(drafts))


def is_left(path: Path) -> bool:
    """Whether nobody needs a draft any more, nor a folder that was set aside."""
    is_needed = path.name.endswith(f".{FORMER}") and not _is_filled(place_of(path))
    return not is_needed and has_died(path)


def has_died(path: Path) -> bool:
    """Whether the process that wrote a draft has died.

    Poise knows the processes of this machine. That of a draft from another one counts as dead if
    nobody wrote to the draft for a day.
    """
    match = _match(path.name)
    if match is None:
        return False
    if int(match["machine"], 16) == _machine() and not _runs(int(match["process"], 16)):
        return True
    return time.time() - _touched(path) > DAY


def remove(path: Path) -> bool:
    """Remove a draft, and say whether it is gone."""
    if path.is_dir():
        with suppress(OSError):
            path.chmod(0o700)  # it may be a model that its user protects from changes
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
    return not os.path.lexists(path)


def place_of(path: Path) -> Path:
    """The place for which a draft was written."""
    match = _match(path.name)
    assert match is not None, path
    return path.with_name(match.groupdict().get("folder") or match["file"])


def _match(name: str) -> re.Match[str] | None:
    return _HIDDEN.fullmatch(name) or _NAME.fullmatch(name)


def _named(place: Path, ending: str) -> list[Path]:
    start = f"{place.name}." if ending == PART else f".{place.name}."
    pattern = re.compile(rf"{re.escape(start)}{_TOKEN}\.{ending}")
    with suppress(OSError), os.scandir(place.parent) as items:
        return sorted(place.with_name(item.name) for item in items if pattern.fullmatch(item.name))
    return []


def _is_filled(folder: Path) -> bool:
    with suppress(OSError), os.scandir(folder) as items:
        return any(items)
    return False


def _touched(path: Path) -> float:
    """When somebody last wrote to a file, or to a folder or a file of it, in seconds."""
    times = [0.0]
    for item in (path, *(path.iterdir() if path.is_dir() else ())):
        with suppress(OSError):
            times.append(item.lstat().st_mtime)
    return max(times)


def _runs(process: int) -> bool:
    if sys.platform == "win32":  # asking would end the process, so age decides
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _machine() -> int:
    """A number for this machine since its start and, in a container, for the container's processes.

    Machines of a cluster may have one name and share a folder, so the name alone does not tell.
    """
    boot = space = ""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - it names no path
    return zlib.crc32(f"{platform.node()}\0{boot}\0{space}".encode()) & 0xFFFF

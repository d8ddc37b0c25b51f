"""Path maps: where files lie here whose paths were written down on another machine.

A map says that what lies below one folder there lies below another one here. It applies to paths
that label files, lists, projects, jobs and runs name, and to no path of the call itself.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import attrs

from poise.errors import Fault
from poise.messages import argument_path, short_repr
from poise_workflows.frames.sources import SourceError

Maps = Mapping[str, str | os.PathLike[str]] | Sequence[str]
"""What a call says: path there → path here, or texts ``THERE=HERE``."""

_OF_WINDOWS = re.compile(r"[A-Za-z]:|\\|//")
"""How a path begins that only Windows has: a drive, or a share. Or it has a backslash."""


@attrs.frozen
class _Rule:
    """A map.

    Attributes:
        there: where the files lie on the other machine.
        here: where they lie on this one.
        text: as the user wrote it.
    """

    there: PurePath
    here: Path
    text: str

    def applied(self, name: str) -> Path | None:
        """Where a path leads here; ``None`` if it does not begin with the left side."""
        if isinstance(self.there, PureWindowsPath):
            path: PurePath = _of_windows(name)
        else:
            path = _of_posix(name)
        if not path.is_relative_to(self.there):
            return None
        return self.here.joinpath(*path.relative_to(self.there).parts)


class PathMaps:
    """The path maps of a call. They know which of them were of use.

    Args:
        rules: the maps.
    """

    def __init__(self, rules: Iterable[_Rule] = ()) -> None:
        # Of two maps that fit, the one with the longer left side says more.
        self._rules = sorted(rules, key=lambda rule: -len(rule.there.parts))
        self._used: set[str] = set()

    def mapped(self, name: str | os.PathLike[str]) -> Path | None:
        """Where a path that a file names leads here; ``None`` if no map fits."""
        for rule in self._rules:
            path = rule.applied(os.fspath(name))
            if path is not None:
                self._used.add(rule.text)
                return path
        return None

    def path(self, name: str | os.PathLike[str]) -> Path:
        """The same; the path itself if no map fits."""
        return self.mapped(name) or Path(name)

    def notes(self) -> list[str]:
        """Which maps no path fitted until now, a sentence each."""
        option = argument_path("map")
        return [
            f"{option} {rule.text} changes nothing: no path that Poise looks for begins so"
            for rule in self._rules
            if rule.text not in self._used
        ]


NO_MAPS = PathMaps()
"""Of callers that take no maps."""


def path_maps(maps: Maps | None) -> PathMaps:
    r"""The path maps of a call.

    Args:
        maps: path on another machine → path here, or texts ``THERE=HERE``; ``None`` for none.
            Paths of Windows, such as ``Z:\lab``, may be mapped on any system.

    Raises:
        SourceError: a map is none, leads nowhere, or two begin with the same path. The error
            lists every fault.
    """
    if maps is None:
        return PathMaps()
    if isinstance(maps, str) or not isinstance(maps, Mapping | Sequence):
        raise _refused([f"must be path there → path here, or THERE=HERE, got {short_repr(maps)}"])
    rules: dict[PurePath, _Rule] = {}
    faults: list[str] = []
    for there, here in maps.items() if isinstance(maps, Mapping) else map(_sides, maps):
        rule = _Rule(_plain(str(there)), Path(here), f"{there}={here}")
        former = rules.setdefault(rule.there, rule)
        if not there or not os.fspath(here):
            faults.append(f"must be THERE=HERE with a path on each side, got {_shown(there, here)}")
        elif not rule.here.exists():
            what = f"must lead to a folder that is there, got {rule.text}"
            faults.append(f"{what}; {rule.here} does not exist")
        elif former.here != rule.here:
            what = f"must lead {there} to one folder, got {former.here} and {here}"
            faults.append(f"{what}; leave one out")
    if faults:
        raise _refused(faults)
    return PathMaps(rules.values())


def _sides(text: str) -> tuple[str, str]:
    there, _, here = str(text).partition("=")
    return there, here


def _shown(there: object, here: object) -> str:
    return short_repr(f"{there}={here}" if here else str(there), 200)


def _refused(faults: Iterable[str]) -> SourceError:
    return SourceError([Fault(what, argument_path("map")) for what in faults])


def _plain(there: str) -> PurePath:
    return _of_windows(there) if _OF_WINDOWS.match(there) or "\\" in there else _of_posix(there)


def _of_windows(name: str) -> PurePath:
    """A path as Windows compares it: slashes either way, and letters of either case."""
    return PureWindowsPath(ntpath.normpath(name))


def _of_posix(name: str) -> PurePath:
    """A path of another system, also one that Windows wrote down relative to a folder."""
    return PurePosixPath(posixpath.normpath(name.replace("\\", "/")))

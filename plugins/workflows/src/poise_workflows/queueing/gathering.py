"""Which videos a queue has: those of files, folders, trees of folders, and lists."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import argument, argument_path
from poise_workflows.frames.folders import FolderContents, contents_of_folder
from poise_workflows.frames.listing import LISTS, expand
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.frames.sources import SourceError
from poise_workflows.queueing.places_of_files import real
from poise_workflows.queueing.queue_folders import FOLDER
from poise_workflows.queueing.tables import Listed, read_listed


@attrs.define(kw_only=True)
class Gathered:
    """What was gathered.

    Attributes:
        videos: in their order.
        roots: the folders that were named, and those in which files that were named are.
        notes: what was skipped, a sentence each.
        faults: everything that is wrong.
    """

    videos: list[Listed] = attrs.field(factory=list)
    roots: list[Path] = attrs.field(factory=list)
    notes: list[str] = attrs.field(factory=list)
    faults: list[Fault] = attrs.field(factory=list)


def gather(
    paths: Iterable[str | os.PathLike[str]],
    results: Path,
    base: Mapping[str, Any],
    *,
    recursive: bool = False,
    maps: PathMaps = NO_MAPS,
) -> Gathered:
    """Gather the videos that paths stand for.

    Args:
        paths: as of ``predict``.
        results: the folder of the results, which is no source.
        base: the options of all videos.
        recursive: whether folders in folders are sources, too.
        maps: where paths of another machine, which lists name, lead here.
    """
    gathered = Gathered()
    for path in map(Path, paths):
        try:
            _gather(path, results, base, maps, gathered, recursive=recursive)
        except SourceError as error:
            gathered.faults += error.faults
        except OSError as error:
            gathered.faults.append(Fault(f"must be readable, got {error.strerror}", str(path)))
    if not (gathered.videos or gathered.faults):
        what = "must be at least one source, got none"
        gathered.faults.append(Fault(what, argument_path("sources")))
    return gathered


def _gather(
    path: Path,
    results: Path,
    base: Mapping[str, Any],
    maps: PathMaps,
    gathered: Gathered,
    *,
    recursive: bool,
) -> None:
    if path.is_dir():
        gathered.roots.append(path)
        if recursive:
            _gather_tree(path, results, gathered)
        else:
            _gather_folder(path, results, gathered)
    elif path.is_file() and path.suffix.lower() in LISTS:
        listed = read_listed(path, base, gathered.faults, maps)
        gathered.videos += listed
        gathered.roots += [video.path.parent for video in listed]
    else:
        (named,) = expand(path)
        gathered.videos.append(Listed(path=named.path, where=str(path)))
        gathered.roots.append(path.parent)


def _gather_folder(folder: Path, results: Path, gathered: Gathered) -> None:
    """The videos of a folder, as without a queue; and which folders in it are left out."""
    named = expand(folder)
    gathered.videos += [Listed(path=each.path, where=str(folder)) for each in named]
    gathered.notes += named[0].notes
    inside = [each for each in contents_of_folder(folder).folders if not _is_own(each, results)]
    if inside:
        names = ", ".join(each.name for each in inside[:12])
        fix = argument("recursive", value="True")
        gathered.notes.append(f"skipped in {folder}: the folders {names}; {fix} takes them")


def _gather_tree(folder: Path, results: Path, gathered: Gathered) -> None:
    before = len(gathered.videos)
    for place, inside in _tree(folder, results, set()):
        if inside.videos:
            gathered.videos += [Listed(path=file, where=str(place)) for file in inside.videos]
            gathered.notes += inside.notes(place, *inside.pictures)
            continue
        gathered.notes += inside.notes(place)
        if inside.pictures:
            gathered.videos.append(Listed(path=place, where=str(place)))
    if len(gathered.videos) == before:
        what = f"must hold videos or images, got {folder} without any, at any depth"
        gathered.faults.append(Fault(what, str(folder)))


def _tree(
    folder: Path, results: Path, passed: set[tuple[int, int]]
) -> Iterator[tuple[Path, FolderContents]]:
    """A folder and the folders in it, each once, whatever links lead to it."""
    status = folder.stat()
    if (status.st_dev, status.st_ino) in passed:
        return
    passed.add((status.st_dev, status.st_ino))
    inside = contents_of_folder(folder)
    yield folder, inside
    for each in inside.folders:
        if not _is_own(each, results):
            yield from _tree(each, results, passed)


def _is_own(folder: Path, results: Path) -> bool:
    """Whether a folder is that of the results, or the queue's."""
    return folder.name == FOLDER or (results.exists() and folder.samefile(results))


def common_root(roots: Iterable[Path]) -> Path | None:
    """The folder from which the tree of the sources is seen; ``None`` if there is none."""
    places = {os.fspath(real(root / "x").parent) for root in roots}
    try:
        return Path(os.path.commonpath(places))
    except ValueError:  # on several drives of Windows
        return None

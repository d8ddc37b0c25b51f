"""What a path stands for: a file, the files in a folder, or those that a list names."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from poise.errors import ConfigError, Fault
from poise.files import kind_of, read_text_of
from poise.messages import SUGGESTED, argument, join_names, short_repr, suggestion
from poise_workflows.frames import datasets, label_files
from poise_workflows.frames.folders import contents_of_folder, with_suffix
from poise_workflows.frames.limits import LISTED
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.frames.sources import SourceError

LONGEST_NAME = 255
"""Most letters of a file's name on common systems."""

LISTS = frozenset({".txt", ".csv"})

VIDEO, MODELS, OUTPUT = "video", "models", "output"
"""Columns of a table that names its columns."""


@attrs.frozen(kw_only=True)
class Named:
    """A file, or a folder of images, to open.

    Attributes:
        path: of the file or folder.
        images: the images of a folder, in order; empty for a file.
        output: where the result goes, if a list says so.
        notes: what was skipped on the way.
    """

    path: Path
    images: tuple[Path, ...] = ()
    output: Path | None = None
    notes: tuple[str, ...] = ()


def expand(path: Path, maps: PathMaps = NO_MAPS) -> list[Named]:
    """Replace a folder or a list by what it stands for.

    Args:
        path: a file, a folder or a list.
        maps: where paths of another machine, which a list names, lead here.

    Raises:
        SourceError: nothing is there, or nothing that holds frames.
    """
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise SourceError([Fault(_missing(path), str(path))])
    if path.suffix.lower() in LISTS:
        return _list(path, maps)
    return [Named(path=path)]


def _folder(folder: Path) -> list[Named]:
    inside = contents_of_folder(folder)
    if bool(inside.videos) == bool(inside.pictures):
        files = [*inside.videos, *inside.pictures, *inside.drawn, *inside.rest]
        raise SourceError([Fault(_folder_must(folder, files, bool(inside.videos)), str(folder))])
    notes = inside.notes(folder)
    if inside.pictures:
        return [Named(path=folder, images=inside.pictures, notes=notes)]
    first, *others = inside.videos
    return [Named(path=first, notes=notes), *(Named(path=video) for video in others)]


def _folder_must(folder: Path, files: list[Path], has_both: bool) -> str:
    if has_both:
        return f"must hold videos or images, got {folder.name} with both; name the files themselves"
    what = f"must hold videos or images, got {folder.name} with {join_names(map(_name, files))}"
    labeled = with_suffix(files, label_files.SUFFIXES | datasets.SUFFIXES)
    fix = "; name these files themselves" if labeled else ""
    return (
        f"{what if files else f'must hold videos or images, got {folder.name} without files'}{fix}"
    )


def _name(file: Path) -> str:
    return file.name


def read_list(path: Path, maps: PathMaps = NO_MAPS) -> tuple[list[Named], list[Fault]]:
    """The files that a ``.txt`` or ``.csv`` list names, and its lines that name none.

    Args:
        path: the list.
        maps: where its paths lead here.

    Raises:
        SourceError: it is no list of paths.
    """
    text = text_of_list(path)
    rows = _table(path, text, maps) if path.suffix.lower() == ".csv" else _lines(text)
    listed: list[Named] = []
    faults: list[Fault] = []
    for line, name, output in rows:
        file = located(name, path, maps)
        why = why_no_source(file, is_slow=len(faults) >= SUGGESTED)
        if why:
            faults.append(Fault(why, f"{path}, line {line}"))
        else:
            listed.append(Named(path=file, output=maps.path(output) if output else None))
    return listed, faults


def text_of_list(path: Path) -> str:
    """The text of a list.

    Raises:
        SourceError: it cannot be read, is no text in UTF-8, or has more than ``LISTED`` lines.
    """
    try:
        text = read_text_of(path).decode("utf-8-sig")
    except (OSError, ConfigError, UnicodeDecodeError) as error:
        what = f"must be a list of paths in UTF-8, got {path.name} ({error})"
        raise SourceError([Fault(what, str(path))]) from None
    _refuse_many(path, text)
    return text


def rows_of_list(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """The rows of a table in CSV that are not empty, each with the number of its line.

    Raises:
        SourceError: it is no such table.
    """
    reader = csv.reader(text.splitlines())
    try:
        return [(reader.line_num, row) for row in reader if any(row)]
    except csv.Error as error:
        what = f"must be a table in CSV, got {path.name} ({error}); give each path a line"
        raise SourceError([Fault(what, str(path))]) from None


def why_no_source(file: Path, *, is_slow: bool = False) -> str:
    """Why a path of a list cannot be read; empty if a file is there that is no list.

    Args:
        file: the path.
        is_slow: whether there are so many already that looking for the nearest name would take
            long.
    """
    if is_file(file) and file.suffix.lower() not in LISTS:
        return ""
    return _what_is_missing(file) if is_slow else _missing(file)


def _list(path: Path, maps: PathMaps) -> list[Named]:
    listed, faults = read_list(path, maps)
    if faults or not listed:
        empty = Fault(f"must name a path a line, got {path.name} without any", str(path))
        raise SourceError(faults or [empty])
    return listed


def _lines(text: str) -> list[tuple[int, str, str]]:
    lines = enumerate(text.splitlines(), start=1)
    return [(number, line.strip(), "") for number, line in lines if line.strip()]


def _refuse_many(path: Path, text: str) -> None:
    """Refuse a list of far more paths; looking for all the files would take minutes."""
    count = text.count("\n")
    if count > LISTED:
        what = f"must have at most {LISTED:,} lines, got {count:,}; split the list"
        raise SourceError([Fault(what, str(path))])


def _table(path: Path, text: str, maps: PathMaps) -> Iterator[tuple[int, str, str]]:
    """The column of paths: the first that has a path in the first row, or below a heading."""
    rows = rows_of_list(path, text)
    heading = heading_of(rows)
    if MODELS in heading:
        what = f"must have no column {MODELS}, got it in {path.name}"
        fix = f"pass {argument('jobs', value='1')}, which obeys it"
        raise SourceError([Fault(f"{what}; {fix}", str(path))])
    if {VIDEO, OUTPUT} <= set(heading):
        return _of_heading(rows[1:], heading)
    for start in (0, 1):
        for column, cell in enumerate(rows[start][1] if len(rows) > start else []):
            if cell.strip() and is_file(located(cell.strip(), path, maps)):
                return _column(rows[start:], column)
    what = (
        f"must have a column of paths, got {path.name} without an existing file in its first rows"
    )
    raise SourceError([Fault(what, str(path))])


def heading_of(rows: list[tuple[int, list[str]]]) -> list[str]:
    """The names of the columns, if the first row could have some: in small letters."""
    return [cell.strip().lower() for cell in rows[0][1]] if rows else []


def _of_heading(
    rows: list[tuple[int, list[str]]], heading: list[str]
) -> Iterator[tuple[int, str, str]]:
    """The two columns by their names."""
    for line, row in rows:
        cells = dict(zip(heading, (cell.strip() for cell in row), strict=False))
        yield line, cells.get(VIDEO, ""), cells.get(OUTPUT, "")


def _column(rows: Iterable[tuple[int, list[str]]], column: int) -> Iterator[tuple[int, str, str]]:
    for number, row in rows:
        cells = [*(cell.strip() for cell in row), "", ""]
        if len(row) > column and cells[column]:
            yield number, cells[column], cells[column + 1] if len(row) > column + 1 else ""


def located(name: str, listed_in: Path, maps: PathMaps = NO_MAPS) -> Path:
    """A path of a list: where a map leads, or as from here, or as from the folder of the list."""
    mapped = maps.mapped(name)
    if mapped is not None:
        return mapped
    here, beside = Path(name), listed_in.parent / name
    return beside if _is_there(beside) and not _is_there(here) else here


def _is_there(path: Path) -> bool:
    """Whether a path exists; one that is too long for the system does not."""
    try:
        return path.exists()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Whether a path leads to a file; one that is too long for the system does not."""
    return _is_there(path) and path.is_file()


def _missing(path: Path) -> str:
    what, folder = _what_is_missing(path), path.parent
    if os.path.lexists(path) or len(path.name) > LONGEST_NAME:
        return what
    names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    fix = suggestion(path.name, names, noun="there is") if names else f"there is no folder {folder}"
    return f"{what}; {fix}"


def _what_is_missing(path: Path) -> str:
    try:
        kind = kind_of(path)
    except OSError as error:  # a link to itself
        return f"must be a file or folder, got {short_repr(str(path), 200)} ({error.strerror})"
    if kind == "folder":
        return f"must be a file, got the folder {path}"
    if kind == "file":
        return f"must be a video, images or labels, got another list, {path.name}"
    name = short_repr(str(path), 200)
    got = f"{name}, which is a {kind}" if kind else f"{name}, which does not exist"
    return f"must be a file or folder, got {got}"

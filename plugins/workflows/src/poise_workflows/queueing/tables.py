"""Lists for queues: tables with the columns ``video``, ``models``, ``output``, and of options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import SUGGESTED, argument_path, counted, repeated, suggestion
from poise_workflows.frames.listing import (
    MODELS,
    OUTPUT,
    VIDEO,
    heading_of,
    is_file,
    located,
    read_list,
    rows_of_list,
    text_of_list,
    why_no_source,
)
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.frames.sources import SourceError
from poise_workflows.queueing.row_options import (
    OF_A_VIDEO,
    PREFIX,
    column_of,
    options_of_cells,
)

SEPARATOR = ";"
"""Between the models of a cell: of top-down there are two."""

COLUMNS = (VIDEO, MODELS, OUTPUT, *OF_A_VIDEO)


@attrs.frozen(kw_only=True)
class Listed:
    """A video that a folder or a list names.

    Attributes:
        path: the file, or a folder of images.
        where: who names it, for faults.
        models: its models, if the list says so.
        output: its result, if the list says so: as from the folder of the results.
        options: those that the list gives it.
    """

    path: Path
    where: str
    models: tuple[Path, ...] = ()
    output: str = ""
    options: Mapping[str, Any] = attrs.field(factory=dict)


def read_listed(
    path: Path, base: Mapping[str, Any], faults: list[Fault], maps: PathMaps = NO_MAPS
) -> list[Listed]:
    """The videos of a list.

    Args:
        path: a ``.txt`` file of paths, or a ``.csv`` file. Its first line names the columns, or
            it has paths and results as ``poise predict`` without a queue takes them.
        base: the options of all videos.
        faults: gets what is wrong, all of it.
        maps: where paths of another machine, which the list names, lead here.
    """
    try:
        rows = rows_of_list(path, text_of_list(path)) if path.suffix.lower() == ".csv" else []
        if rows and not any(is_file(located(cell.strip(), path, maps)) for cell in rows[0][1]):
            return _of_columns(path, rows, base, maps, faults)
        return _of_paths(path, maps, faults)
    except SourceError as error:
        faults += error.faults
        return []


def _of_paths(path: Path, maps: PathMaps, faults: list[Fault]) -> list[Listed]:
    named, wrong = read_list(path, maps)
    faults += wrong
    if not named and not wrong:
        faults.append(Fault(f"must name a path a line, got {path.name} without any", str(path)))
    output = [str(each.output) if each.output else "" for each in named]
    pairs = zip(named, output, strict=True)
    return [Listed(path=each.path, where=str(path), output=text) for each, text in pairs]


def _of_columns(
    path: Path,
    rows: Sequence[tuple[int, list[str]]],
    base: Mapping[str, Any],
    maps: PathMaps,
    faults: list[Fault],
) -> list[Listed]:
    columns = [column_of(name) for name in heading_of(list(rows))]
    wrong = list(_faults_of_heading(columns, f"{path}, line {rows[0][0]}"))
    if wrong:
        faults += wrong
        return []
    if len(rows) == 1:
        faults.append(Fault(f"must name videos below its heading, got {path.name}", str(path)))
    listed: list[Listed] = []
    for line, row in rows[1:]:
        where = f"{path}, line {line}"
        if len(row) > len(columns):
            what = f"must have {counted(len(columns), 'cell')} as the heading, got {len(row)}"
            faults.append(Fault(f"{what}; quote cells with commas", where))
            continue
        cells = dict(zip(columns, (cell.strip() for cell in row), strict=False))
        listed += _video(path, where, cells, base, maps, faults)
    return listed


def _faults_of_heading(columns: Sequence[str], where: str) -> Iterator[Fault]:
    for name in columns:
        if name not in COLUMNS and not name.startswith(PREFIX):
            hint = suggestion(name, COLUMNS, noun="columns")
            yield Fault(f"must be a column of a list, got {name!r}; {hint}", where)
    for name in dict.fromkeys(name for _, name in repeated(columns)):
        yield Fault(f"must have each column once, got {name!r} twice", where)
    if VIDEO not in columns:
        what = f"must have the column {VIDEO}, or begin with a path that is there"
        yield Fault(f"{what}, got {', '.join(columns)}", where)


def _video(
    path: Path,
    where: str,
    cells: Mapping[str, str],
    base: Mapping[str, Any],
    maps: PathMaps,
    faults: list[Fault],
) -> Iterator[Listed]:
    """The video of a line; none if the line has a fault."""
    before = len(faults)
    name = cells.get(VIDEO, "")
    file = located(name, path, maps)
    is_slow = len(faults) >= SUGGESTED
    if not name:
        faults.append(Fault(f"must name a video in the column {VIDEO}, got an empty cell", where))
    elif not (file.is_dir() or not (why := why_no_source(file, is_slow=is_slow))):
        faults.append(Fault(why, where))
    models = [each.strip() for each in cells.get(MODELS, "").split(SEPARATOR) if each.strip()]
    others = {
        column: cell for column, cell in cells.items() if column not in (VIDEO, MODELS, OUTPUT)
    }
    options = options_of_cells(others, base, where, faults)
    for model in models:
        if not located(model, path, maps).exists():
            what = f"must be a model that is there, got {model}"
            faults.append(Fault(f"{what}; {argument_path('models')} is for all videos", where))
    if len(faults) == before:
        yield Listed(
            path=file,
            where=where,
            models=tuple(located(model, path, maps) for model in models),
            output=_mapped(cells.get(OUTPUT, ""), maps),
            options=_with_paths(options, path, maps),
        )


def _mapped(output: str, maps: PathMaps) -> str:
    return str(maps.mapped(output) or output) if output else output


def _with_paths(options: dict[str, Any], listed_in: Path, maps: PathMaps) -> dict[str, Any]:
    """The project of ``merge`` as from here, or as from the folder of the list."""
    merge = options.get("merge")
    return {**options, "merge": located(str(merge), listed_in, maps)} if merge else options

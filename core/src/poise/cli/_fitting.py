"""Lines and tables that fit the width of a terminal.

Prose is wrapped, of tables whole columns are left out, and nothing is broken inside a word, so
that paths and URLs stay whole. Commands to copy stay whole, too: a shell would run the first
half of one that is cut in two.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TextIO

NARROWEST = 40
"""Columns that Poise expects of a terminal, at least."""

READABLE = 40
"""Characters of a column of prose, at least; a narrower one is left out."""

ROOM = 20
"""Characters beside a hanging indentation, at least; with fewer, it is given up."""

LABEL = 24
"""Characters of a label, at most."""

_COMMAND = re.compile(r"\s*(?:fix: |\$ |put the folder first on PATH: )?(?:cd|export|pip|poise) \S")


def width_of(stream: TextIO) -> int | None:
    """The columns of a terminal; ``None`` where a line may have any length.

    That is so in a pipe and in a file, which programs read line by line. The environment
    variable ``COLUMNS`` decides, if it is set, as it does for click and rich.
    """
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and int(said):
        return max(int(said), NARROWEST)
    try:
        columns = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):  # closed, or a stream without a descriptor
        return None
    return max(columns, NARROWEST) if columns else None


def wrapped(line: str, width: int | None, hanging: int | None = None) -> list[str]:
    """A line of prose as lines that fit.

    Args:
        line: the line, with its indentation.
        width: the columns; ``None`` for any length.
        hanging: the indentation of all lines but the first; by default four more than its own.
    """
    if width is None or len(line) <= width or _COMMAND.match(line):
        return [line]
    import textwrap

    own = len(line) - len(line.lstrip())
    further = own + 4 if hanging is None else hanging
    lines = textwrap.wrap(
        line.lstrip(),
        width,
        initial_indent=" " * own,
        subsequent_indent=" " * (further if width - further >= ROOM else own + 4),
        break_long_words=False,
        break_on_hyphens=False,
    )
    if len(lines) > 1 and len(lines[1]) > width and len(lines[0]) <= LABEL:
        # A path that fits nowhere stays beside the word that says what it is.
        lines[:2] = [line[: line.index(lines[1].strip())] + lines[1].strip()]
    return lines


def aligned(rows: Sequence[Sequence[str]], indent: str, width: int | None) -> list[str]:
    """Rows as lines with aligned columns, without trailing spaces; the last column is wrapped."""
    lines = []
    *widths, _ = _widths(rows)
    hanging = len(indent) + sum(size + 2 for size in widths)
    for row in rows:
        *cells, last = row
        start = "".join(f"{cell:{size}}  " for cell, size in zip(cells, widths, strict=True))
        lines += wrapped(f"{indent}{start}{last}".rstrip(), width, hanging)
    return lines


class Fitted:
    """A table that fits.

    Attributes:
        lines: the header and the rows.
        left_out: the names of the columns that are not in them.
    """

    def __init__(self, lines: list[str], left_out: list[str]) -> None:
        self.lines, self.left_out = lines, left_out


def fitted(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int | None,
    *,
    drop: Sequence[str] = (),
    prose: str = "",
) -> Fitted:
    """A table with as many columns as fit.

    Args:
        header: the names of the columns.
        rows: rows with a cell for each column.
        width: the columns of the terminal; ``None`` for any width.
        drop: names of columns that can be left out, the least important first.
        prose: the name of the column whose cells can be shortened.
    """
    names = _kept(header, rows, width, [name for name in drop if name in header], prose)
    left_out = [name for name in header if name not in names]
    cells = _columns(header, rows, names)
    if width is not None and prose in names:
        index, room = names.index(prose), width - _total(cells) + _widths(cells)[names.index(prose)]
        for row in cells:
            row[index] = _shortened(row[index], room)
    return Fitted(aligned(cells, "", width), left_out)


def _kept(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int | None,
    drop: Sequence[str],
    prose: str,
) -> list[str]:
    """The names of the columns that fit, the most important first to be kept."""
    names = [name for name in header if name not in drop]
    if width is None:
        return list(header)
    for name in reversed(drop):
        more = [each for each in header if each in names or each == name]
        if _needed(_columns(header, rows, more), more, prose) <= width:
            names = more
    return names


def _columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], names: Sequence[str]
) -> list[list[str]]:
    """The header and the rows, with the columns of some names alone."""
    indexes = [header.index(name) for name in names]
    return [[row[index] for index in indexes] for row in (header, *rows)]


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def _total(rows: Sequence[Sequence[str]]) -> int:
    sizes = _widths(rows)
    return sum(sizes) + 2 * (len(sizes) - 1)


def _needed(rows: Sequence[Sequence[str]], names: Sequence[str], prose: str) -> int:
    """The columns that a table takes, with its prose as short as it may be."""
    if prose not in names:
        return _total(rows)
    longest = _widths(rows)[names.index(prose)]
    return _total(rows) - longest + min(longest, READABLE)


def _shortened(text: str, room: int) -> str:
    """A text cut at a word."""
    if len(text) <= room:
        return text
    head = text[:room]  # one more than stays, so that a word may end there
    return f"{head[: head.rfind(' ')] if ' ' in head else head[:-1]}…"

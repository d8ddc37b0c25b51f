"""Output for people: prose, headings and tables that fit the terminal; data for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from poise.cli._fitting import aligned, fitted, width_of, wrapped
from poise.messages import printable


def verbose_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``-v``, which shows reports in full, to a command; it receives ``verbose``."""
    import click

    return click.option("-v", "--verbose", is_flag=True, help="Show every note of the report.")(
        command
    )


def counted_notes(count: int, verbose: bool) -> list[str]:
    """What to say of a report whose notes are shown only if asked; nothing of an empty one."""
    noun = "note" if count == 1 else "notes"
    them = "it" if count == 1 else "them"
    return [f"{count} {noun}" + ("" if verbose else f"; -v shows {them}")] if count else []


def on_terminal() -> bool:
    """Whether the output goes to a terminal."""
    return sys.stdout.isatty()


def width() -> int | None:
    """The columns of the terminal that standard output is; ``None`` if it is none."""
    return width_of(sys.stdout)


def say(text: str = "", *, whole: bool = False) -> None:
    """Write one or more lines; control characters are escaped.

    On a terminal, lines of prose are wrapped. Write data for programs with ``say_json``.

    Args:
        text: the lines.
        whole: whether to keep lines whole, for what is to be copied, such as code.
    """
    columns = None if whole else width()
    for line in printable(text, lines=True).split("\n"):
        _write("\n".join(wrapped(line, columns)))


def say_json(data: Any, indent: int | None = 2) -> None:
    """Write data as JSON, for programs.

    Args:
        data: what JSON can hold.
        indent: spaces a level; ``None`` for one line.
    """
    _write(json.dumps(data, indent=indent))


def say_marked(mark: str, text: str, color: str, indent: str = "") -> None:
    """Write a line that begins with a word in color.

    Args:
        mark: the word, padded to a length that all such lines have.
        text: the rest, which is wrapped.
        color: as click names it; only a terminal shows it.
        indent: prefix of the line.
    """
    start = f"{indent}{printable(mark)}"
    lines = wrapped(f"{start}  {printable(text)}", width(), len(start) + 2)
    if on_terminal():
        import click

        lines[0] = f"{indent}{click.style(printable(mark), fg=color)}{lines[0][len(start) :]}"
    _write("\n".join(lines))


def complain(text: str) -> None:
    """Write an error message to standard error."""
    sys.stdout.flush()
    columns = width_of(sys.stderr)
    for line in f"poise: {printable(text, lines=True)}".split("\n"):
        sys.stderr.write("\n".join(wrapped(line, columns)) + "\n")


def heading(text: str) -> None:
    """Write a heading."""
    _write_bold(wrapped(printable(text), width()))


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    indent: str = "",
    *,
    drop: Sequence[str] = (),
    prose: str = "",
    elsewhere: str = "",
) -> None:
    """Write a table whose cells are plain text.

    On a terminal that is too narrow, whole columns are left out, and a last line names them.

    Args:
        header: the names of the columns.
        rows: rows with a cell for each column.
        indent: prefix of each line.
        drop: the names of columns that can be left out, the least important first.
        prose: the name of the column whose cells can be shortened.
        elsewhere: what shows columns that are left out, as ``--json``.
    """
    columns = width()
    cells = [[printable(cell) for cell in row] for row in rows]
    inner = None if columns is None else columns - len(indent)
    result = fitted(header, cells, inner, drop=drop, prose=prose)
    first, *others = result.lines
    _write_bold([f"{indent}{first}"])
    if on_terminal():
        _write(f"{indent}{_rule() * max(map(len, result.lines))}")
    for line in others:
        _write(f"{indent}{line}".rstrip())
    if result.left_out:
        where = f"; {elsewhere}" if elsewhere else ""
        say(f"{indent}(too narrow for {', '.join(result.left_out)}{where})")


def rows(cells: Sequence[Sequence[str]], indent: str = "") -> None:
    """Write rows of aligned columns, the last of which holds prose.

    Args:
        cells: rows with as many cells each.
        indent: prefix of each line.
    """
    plain = [[printable(cell) for cell in row] for row in cells]
    for line in aligned(plain, indent, width()):
        _write(line)


def _rule() -> str:
    """The character of a line below a header."""
    encoding = sys.stdout.encoding or "ascii"
    return "─" if encoding.lower().replace("-", "") in ("utf8", "utf16", "cp65001") else "-"


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _write_bold(lines: Sequence[str]) -> None:
    if not on_terminal():
        for line in lines:
            _write(line)
        return
    from rich.console import Console
    from rich.text import Text

    for line in lines:
        Console().print(Text(line, style="bold"), soft_wrap=True)

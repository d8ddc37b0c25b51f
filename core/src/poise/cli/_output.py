"""Output for people: tables and headings on a terminal, aligned columns elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from poise.messages import printable


def on_terminal() -> bool:
    """Whether the output goes to a terminal."""
    return sys.stdout.isatty()


def say(text: str = "") -> None:
    """Write one or more lines; control characters are escaped."""
    sys.stdout.write(f"{printable(text, lines=True)}\n")


def complain(text: str) -> None:
    """Write an error message to standard error."""
    sys.stdout.flush()
    sys.stderr.write(f"poise: {printable(text, lines=True)}\n")


def heading(text: str) -> None:
    """Write a heading."""
    if on_terminal():
        from rich.console import Console
        from rich.text import Text

        Console().print(Text(printable(text), style="bold"))
    else:
        say(text)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], indent: str = "") -> None:
    """Write a table whose cells are plain text.

    Args:
        header: the names of the columns.
        rows: rows with a cell for each column.
        indent: prefix of each line if the output is not a terminal.
    """
    if on_terminal():
        _rich_table(header, rows)
    else:
        for line in columns([header, *rows]):
            say(f"{indent}{line}")


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns and no trailing spaces."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([cell.ljust(width) for cell, width in zip(row, widths, strict=True)]).rstrip()
        for row in rows
    ]


def _rich_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rich_table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(header):
        # In a narrow terminal, only the last column wraps: it holds prose.
        rich_table.add_column(Text(name), no_wrap=index < len(header) - 1, overflow="fold")
    for row in rows:
        rich_table.add_row(*(Text(printable(cell, lines=True)) for cell in row))
    Console().print(rich_table)

"""Help texts that fit the terminal, also the lines that click never wraps."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from poise.cli._fitting import wrapped

_KEPT = "\b\n"
"""Begins a paragraph whose lines click keeps as they are: examples, lists of variables."""

_BESIDE = re.compile(r"(\s*)(\S.*?) {2,}(\S.*)")
"""A command or a name, and beside it, in a column of its own, what it does."""


NAMES = 3
"""Part of the line, as its divisor, that names of options take at most."""


class Formatter(click.HelpFormatter):
    """A formatter that fits kept lines, too; commands stay whole, so that they can be copied."""

    def write_text(self, text: str) -> None:
        room = self.width - self.current_indent
        paragraphs = [
            _KEPT + fitting(paragraph.removeprefix(_KEPT), room)
            if paragraph.startswith(_KEPT)
            else paragraph
            for paragraph in re.split(r"\n[ ]*\n", text)
        ]
        super().write_text("\n\n".join(paragraphs))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        # What an option does has most of the line; long names stand above it.
        super().write_dl(list(rows), min(col_max, self.width // NAMES), col_spacing)


class HelpContext(click.Context):
    """A context whose help texts fit."""

    formatter_class = Formatter


def fit_help(command: click.Command) -> None:
    """Let the help of a command and of its subcommands fit, unless it has ways of its own."""
    if command.context_class is click.Context:
        command.context_class = HelpContext
    for inner in getattr(command, "commands", {}).values():
        fit_help(inner)


def fitting(paragraph: str, room: int) -> str:
    """Lines as they are if all fit; else with each explanation below what it explains."""
    lines = paragraph.splitlines()
    if max(map(len, lines)) <= room:
        return paragraph
    stands_below = any(len(line) > room and _BESIDE.fullmatch(line) for line in lines)
    result: list[str] = []
    for line in lines:
        match = _BESIDE.fullmatch(line) if stands_below else None
        if match is None:
            result += wrapped(line, room)
        else:
            indent, name, meaning = match.groups()
            result += [f"{indent}{name}", *wrapped(f"{indent}    {meaning}", room, len(indent) + 4)]
    return "\n".join(result)

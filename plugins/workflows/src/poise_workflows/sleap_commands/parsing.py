"""Command lines as SLEAP's parsers took them: abbreviated options, and options ignored."""

from __future__ import annotations

import argparse
import shlex
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

from poise.cli.commands import complain
from poise.messages import nearest

SHOWN = 14
"""Columns of the names of options in the help, before their meaning begins on its own line."""


WIDTH = 92
"""Columns of the help outside of a command."""


class SleapCommand(click.Command):
    """A command whose arguments a parser of :mod:`argparse` reads, as SLEAP's did.

    click has no abbreviated options, and refuses those that it does not know.

    Args:
        name: of the command.
        parser: makes the parser when it is needed.
        run: gets the arguments, and returns the exit status.
        help: what the command does.
    """

    def __init__(
        self,
        name: str,
        parser: Callable[[], argparse.ArgumentParser],
        run: Callable[[Sequence[str]], int],
        help: str,  # noqa: A002  # click's name
    ) -> None:
        super().__init__(name, help=help, add_help_option=False)
        self._parser, self._run = parser, run

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the arguments for the parser."""
        ctx.meta[__name__] = args
        return []

    def invoke(self, ctx: click.Context) -> int:
        """Run the command.

        Raises:
            click.exceptions.Exit: the parser ends it, for its help or a fault.
        """
        try:
            return self._run(ctx.meta[__name__])
        except SystemExit as end:
            raise click.exceptions.Exit(end.code if isinstance(end.code, int) else 2) from None

    def get_help(self, ctx: click.Context) -> str:
        """The parser's help."""
        with ctx.scope(cleanup=False):
            return self._parser().format_help()


class _Help(argparse.RawDescriptionHelpFormatter):
    """The help of every version of Python alike, in the width of Poise's other commands."""

    def __init__(self, prog: str) -> None:
        context = click.get_current_context(silent=True)
        width = context.make_formatter().width if context else WIDTH
        super().__init__(prog, max_help_position=SHOWN, width=width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        paragraphs = text.strip().split("\n\n")
        return "\n\n".join(textwrap.fill(" ".join(part.split()), width) for part in paragraphs)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        names = ", ".join(action.option_strings)
        if not names:
            return str(action.metavar or action.dest)
        value = str(action.metavar or action.dest.rpartition(".")[2].upper())
        return names if action.nargs == 0 else f"{names} {value}"


def parser_of(name: str, source: str, description: str) -> argparse.ArgumentParser:
    """A parser for a command of SLEAP.

    Args:
        name: of the command.
        source: what stands for its source in the usage.
        description: what it does.
    """
    return argparse.ArgumentParser(
        f"poise {name}",
        usage=f"poise {name} {source} [options]",
        description=description,
        formatter_class=_Help,
        allow_abbrev=True,
    )


def ignored_by(parser: argparse.ArgumentParser, unknown: Iterable[str]) -> list[str]:
    """What to say of the arguments that SLEAP ignored, a sentence each.

    Args:
        parser: the command's parser.
        unknown: what ``parse_known_args`` leaves over.
    """
    names = [
        name
        for action in parser._actions  # argparse lists them nowhere else
        if action.help != argparse.SUPPRESS
        for name in action.option_strings
        if name.startswith("--")
    ]
    has_source = any(not action.option_strings for action in parser._actions)
    extra = "there is one source" if has_source else "it belongs to no option"
    return [_ignored(group, names, extra) for group in _grouped(unknown)]


def _ignored(group: Sequence[str], names: Sequence[str], extra: str) -> str:
    if not group[0].startswith("-"):
        return f"{shlex.join(group)} is ignored, as in SLEAP: {extra}"
    option = group[0].partition("=")[0]
    close = nearest(option.replace("-", "_").lstrip("_"), _plain(names))
    near = _plain(names).get(close or "")
    hint = f"; the nearest option is {near}" if near else ""
    return f"{shlex.join(group)} is ignored, as in SLEAP, which has no such option{hint}"


def _plain(names: Iterable[str]) -> dict[str, str]:
    return {name.replace("-", "_").lstrip("_"): name for name in names}


def _grouped(unknown: Iterable[str]) -> list[list[str]]:
    """Options, each with the values after it."""
    groups: list[list[str]] = []
    for word in unknown:
        if word.startswith("-") or not groups:
            groups.append([word])
        else:
            groups[-1].append(word)
    return groups


def run_command(command: click.Command, words: Sequence[str], meta: Any = ()) -> int:
    """Say which command of Poise stands for SLEAP's, and run it as `poise` would.

    Args:
        command: of Poise.
        words: its name and arguments.
        meta: pairs that are left for it in ``Context.meta``.

    Returns:
        The exit status.
    """
    say_command(*words)
    running = click.get_current_context(silent=True)
    parent = running.parent if running else None  # `poise`, whose settings all commands have
    with command.make_context(words[0], list(words[1:]), parent=parent) as context:
        context.meta.update(meta)
        return int(command.invoke(context) or 0)


def say_command(*words: str) -> None:
    """Say on standard error which command of Poise stands for SLEAP's."""
    complain(f"runs {shlex.join(('poise', *words))}")

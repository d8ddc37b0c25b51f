"""``--track NAME`` and ``--tracking.OPTION VALUE`` on a command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from poise_workflows.tracking.texts import Texts

PREFIX = "--tracking."


class TrackingCommand(click.Command):
    """A command that takes the options of any tracker that is installed.

    Which they are is known when the tracker is looked up: the command gets all of them in its
    parameter ``tracking``, ``None`` if there are none.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the trackers' options out, then parse the rest."""
        rest, texts = taken(args, ctx)
        left = super().parse_args(ctx, rest)
        ctx.params["tracking"] = texts or None
        return left


def taken(words: Sequence[str], ctx: click.Context | None = None) -> tuple[list[str], Texts]:
    """A command line without the options of trackers, and these with their texts.

    Raises:
        click.UsageError: an option has no value, or is there twice.
    """
    rest: list[str] = []
    texts = Texts()
    left = iter(words)
    for word in left:
        if word == "--":
            rest += [word, *left]
        elif word.startswith(PREFIX):
            name, text = _option(word, left, ctx)
            if texts.setdefault(name, text) != text:
                raise click.UsageError(f"must be given once, got {PREFIX}{name} twice", ctx)
        else:
            rest.append(word)
    return rest, texts


def _option(word: str, left: Iterator[str], ctx: click.Context | None) -> tuple[str, str]:
    option, equals, text = word.partition("=")
    if not equals:
        text = next(left, "--")
        if text.startswith("--"):
            raise click.UsageError(f"Option {option!r} requires a value.", ctx)
    return option.removeprefix(PREFIX).replace("-", "_"), text


def track_option(**settings: Any) -> Callable[[Any], Any]:
    """``--track NAME``, and the entry of ``--tracking.OPTION`` in the help.

    Args:
        settings: what click is told of ``--track`` besides.
    """
    names = settings.pop("names", ("--track",))
    of_tracker = click.option(
        f"{PREFIX}OPTION",
        "tracking",
        metavar="VALUE",
        expose_value=False,  # the command takes them out before
        help="Of the tracker, by SLEAP's names: --tracking.similarity centroid.  "
        "--tracking.edition sleap-1.4 gives SLEAP's tracks.",
    )
    named = click.option(*names, "track", metavar="NAME", **settings)
    return lambda command: named(of_tracker(command))

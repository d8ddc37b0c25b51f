"""Options that name what a configuration leaves open: parts, edges and classes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from poise.messages import short_repr
from poise.skeleton import Skeleton


def names_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--skeleton``, ``--parts`` and ``--classes`` to a command that builds or resolves.

    Args:
        command: the function below ``click.command``. It receives ``skeleton``, a
            ``poise.Skeleton`` or ``None``, and ``classes``, a tuple of names or ``None``.
    """

    @click.option(
        "--skeleton",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Take parts and edges from this job file, label file or exported skeleton.",
    )
    @click.option(
        "--parts",
        metavar="A,B,...",
        callback=_names,
        help="Names of the parts, in order, instead of --skeleton.",
    )
    @click.option("--classes", metavar="A,B,...", callback=_names, help="Names of the classes.")
    @functools.wraps(command)
    def with_names(*arguments: Any, skeleton: Any, parts: Any, **options: Any) -> Any:
        return command(*arguments, skeleton=_skeleton(skeleton, parts), **options)

    return with_names


def _names(
    ctx: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, ...] | None:
    """Names between commas."""
    if value is None:
        return None
    names = tuple(name.strip() for name in value.split(","))
    if "" in names or len(set(names)) < len(names):
        what = f"must be different names between commas, as in head,tail, got {short_repr(value)}"
        raise click.BadParameter(what, ctx, parameter)
    return names


def _skeleton(file: Path | None, parts: tuple[str, ...] | None) -> Skeleton | None:
    if file is None:
        return Skeleton(parts) if parts else None
    if parts:
        raise click.UsageError("--parts must be left out beside --skeleton, which names them")
    from poise.reading.skeletons import skeleton_of

    return skeleton_of(file)

"""The option by which a command is told where the files of another machine are."""

from __future__ import annotations

from typing import Any

import click


def _as_given(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    return list(value) or None


map_option = click.option(
    "--map",
    multiple=True,
    metavar="THERE=HERE",
    callback=_as_given,
    help="Where files name a path that begins with THERE, open HERE: /mnt/a=/data/a.",
)
"""``--map``: what a command hands on to ``path_maps.path_maps``."""

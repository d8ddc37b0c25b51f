"""``poise list`` when click is needed: for help, and for unknown arguments."""

from __future__ import annotations

import click

from poise.cli import _completion, _listing
from poise.cli._listing import Options, show
from poise.messages import suggestion
from poise.settings import CACHE_DIR, DISABLE, PLUGINS, PREFER, STRICT, help_of

EPILOG = """\b
Examples:
  poise list
  poise list backbones -l
  poise list --json | jq -r '.[] | select(.state == "ok") | .key'
"""
EPILOG += "\n" + help_of(PLUGINS, DISABLE, PREFER, STRICT, CACHE_DIR)


def _kind(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    kinds = _listing.kind_arguments()
    if value is None or value in kinds:
        return value
    what = f"no kind {value!r}; {suggestion(value, kinds, noun='kinds')}"
    raise click.BadParameter(what, ctx, parameter)


@click.command("list", epilog=EPILOG)
@click.argument(
    "kind",
    required=False,
    metavar="[KIND]",
    callback=_kind,
    shell_complete=_completion.kinds_to_list,
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, for programs.")
@click.option(
    "-l", "--long", is_flag=True, help="Also show API, entry point, paper and distribution."
)
@click.option("--fresh", is_flag=True, help="Load every plugin again.")
def command(kind: str | None, as_json: bool, long: bool, fresh: bool) -> int:
    """List the installed plugins, or only those of a kind.

    KIND is backbones, heads, encoders, any other kind that an installed plugin opens, such as
    trackers, or kinds for what opens them.

    Broken plugins are listed with cause and fix; they do not affect the others. Poise loads
    plugins in another process and tries the functions that need no Keras, and does so again
    with a working one only after a change that may affect it.

    Exit status: 0 all that are listed work; 1 some do not.
    """
    return show(Options(kind or "", as_json, long, fresh))

"""``poise list``, where click is needed: help, and arguments that are not understood."""

from __future__ import annotations

import click

from poise.cli._listing import KINDS, Options, show
from poise.settings import CACHE_DIR, DISABLE, PLUGINS, PREFER, STRICT, help_of

EPILOG = """\b
Examples:
  poise list
  poise list backbones -l
  poise list --json | jq -r '.[] | select(.state == "ok") | .key'
"""
EPILOG += "\n" + help_of(PLUGINS, DISABLE, PREFER, STRICT, CACHE_DIR)


@click.command("list", epilog=EPILOG)
@click.argument("kind", required=False, type=click.Choice(list(KINDS)))
@click.option("--json", "as_json", is_flag=True, help="One JSON list, for programs.")
@click.option("-l", "--long", is_flag=True, help="Also API, entry point, paper, distribution.")
@click.option("--fresh", is_flag=True, help="Load every plugin anew.")
def command(kind: str | None, as_json: bool, long: bool, fresh: bool) -> int:
    """List the installed plugins, or only backbones, heads or encoders.

    Broken ones are shown with cause and fix, and keep none of the others from working. A
    plugin that worked is not loaded again until something changes that matters to it.
    """
    return show(Options(kind or "", as_json, long, fresh))

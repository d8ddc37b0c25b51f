"""``poise schema``: JSON Schema of configurations, for editors and other programs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from poise.cli import _completion, _output
from poise.json_schema.schema import schema

EPILOG = """\b
Examples:
  poise schema -o poise.schema.json     of a whole model, for an editor
  poise schema unet                     of a backbone's section alone
  poise schema head:unet                where a backbone and a head have one key
"""


@click.command("schema", epilog=EPILOG)
@click.argument("key", required=False, shell_complete=_completion.sections)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file, replacing it, instead of printing.",
)
def command(key: str | None, output: Path | None) -> int:
    """Print the JSON Schema (2020-12) of model configurations with all installed keys.

    With KEY, that of the section of one backbone or head. What JSON Schema cannot say is left to
    `poise check`, and named in the $comment of each class.
    """
    text = json.dumps(schema(key), indent=2)
    if output is None:
        _output.say(text)
    else:
        output.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return 0

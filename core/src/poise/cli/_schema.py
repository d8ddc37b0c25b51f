"""``poise schema``: JSON Schema of configurations, for editors and other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from poise.cli import _completion, _output
from poise.cli._apart import apart
from poise.json_schema.layout import text_of
from poise.json_schema.schema import schema_and_failures
from poise.processes.output import output_to_stderr
from poise.writing.whole_files import write_text

EPILOG = """\b
Examples:
  poise schema -o poise.schema.json     a whole model, for an editor
  poise schema --others '^lab_'         with keys of plugins that are not installed here
  poise schema unet                     only a backbone's section
  poise schema backbone:unet            if a backbone and a head have the same key
"""


@click.command("schema", epilog=EPILOG)
@click.argument("key", required=False, shell_complete=_completion.sections)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file, replacing it, instead of printing.",
)
@click.option(
    "--others",
    metavar="PATTERN",
    help="Also allow keys that this regular expression finds, of plugins that are not installed.",
)
def command(key: str | None, output: Path | None, others: str | None) -> int:
    """Print the JSON Schema (2020-12) of model configurations with all installed keys.

    With KEY, print only the schema of the section of one backbone or head. The $comment of each
    class names the rules that JSON Schema cannot express; `poise check` checks them.

    Exit status: 0 all fine; 1 a plugin failed, and the schema has all the others.
    """
    schema, failures = apart(lambda: _schema(key, others))
    text = text_of(schema)
    if output is None:
        _output.say(text, whole=True)
    else:
        write_text(output, f"{text}\n")
    for failure in failures:
        _output.complain(failure)
    return 1 if failures else 0


def _schema(key: str | None, others: str | None) -> tuple[dict[str, Any], list[str]]:
    with output_to_stderr():
        schema, failures = schema_and_failures(key, others=others)
    return schema, [*map(str, failures)]

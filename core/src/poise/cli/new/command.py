"""``poise new``: create a plugin as a distribution that passes its tests unchanged."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from poise.cli import _completion, _output

EPILOG = """\b
Examples:
  poise new backbone mynet                     ./poise-mynet, with the module poise_mynet
  poise new head my_dots --author "A. Person <a.person@example.org>"
  poise new encoder tinycoder --into ~/plugins
  poise new tracker mytracker                  with poise-workflows installed
"""


@click.command("new", epilog=EPILOG)
@click.argument("kind", metavar="KIND", shell_complete=_completion.kinds)
@click.argument("name", metavar="NAME")
@click.option(
    "--author", metavar="NAME", help="For license and metadata; with or without <address>."
)
@click.option(
    "--into",
    default=".",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Create the new folder in this folder; by default the current one.",
)
def command(kind: str, name: str, author: str | None, into: Path) -> int:
    """Create a new plugin: a distribution that can be installed and passes its tests.

    KIND is backbone, head, encoder, or another kind that an installed plugin opens, as tracker.
    NAME becomes the key in configurations; the distribution is poise-NAME, and its only module
    is poise_NAME. Existing files are never overwritten.

    Exit status: 0 created; 2 not created, with every reason.
    """
    from poise.cli.new.distribution import plan

    distribution = plan(kind, name, author=author, into=into)
    distribution.write()
    _output.heading(f"wrote {distribution.folder}, {len(distribution.files)} files")
    notes = {distribution.module: f"the {kind} itself: begin here"}
    _output.rows([[path, notes.get(path, "")] for path in distribution.files], "  ")
    _output.say()
    _output.heading("next")
    place = str(distribution.folder)
    # pip would look a bare name up on PyPI.
    place = (
        place
        if distribution.folder.is_absolute() or len(distribution.folder.parts) > 1
        else f"./{place}"
    )
    for line in (f"pip install {shlex.quote(place)}", f"poise show {name}", f"poise test {name}"):
        _output.say(f"  {line}")
    return 0

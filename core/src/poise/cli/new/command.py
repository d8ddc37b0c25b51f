"""``poise new``: a plugin of one's own, as a distribution that passes its tests as written."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from poise.cli import _output

EPILOG = """\b
Examples:
  poise new backbone mynet                     ./poise-mynet, with the module poise_mynet
  poise new head my_dots --author "A. Person <a.person@example.org>"
  poise new encoder tinycoder --into ~/plugins
"""


@click.command("new", epilog=EPILOG)
@click.argument("kind", metavar="backbone|head|encoder")
@click.argument("name", metavar="NAME")
@click.option("--author", metavar="NAME", help="For licence and metadata; with <address> or not.")
@click.option(
    "--into",
    default=".",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder in which the new one is made. By default here.",
)
def command(kind: str, name: str, author: str | None, into: Path) -> int:
    """Write a new plugin: a distribution that can be installed, and passes its own tests.

    NAME becomes the key in configurations; the distribution is called poise-NAME, its one
    module poise_NAME. What is there already is never overwritten.

    Exit status: 0 written; 2 it cannot be, with every reason.
    """
    from poise.cli.new.distribution import plan

    distribution = plan(kind, name, author=author, into=into)
    distribution.write()
    _output.heading(f"wrote {distribution.folder}, {len(distribution.files)} files")
    notes = {distribution.module: f"the {kind} itself: begin here"}
    for line in _output.columns([[path, notes.get(path, "")] for path in distribution.files]):
        _output.say(f"  {line}")
    _output.say()
    _output.heading("next")
    place = str(distribution.folder)
    # pip takes a bare name for that of a published distribution.
    place = (
        place
        if distribution.folder.is_absolute() or len(distribution.folder.parts) > 1
        else f"./{place}"
    )
    for line in (f"pip install {shlex.quote(place)}", f"poise show {name}", f"poise test {name}"):
        _output.say(f"  {line}")
    return 0

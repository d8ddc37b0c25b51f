"""``poise weights``: which published weights there are, where they lie, and to get them."""

from __future__ import annotations

import json

import attrs
import click

from poise.cli import _output
from poise.pretrained.catalogue import catalogue, published_as
from poise.pretrained.finding import find, on_this_machine
from poise.specs import PublishedWeights

EPILOG = """\b
Examples:
  poise weights list
  poise weights fetch resnet18
  poise weights where efficientnetb0

\b
Environment:
  POISE_WEIGHTS=dir     a folder with weights files, looked at first
  POISE_OFFLINE=1       fetch nothing
  POISE_CACHE_DIR=dir   where fetched files are kept
"""


@click.group("weights", epilog=EPILOG)
def command() -> None:
    """List published weights, fetch them, or say where they are.

    NAME is that of the weights, or of the encoder that they are for.
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON list, for programs.")
def list_(as_json: bool) -> int:
    """List the published weights that installed plugins know of, with their licences.

    "here" are those that need not be fetched. With --json also address and checksum.
    """
    every = catalogue()
    if as_json:
        _output.say(json.dumps([_data(one) for one in every.values()], indent=2))
    elif every:
        rows = [
            [name, "here" if on_this_machine(one) else "to fetch", one.licence]
            for name, one in every.items()
        ]
        _output.table(["NAME", "STATE", "LICENCE"], rows)
    else:
        _output.say("no installed plugin knows of published weights")
    return 0


@command.command()
@click.argument("name")
def fetch(name: str) -> int:
    """Get weights onto this machine, if they are not there, and say where they are."""
    _output.say(str(find(published_as(name))))
    return 0


@command.command()
@click.argument("name")
def where(name: str) -> int:
    """Say where weights are on this machine; exit status 1 if they are not."""
    published = published_as(name)
    file = on_this_machine(published)
    if file is None:
        _output.complain(
            f"{published.title}: not on this machine\n"
            f"  from: {published.url}\n"
            f"  fix: poise weights fetch {name}"
        )
        return 1
    _output.say(str(file))
    return 0


def _data(published: PublishedWeights) -> dict[str, str | None]:
    names = ("name", "title", "file", "url", "checksum", "licence")
    said = attrs.asdict(published, filter=lambda field, value: field.name in names)
    file = on_this_machine(published)
    return {**said, "path": None if file is None else str(file)}

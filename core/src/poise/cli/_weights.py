"""``poise weights``: list published weights, fetch them, or show where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import click

from poise.building.record import sha256_of
from poise.cli import _completion, _output
from poise.cli._apart import apart
from poise.errors import PoiseError
from poise.pretrained.catalog import catalog, published_as
from poise.pretrained.finding import find, offline_instructions, on_this_machine
from poise.processes.output import output_to_stderr
from poise.settings import CACHE_DIR, OFFLINE, WEIGHTS, help_of
from poise.specs import PublishedWeights

EPILOG = """\b
Examples:
  poise weights list
  poise weights fetch resnet18
  poise weights where efficientnetb0
  poise weights where resnet18 --json | jq -r '.path'
"""
EPILOG += "\n" + help_of(WEIGHTS, OFFLINE, CACHE_DIR)


FAULTY = "faulty"


@click.group("weights", epilog=EPILOG)
def command() -> None:
    """List published weights, fetch them, or show where they are.

    NAME is the name of the weights or of their encoder.
    """


@command.command("list", short_help="List the published weights, with licenses.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, for programs.")
def list_(as_json: bool) -> int:
    """List the published weights that installed plugins know, with their licenses.

    STATE is "here" if the file is on this machine, "to fetch" if Poise can fetch it, "elsewhere"
    if you must download it yourself, or "faulty" if the file in its place is another one. With
    --json, also print URL, checksum and path.
    """
    data, failures = apart(_list)
    if as_json:
        _output.say_json(data)
    elif data:
        rows = [[row["name"], _size(row["size"]), row["state"], row["license"]] for row in data]
        _output.table(
            ["NAME", "SIZE", "STATE", "LICENSE"],
            rows,
            drop=["SIZE", "LICENSE"],
            prose="LICENSE",
            elsewhere="--json has them",
        )
    else:
        _output.say("no installed plugin knows published weights")
    faults = [row["fault"] for row in data if row["state"] == FAULTY]
    faults += failures
    for fault in dict.fromkeys(faults):
        _output.complain(fault)
    return 1 if faults else 0


def _list() -> tuple[list[dict[str, Any]], list[str]]:
    """What is said of all weights, as plain data, and why plugins could not be asked."""
    with output_to_stderr():
        whole = catalog()
        data = [_data(weights, *_state(weights)) for weights in whole.entries.values()]
        return data, [*map(str, whole.failures)]


@command.command(short_help="Fetch weights, and print their path.")
@click.argument("name", shell_complete=_completion.weights)
def fetch(name: str) -> int:
    """Fetch weights, unless they are on this machine, and print their path.

    Warns if the weights cannot be verified because their publisher states no checksum.
    """
    published = _published(name)
    file = find(published)
    if not published.checksum:
        _output.complain(
            f"{published.title}: not verified: the publisher states no checksum; "
            f"sha256 is {sha256_of(file)}"
        )
    _output.say(str(file))
    return 0


@command.command(short_help="Print the path of weights on this machine.")
@click.argument("name", shell_complete=_completion.weights)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
def where(name: str, as_json: bool) -> int:
    """Print the path of weights on this machine; exit status 1 if they are missing."""
    published = _published(name)
    if as_json:
        data = _data(published, *_state(published))
        _output.say_json(data)
        return 0 if data["path"] else 1
    file = on_this_machine(published)
    if file is None:
        _output.complain(
            f"{published.title}: not on this machine\n"
            f"  from: {published.url}\n"
            f"  fix: poise weights fetch {name}"
            if published.fetched
            else offline_instructions(published)
        )
        return 1
    _output.say(str(file))
    return 0


def _published(name: str) -> PublishedWeights:
    """The weights of a name, once another process has called what this one is going to call."""
    apart(lambda: _look_up(name))
    return published_as(name)


def _look_up(name: str) -> None:
    published_as(name)


def _state(published: PublishedWeights) -> tuple[str, Path | None, str]:
    """The state in a word, the file, and what is wrong with it."""
    try:
        file = on_this_machine(published)
    except PoiseError as error:
        return FAULTY, None, str(error)
    missing = "to fetch" if published.fetched else "elsewhere"
    return (missing if file is None else "here"), file, ""


def _size(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size else ""


def _data(published: PublishedWeights, state: str, file: Path | None, fault: str) -> dict[str, Any]:
    names = ("name", "title", "file", "url", "checksum", "license", "size")
    facts = attrs.asdict(published, filter=lambda field, value: field.name in names)
    return {**facts, "state": state, "path": None if file is None else str(file), "fault": fault}

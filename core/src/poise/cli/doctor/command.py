"""``poise doctor``: what is installed, what is wrong with it, and what would mend it."""

from __future__ import annotations

import json
import os
from itertools import groupby
from typing import Any

import attrs
import click

from poise.cli import _output
from poise.cli._group import OWN
from poise.cli.doctor import Examination, Plugin, examine
from poise.cli.doctor.pasting import section
from poise.cli.doctor.plugins import TIMEOUT
from poise.messages import listed

EPILOG = """\b
Examples:
  poise doctor
  poise doctor --json | jq '.problems'
  POISE_DISABLE=poise-vit poise doctor      what would be without it
"""


@click.command("doctor", epilog=EPILOG)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.option(
    "--full",
    is_flag=True,
    help="Leave the home folder and the user's name in the section for an issue report.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=TIMEOUT,
    show_default=True,
    metavar="SECONDS",
    help="After how long loading a plugin counts as hanging.",
)
def command(as_json: bool, full: bool, timeout: float) -> int:
    """Examine plugins, backends, variables and caches; say what is broken and what mends it.

    Every plugin is loaded in an interpreter of its own. What is printed at the end is meant for
    an issue report.

    Exit status: 0 all is well; 1 something is broken.
    """
    found = examine(os.environ, timeout=timeout, own_commands=OWN)
    if as_json:
        _output.say(json.dumps(_data(found), indent=2))
    else:
        _print(found, full)
    return 1 if found.problems else 0


def _data(found: Examination) -> dict[str, Any]:
    plugins = [
        {
            **one.candidate._asdict(),
            **{
                field.name: getattr(one, field.name)
                for field in attrs.fields(Plugin)
                if field.name != "candidate"
            },
        }
        for one in found.plugins
    ]
    for plugin in plugins:
        plugin["entry_point"] = plugin.pop("value")
    return {
        "plugins": plugins,
        **attrs.asdict(found.installation),
        "problems": [problem._asdict() for problem in found.problems],
        "notes": list(found.notes),
    }


def _print(found: Examination, full: bool) -> None:
    system = found.installation
    _heading("Versions")
    _rows(
        [
            *([name, version or "not installed"] for name, version in system.versions.items()),
            ["system", system.system],
            ["interpreter", system.executable],
            ["Poise lies in", system.location],
        ]
    )
    _heading("Backends")
    _rows([[name, version] for name, version in system.backends.items()] or [["none", ""]])
    if system.backend:
        _output.say(f"  Keras takes {system.backend}: {system.chosen_by}")
    _heading("Plugins")
    _print_plugins(found)
    _heading("Variables")
    _rows(
        [
            [one.name, "not set" if one.value is None else repr(one.value), one.effect]
            for one in system.variables
        ]
    )
    _heading("Caches")
    _rows(
        [
            [
                one.what,
                one.folder or "no folder",
                f"{one.files} files, {one.size:,} bytes",
                "writable" if one.writable else "not writable",
            ]
            for one in system.caches
        ]
    )
    for note in found.notes:
        _output.say(f"  note: {note}")
    count = len(found.problems)
    _heading(f"{count or 'Nothing'} broken" if count != 1 else "1 broken")
    for problem in found.problems:
        _output.say(f"  {problem.cause}")
        _output.say(f"    fix: {problem.fix}")
    _heading("For an issue report")
    _output.say(section(found, full=full))


def _print_plugins(found: Examination) -> None:
    """A block for each module: what it takes, where it lies, and which keys it has."""
    if not found.plugins:
        _output.say("  none installed")

    def module(one: Plugin) -> tuple[str, str]:
        return str(one.candidate), one.candidate.value.partition(":")[0]

    for (name, value), group in groupby(sorted(found.plugins, key=module), key=module):
        plugins = list(group)
        times = [one.seconds for one in plugins if one.seconds is not None]
        took = f", loads in {times[0]:.3f} s" if times else ""
        _output.say(f"  {name}: {value or 'no module'}{took}")
        if plugins[0].location:
            _output.say(f"    {plugins[0].location}")
        alike: dict[tuple[str, str, str], list[Plugin]] = {}
        for one in plugins:
            alike.setdefault((one.state, one.candidate.kind, one.cause), []).append(one)
        for (state, kind, cause), ones in alike.items():
            keys = listed((one.candidate.key for one in ones), limit=len(ones))
            why = f" ({cause})" if state == "disabled" else ""
            _output.say(f"    {state:8}  {kind} {keys}{why}")


def _heading(text: str) -> None:
    _output.say()
    _output.heading(text)


def _rows(rows: list[list[str]]) -> None:
    for line in _output.columns(rows):
        _output.say(f"  {line}")

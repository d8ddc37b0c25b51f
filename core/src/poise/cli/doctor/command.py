"""``poise doctor``: check what is installed, and report each problem with its cause and fix."""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path
from typing import Any

import attrs
import click

from poise.cli import _output
from poise.cli._group import OWN
from poise.cli.doctor import Examination, Plugin, examine
from poise.cli.doctor.cleaning import clean
from poise.cli.doctor.installation import Cache, Variable
from poise.cli.doctor.pasting import section
from poise.cli.doctor.plugins import TIMEOUT
from poise.messages import join_names

EPILOG = """\b
Examples:
  poise doctor
  poise doctor --json | jq '.problems'
  POISE_DISABLE=poise-vit poise doctor      the same without a plugin
  poise doctor --clean runs                 remove what killed processes left in runs/
"""


@click.command("doctor", epilog=EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
@click.option(
    "--full",
    is_flag=True,
    help="Keep the home folder and the user's name in the section for an issue report.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=TIMEOUT,
    show_default=True,
    metavar="SECONDS",
    help="Time after which loading a plugin counts as hanging.",
)
@click.option(
    "--clean",
    "is_to_clean",
    is_flag=True,
    help="Instead of checking, remove the drafts of killed processes in each FOLDER, in the "
    "folders within, and in the cache; give a model whose replacement was interrupted its name "
    "back.",
)
@click.argument(
    "folders",
    metavar="[FOLDER]...",
    nargs=-1,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
def command(
    as_json: bool, full: bool, timeout: float, is_to_clean: bool, folders: tuple[Path, ...]
) -> int:
    """Check plugins, backends, environment variables and caches; report each problem with its fix.

    Poise loads every plugin in a separate process. The last section of the output is for an issue
    report. FOLDER is for --clean alone, and is the working folder unless you name another.

    Exit status: 0 no problems; 1 something is broken.
    """
    if is_to_clean:
        return _clean(folders or (Path(),), as_json)
    if folders:
        raise click.UsageError(f"FOLDER must come with --clean, got {folders[0]} without it")
    examination = examine(os.environ, timeout=timeout, own_commands=OWN)
    if as_json:
        _output.say_json(_data(examination))
    else:
        _print(examination, full)
    return 1 if examination.problems else 0


def _clean(folders: tuple[Path, ...], as_json: bool) -> int:
    cleaned = list(clean(folders))
    if as_json:
        rows = [{"path": str(item.path), "what": item.what} for item in cleaned]
        _output.say_json({"drafts": rows})
    else:
        for item in cleaned:
            _output.say(f"{item.path} {item.what}")
        if not cleaned:
            _output.say("no draft of a killed process")
    return 0 if all(item.is_done for item in cleaned) else 1


def _data(examination: Examination) -> dict[str, Any]:
    plugins = [
        {
            **plugin.candidate._asdict(),
            **{
                field.name: getattr(plugin, field.name)
                for field in attrs.fields(Plugin)
                if field.name != "candidate"
            },
        }
        for plugin in examination.plugins
    ]
    for plugin in plugins:
        plugin["entry_point"] = plugin.pop("value")
        del plugin["fault"]  # it is the cause
    return {
        "plugins": plugins,
        **attrs.asdict(examination.installation),
        "problems": [problem._asdict() for problem in examination.problems],
        "notes": list(examination.notes),
    }


def _print(examination: Examination, full: bool) -> None:
    system = examination.installation
    _heading("Versions")
    _rows(
        [
            *([name, version or "not installed"] for name, version in system.versions.items()),
            ["system", system.system],
            ["interpreter", system.executable],
            ["Poise is in", system.location],
        ]
    )
    _heading("Backends")
    _rows([[name, version] for name, version in system.backends.items()] or [["none", ""]])
    if system.backend:
        _output.say(f"  Keras uses {system.backend}: {system.chosen_by}")
    _heading("Plugins")
    _print_plugins(examination)
    _heading("Environment variables")
    _rows([[variable.name, _told(variable)] for variable in system.variables])
    _heading("Caches")
    _rows([row for cache in system.caches for row in _described(cache)])
    for note in examination.notes:
        _output.say(f"  note: {note}")
    count = len(examination.problems)
    _heading(f"{count or 'Nothing'} broken" if count != 1 else "1 broken")
    for problem in examination.problems:
        _output.say(f"  {problem.cause}")
        _output.say(f"    fix: {problem.fix}")
    _heading("For an issue report")
    _output.say(section(examination, full=full))


def _told(variable: Variable) -> str:
    value = "not set" if variable.value is None else repr(variable.value)
    return f"{value}: {variable.effect}" if variable.effect else value


def _described(cache: Cache) -> list[list[str]]:
    writable = "writable" if cache.writable else "not writable"
    counted = f"{cache.files} files, {cache.size:,} bytes, {writable}"
    return [[cache.what, counted], ["", cache.folder or "no folder"]]


def _print_plugins(examination: Examination) -> None:
    """A block for each module: its loading time, its location unless it is the last one's, keys."""
    if not examination.plugins:
        _output.say("  none installed")

    def module(plugin: Plugin) -> tuple[str, str]:
        return str(plugin.candidate), plugin.candidate.value.partition(":")[0]

    location = ""
    for (name, value), group in groupby(sorted(examination.plugins, key=module), key=module):
        plugins = list(group)
        times = [plugin.seconds for plugin in plugins if plugin.seconds is not None]
        took = f", loads in {times[0]:.3f} s" if times else ""
        _output.say(f"  {name}: {value or 'no module'}{took}")
        if plugins[0].location and plugins[0].location != location:
            location = plugins[0].location
            _output.say(f"    {location}")
        alike: dict[tuple[str, str, str], list[Plugin]] = {}
        for plugin in plugins:
            alike.setdefault((plugin.state, plugin.candidate.kind, plugin.cause), []).append(plugin)
        for (state, kind, cause), members in alike.items():
            keys = join_names((plugin.candidate.key for plugin in members), limit=len(members))
            why = f" ({cause})" if state == "disabled" else ""
            _output.rows([[f"{state:8}", f"{kind} {keys}{why}"]], "    ")


def _heading(text: str) -> None:
    _output.say()
    _output.heading(text)


def _rows(rows: list[list[str]]) -> None:
    _output.rows(rows, "  ")

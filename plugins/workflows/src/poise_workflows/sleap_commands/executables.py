"""``poise shims``: SLEAP's commands as executables, for scripts that call them."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from poise.cli.commands import complain, say
from poise.errors import ConfigError
from poise.files import read_text_of
from poise.registry.discovery import commands as installed_commands
from poise.writing.whole_files import whole_file

MARK = "Written by `poise shims`"
"""What tells a shim from a foreign file."""

NAMES = (
    *("sleap-track", "sleap-convert", "sleap-render", "sleap-inspect"),
    *("sleap-train", "sleap-export"),
)
"""SLEAP's commands. A shim is written for those that Poise has."""

# With -P, a file of the lab, such as click.py, does not hide a module of Poise.
CALL = "import sys; from poise.cli import main; sys.exit(main())"

ON_POSIX = """#!/bin/sh
# {mark}: this is Poise's {name}.
exec {python} -P -c {call} {name} "$@"
"""
ON_WINDOWS = """@echo off
rem {mark}: this is Poise's {name}.
"{python}" -P -c "{call}" {name} %*
exit /b %ERRORLEVEL%
"""

EPILOG = """\b
Examples:
  poise shims ~/bin/sleap-of-poise
  export PATH="$HOME/bin/sleap-of-poise:$PATH"
"""


@click.command("shims", epilog=EPILOG)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def command(folder: Path) -> int:
    """Write SLEAP's commands as executables into DIR.

    With DIR first on PATH, scripts that call sleap-train, sleap-track, sleap-convert, sleap-render
    or sleap-inspect get Poise, also where its environment is not activated. Poise makes the folder,
    replaces shims, and leaves other files alone.

    Exit status: 0 written; 1 a file that is no shim has one of the names, or a file cannot be
    written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    foreign = [path for path in map(Path, _paths(folder)) if path.exists() and not _is_shim(path)]
    for path in _written(folder, {path.name for path in foreign}):
        say(f"written  {path}")
    for path in foreign:
        complain(f"{path} is left as it is: Poise has not written it\n  fix: name another folder")
    say(f"put the folder first on PATH: {_first_on_path(folder.resolve())}")
    return int(bool(foreign))


def names() -> list[str]:
    """The commands of SLEAP that Poise has here."""
    return [name for name in NAMES if name in installed_commands()]


def text_of(name: str, *, is_windows: bool, python: str = sys.executable) -> str:
    """A shim.

    Args:
        name: of the command.
        is_windows: for which system; the others have a POSIX shell.
        python: the interpreter that it calls.
    """
    if is_windows:
        # A batch file expands `%`, so that a path with one must double it.
        python = python.replace("%", "%%")
        return ON_WINDOWS.format(mark=MARK, name=name, python=python, call=CALL)
    words = {"python": shlex.quote(python), "call": shlex.quote(CALL)}
    return ON_POSIX.format(mark=MARK, name=name, **words)


def _paths(folder: Path) -> Iterator[Path]:
    ending = ".cmd" if os.name == "nt" else ""
    return (folder / f"{name}{ending}" for name in names())


def _written(folder: Path, foreign: set[str]) -> Iterator[Path]:
    for path in _paths(folder):
        if path.name not in foreign:
            text = text_of(path.stem, is_windows=os.name == "nt")
            with whole_file(path) as stream:
                stream.write(text.encode())
            path.chmod(0o755)
            yield path


def _is_shim(path: Path) -> bool:
    try:
        return MARK in read_text_of(path).decode()
    except (OSError, ConfigError, UnicodeDecodeError):
        return False


def _first_on_path(folder: Path) -> str:
    if os.name == "nt":
        return f'set "PATH={folder};%PATH%"'
    return f'export PATH={shlex.quote(str(folder))}:"$PATH"'

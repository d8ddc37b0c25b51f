"""The section for an issue report: everything that helps, without names of people."""

from __future__ import annotations

import getpass
import re
from pathlib import Path
from typing import TYPE_CHECKING

from poise.registry.listing import OK

if TYPE_CHECKING:
    from poise.cli.doctor import Examination


def section(examination: Examination, *, full: bool = False) -> str:
    """Markdown for an issue report.

    Args:
        examination: the results.
        full: whether to keep the home folder and the user's name.
    """
    system = examination.installation
    versions = ", ".join(
        f"{name} {version or 'not installed'}" for name, version in system.versions.items()
    )
    backends = ", ".join(f"{name} {version}" for name, version in system.backends.items())
    chosen = f"{system.backend or 'none'} ({system.chosen_by})"
    set_variables = [
        f"{variable.name}={variable.value}"
        for variable in system.variables
        if variable.value is not None
    ]
    fetched = "offline" if system.offline else "weights may be fetched"
    lines = [
        "### Installation",
        "",
        f"- {versions}",
        f"- {system.system}",
        f"- backends: {backends or 'none'}; chosen: {chosen}",
        f"- plugins: {_plugins(examination) or 'none'}",
        f"- environment variables: {', '.join(set_variables) or 'none set'}",
        f"- caches: {', '.join(_caches(examination))}; {fetched}",
    ]
    if examination.problems:
        lines += ["", "### Broken", ""]
        for problem in examination.problems:
            lines += [f"- {problem.cause}", f"  - fix: {problem.fix}"]
    if examination.notes:
        lines += ["", "### Notes", "", *(f"- {note}" for note in examination.notes)]
    text = "\n".join(lines)
    return text if full else without_names(text)


def without_names(text: str, home: str | None = None, user: str | None = None) -> str:
    """A text without the home folder, and without the user's name in other paths.

    Args:
        text: the text to show to others.
        home: the home folder; by default the system's answer.
        user: the user's name; likewise.
    """
    home = _home() if home is None else home
    user = _user() if user is None else user
    if len(home) > 1:
        text = re.sub(rf"{re.escape(home)}(?=[/\\]|\b|$)", "~", text)
    if user:
        text = re.sub(rf"(?<=[/\\]){re.escape(user)}(?=[/\\\s,;)]|$)", "<user>", text)
    return text


def _plugins(examination: Examination) -> str:
    """Distributions, with the number of their keys in each state."""
    states: dict[str, list[str]] = {}
    for plugin in examination.plugins:
        states.setdefault(str(plugin.candidate), []).append(plugin.state)
    rows = []
    for name, own in states.items():
        counted = [f"{own.count(state)} {state}" for state in dict.fromkeys(own)]
        rows.append(name if set(own) == {OK} else f"{name} ({', '.join(counted)})")
    return ", ".join(rows)


def _caches(examination: Examination) -> list[str]:
    return [
        f"{cache.what} {cache.files} files, {cache.size:,} bytes"
        + ("" if cache.writable else ", not writable")
        for cache in examination.installation.caches
    ]


def _home() -> str:
    try:
        return str(Path.home())
    except RuntimeError:
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""

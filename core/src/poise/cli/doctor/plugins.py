"""Every installed plugin, loaded in a fresh interpreter."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs

from poise.cli.doctor.problems import Problem
from poise.messages import join_names
from poise.registry import trail
from poise.registry.discovery import (
    COMMANDS,
    Candidate,
    Policy,
    package_of,
    scan,
)
from poise.registry.interpreter import how_it_ended
from poise.registry.kinds import Kinds
from poise.registry.listing import BROKEN, CLASH, DISABLED, OK, Row, by_metadata
from poise.registry.metadata import canonical
from poise.settings import DISABLE, PLUGINS, PREFER

TIMEOUT = 120.0
"""Seconds after which loading a module counts as hanging."""

HEAVY = "heavy"
"""State of a plugin that works, but whose module imports Keras or a backend."""

_START = """
import json, sys
path = json.loads({path!r})
sys.path[:] = path
from poise.cli.doctor.probe import run
run()
"""


@attrs.frozen(kw_only=True)
class Plugin:
    """An installed plugin, by one of its entry points.

    Attributes:
        candidate: the entry point.
        location: file or folder of its package; empty if there is none.
        seconds: time of importing its module in a fresh interpreter; ``None`` if it was not
            loaded, or was loaded for another key of the same module.
        state: ``ok``, ``broken``, ``clash`` (several distributions claim the key),
            ``disabled`` (by an environment variable), or ``heavy``: its module imports Keras
            or a backend.
        cause: what is wrong, in one line.
        fix: how to fix it, in one line.
    """

    candidate: Candidate
    location: str = ""
    seconds: float | None = None
    state: str = OK
    cause: str = ""
    fix: str = ""

    def problem(self) -> Problem | None:
        """The problem, if the plugin has one."""
        if self.state in (OK, DISABLED):
            return None
        candidate = self.candidate
        if self.state == HEAVY:  # a problem of the module, not of a key
            return Problem(f"{HEAVY}: {candidate}: {self.cause}", self.fix)
        if self.state == CLASH:  # the cause names all claimants
            return Problem(f"{CLASH}: {candidate.kind} {candidate.key}: {self.cause}", self.fix)
        return Problem(
            f"{self.state}: {candidate.kind} {candidate.key} ({candidate}): {self.cause}", self.fix
        )


def examine_plugins(
    policy: Policy, timeout: float = TIMEOUT, own_commands: Collection[str] = ()
) -> tuple[list[Plugin], list[str]]:
    """Every installed plugin and command, by kind and key; and notes on environment variables.

    Args:
        policy: which plugins may be used.
        timeout: seconds that loading one module may take.
        own_commands: names of Poise's commands, which hide plugins' commands.
    """
    installed = scan(with_commands=True)
    judged, to_load = by_metadata(installed, (), policy, Kinds(installed, policy))
    judged, to_load = _commands(judged, to_load, own_commands)
    modules: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in to_load:
        modules.setdefault(
            (candidate.distribution, candidate.value.partition(":")[0].strip()), []
        ).append(candidate)
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        answers = pool.map(lambda group: _probed(group, timeout), modules.values())
        plugins = {plugin.candidate: plugin for group in answers for plugin in group}
    for candidate, row in judged.items():
        plugins[candidate] = Plugin(
            candidate=candidate,
            location=_location(candidate),
            state=row.state,
            cause=row.cause,
            fix=row.fix,
        )
    return [plugins[candidate] for candidate in sorted(plugins)], _notes(policy, installed)


def _commands(
    judged: dict[Candidate, Row], to_load: list[Candidate], own: Collection[str]
) -> tuple[dict[Candidate, Row], list[Candidate]]:
    """The same, with commands whose name a command of Poise has."""
    hidden = [
        candidate
        for candidate in to_load
        if candidate.kind == COMMANDS.name and candidate.key in own
    ]
    rows = {
        candidate: Row(
            *candidate[:2],
            candidate.distribution,
            candidate.version,
            candidate.value,
            state=CLASH,
            cause=f"{candidate} has a command with the name of one of Poise's commands",
            fix=f"ask the authors of {candidate.distribution} to rename it",
        )
        for candidate in hidden
    }
    return {**judged, **rows}, [candidate for candidate in to_load if candidate not in rows]


def _probed(group: list[Candidate], timeout: float) -> list[Plugin]:
    """The plugins of one module, as a fresh interpreter loads them."""
    answer = _answered(group, timeout)
    heavy = "" if group[0].kind == COMMANDS.name else _heavy(answer["heavy"])
    plugins = []
    for index, (candidate, (cause, fix)) in enumerate(zip(group, answer["findings"], strict=True)):
        state = BROKEN if cause else OK
        if heavy and cause:
            cause = f"{cause}; besides, {heavy}"
        elif heavy:
            state, cause = HEAVY, heavy
            fix = "import it inside the functions that build, not at the top of a module"
        plugins.append(
            Plugin(
                candidate=candidate,
                location=_location(candidate),
                seconds=None if index else answer["seconds"],
                state=state,
                cause=cause,
                fix=fix,
            )
        )
    return plugins


def _heavy(imports: dict[str, str]) -> str:
    """What is wrong with a module that imports heavy ones."""
    if not imports:
        return ""
    # The first import of a heavy module brought the others.
    name, place = next(((name, place) for name, place in imports.items() if place), ("", ""))
    where = f" ({name} in {place})" if place else ""
    return f"importing it loads {' and '.join(imports)}{where}, which slows down every listing"


def _answered(group: list[Candidate], timeout: float) -> dict[str, Any]:
    """What a fresh interpreter says of a module, without the keys that end or block it in use."""
    blamed: dict[Candidate, list[str]] = {}
    answer: dict[str, Any] = {"seconds": None, "findings": [], "heavy": {}}
    while left := [candidate for candidate in group if candidate not in blamed]:
        path = trail.new_file()
        try:
            said, entered = _ask(left, timeout, path), trail.steps(path)
        finally:
            trail.remove_file(path)
        if isinstance(said, dict):
            answer = said
            blamed |= dict(zip(left, said["findings"], strict=True))
            break
        culprit, doing, _ = entered[-1] if entered else (left[0], "loading it", 0.0)
        name = culprit.distribution
        fix = f"upgrade {name}, or report it to the authors of {name}"
        are_blamed = [culprit] if entered and culprit in left else left
        blamed |= {each: [f"{doing} {said}", fix] for each in are_blamed}
    return {**answer, "findings": [blamed[candidate] for candidate in group]}


def _ask(group: list[Candidate], timeout: float, path: str) -> dict[str, Any] | str:
    """The answer of a fresh interpreter, or what it did instead.

    Args:
        group: entry points of one module.
        timeout: seconds that it may take.
        path: the file into which it writes its steps.
    """
    # The plugin may hang, exit or crash, so it gets a separate process (D4).
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, and code from this file
            [sys.executable, "-c", _START.format(path=json.dumps(sys.path))],
            input=json.dumps({"candidates": group, "trail": path}),
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        return f"did not finish within {timeout:g} seconds"
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return f"ended the interpreter ({_ended(done)})"
    return answer


def _ended(done: subprocess.CompletedProcess[str]) -> str:
    last = (done.stderr.strip().splitlines() or [""])[-1][:200]
    how = how_it_ended(done.returncode)
    return f"{how}: {last}" if last else how


def _location(candidate: Candidate) -> str:
    """The location of an entry point's package; nothing is imported."""
    try:
        spec = importlib.util.find_spec(package_of(candidate))
    except (ImportError, ValueError, AttributeError):
        return ""
    if spec is None:
        return ""
    folders = list(spec.submodule_search_locations or ())
    return folders[0] if folders else spec.origin or ""


def _notes(policy: Policy, installed: Iterable[Candidate]) -> list[str]:
    """Notes on names in environment variables that nothing installed has."""
    installed_names = {
        canonical(name)
        for candidate in installed
        for name in (candidate.key, candidate.distribution)
    }
    named = {
        PLUGINS: policy.allowed,
        DISABLE: policy.disabled,
        PREFER: {*policy.preferred, *policy.preferred.values()},
    }
    return [
        f"{variable} names {join_names(sorted(unknown))}, but no such plugin is installed"
        for variable, names in named.items()
        if (unknown := names - installed_names)
    ]

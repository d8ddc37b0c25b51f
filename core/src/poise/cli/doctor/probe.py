"""Runs in a fresh interpreter: load what the entry points of one module name.

It reads the entry points from standard input and answers on standard output, both as JSON.
Plugins' output goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import Any

# Imported before the clock starts, because all plugins share these imports.
from poise import config  # noqa: F401
from poise.errors import ConfigError, PluginError
from poise.registry import (
    lookup,  # noqa: F401
    trail,
)
from poise.registry.discovery import COMMANDS, Candidate, Policy, scan
from poise.registry.failures import Failure, failure_of
from poise.registry.guarding import Owner
from poise.registry.importing import HEAVY_MODULES, load_specs
from poise.registry.kinds import Kinds
from poise.registry.opening import Opened
from poise.settings import PREFER
from poise.specs import BackboneSpec, HeadSpec


class Watch:
    """A finder that finds nothing, and records which code imports a heavy module.

    Attributes:
        asked: module → file and line of its first import.
    """

    def __init__(self) -> None:
        self.asked: dict[str, str] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Record the importing line. See ``importlib.abc.MetaPathFinder``."""
        if name in HEAVY_MODULES and name not in self.asked:
            frame: FrameType | None = sys._getframe(1)
            while frame is not None and frame.f_code.co_filename.startswith("<frozen"):
                frame = frame.f_back
            if frame is not None:
                self.asked[name] = f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        return None


def main(candidates: Sequence[Candidate], answer: Any) -> None:
    """Load the candidates in their order, write the findings, and end the interpreter."""
    watch, before = Watch(), set(sys.modules)
    sys.meta_path.insert(0, watch)
    opened = Opened(Kinds(scan(), _policy()), threading.RLock())
    began = time.perf_counter()
    findings: list[list[str]] = []
    seconds = None
    for candidate in candidates:
        findings.append(_load(candidate, opened))
        # The first one imports the module for all of them.
        seconds = time.perf_counter() - began if seconds is None else seconds
    came = [name for name in HEAVY_MODULES if name in sys.modules and name not in before]
    heavy = {name: watch.asked.get(name, "") for name in came}
    # Only now: functions may import what modules must not.
    findings = [
        finding if any(finding) else _tried(candidate, opened)
        for candidate, finding in zip(candidates, findings, strict=True)
    ]
    data = {"seconds": seconds, "findings": findings, "heavy": heavy}
    answer.write(json.dumps(data))
    answer.flush()
    sys.stderr.flush()
    os._exit(0)  # threads that a plugin left running would keep it alive


def _policy() -> Policy:
    try:
        return Policy.from_environment()
    except ConfigError:  # the doctor reports it, and goes on without it
        return Policy.from_environment({**os.environ, PREFER.name: ""})


def _load(candidate: Candidate, opened: Opened) -> list[str]:
    """Cause and fix of a failure; empty if there is none."""
    if candidate.kind == COMMANDS.name:
        return _load_command(candidate)
    result = load_specs(candidate, opened).result
    return [result.cause, result.fix] if isinstance(result, Failure) else ["", ""]


def _tried(candidate: Candidate, opened: Opened) -> list[str]:
    """Cause and fix of a failure in use; empty if there is none."""
    if candidate.kind == COMMANDS.name:
        return ["", ""]
    from poise.registry.trying import failure_in_use

    spec = load_specs(candidate, opened).result
    cause = failure_in_use(candidate, spec, with_keras=True) or _without_schema(candidate, spec)
    authors = f"report it to the authors of {candidate.distribution}"
    return [cause, f"upgrade {candidate.distribution}, or {authors}" if cause else ""]


def _without_schema(candidate: Candidate, spec: Any) -> str:
    """Why there is no JSON Schema of a plugin's configuration; empty if there is one."""
    from poise.json_schema.classes import Classes

    if not isinstance(spec, BackboneSpec | HeadSpec):
        return ""
    try:
        with Owner.of_key(candidate).named("the configuration class"):
            classes = Classes()
            json.dumps([classes.of(spec.config, ""), classes.definitions])
    except PluginError as error:
        return str(error).partition("\n")[0]
    return ""


def _load_command(candidate: Candidate) -> list[str]:
    from poise.registry.plugin_commands import load_command

    try:
        load_command(candidate)
    except BaseException as error:  # noqa: BLE001 - a plugin may raise anything
        return [*failure_of(error, candidate)[1:]]
    return ["", ""]


def run() -> None:
    """Read the request, and answer."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asked = json.load(sys.stdin)
    trail.follow(asked["trail"])
    main([Candidate(*fields) for fields in asked["candidates"]], answer)

"""What runs in an interpreter of its own: loads what entry points of one module name.

It is told what on standard input and answers on standard output, both in JSON. What a plugin
prints meanwhile goes to standard error.
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

# Imported before the clock starts: what every plugin has in common is not its own.
from poise import config  # noqa: F401
from poise.messages import described
from poise.registry import lookup  # noqa: F401
from poise.registry.discovery import COMMANDS, Candidate
from poise.registry.importing import HEAVY_MODULES, Failure, load_specs, open_manager


class Watch:
    """A finder that finds nothing, and remembers who asked for a heavy module.

    Attributes:
        asked: module → file and line of the import that asked for it first.
    """

    def __init__(self) -> None:
        self.asked: dict[str, str] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Remember who asks. See ``importlib.abc.MetaPathFinder``."""
        if name in HEAVY_MODULES and name not in self.asked:
            frame: FrameType | None = sys._getframe(1)
            while frame is not None and frame.f_code.co_filename.startswith("<frozen"):
                frame = frame.f_back
            if frame is not None:
                self.asked[name] = f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        return None


def main(candidates: Sequence[Candidate], answer: Any) -> None:
    """Load the candidates in their order, write what was found, and end the interpreter."""
    watch, before = Watch(), set(sys.modules)
    sys.meta_path.insert(0, watch)
    manager, lock = open_manager(), threading.RLock()
    began = time.perf_counter()
    findings: list[list[str]] = []
    seconds = None
    for one in candidates:
        findings.append(_load(one, manager, lock))
        # The first one imports the module; the others find it there.
        seconds = time.perf_counter() - began if seconds is None else seconds
    came = [name for name in HEAVY_MODULES if name in sys.modules and name not in before]
    heavy = {name: watch.asked.get(name, "") for name in came}
    data = {"seconds": seconds, "findings": findings, "heavy": heavy}
    answer.write(json.dumps(data))
    answer.flush()
    sys.stderr.flush()
    os._exit(0)  # threads that a plugin left running would keep it alive


def _load(one: Candidate, manager: Any, lock: Any) -> list[str]:
    """Cause and fix of what is wrong, empty if nothing is."""
    if one.kind == COMMANDS.name:
        return _load_command(one)
    result = load_specs(one, manager, lock).result
    return [result.cause, result.fix] if isinstance(result, Failure) else ["", ""]


def _load_command(one: Candidate) -> list[str]:
    import click

    try:
        found = one.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
        return [described(error), f"upgrade {one.distribution}"]
    if isinstance(found, click.Command):
        return ["", ""]
    return [
        f"{one.value} must be a click command, got {type(found).__name__}",
        "let its entry point name a function that @click.command decorates",
    ]


def run() -> None:
    """Read what is asked, and answer."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asked = json.load(sys.stdin)
    main([Candidate(*fields) for fields in asked["candidates"]], answer)

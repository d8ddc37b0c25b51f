"""Processes that write files and folders, and are killed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import FrameType
from typing import Any

WAIT = "print('writing', flush=True); import time; time.sleep(60)"
"""A line at which ``killed_while_writing`` kills a program."""


def killed_while_writing(program: str) -> None:
    """Run a program until it says that it is writing, and kill it there."""
    running = subprocess.Popen(
        [sys.executable, "-c", dedent(program)], stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "writing\n"
    running.kill()
    running.communicate()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def started(action: Callable[[], object]) -> int:
    """Start a copy of this process that only does something: status 0, or 3 if it fails.

    Returns:
        Its number.
    """
    process = os.fork()
    if not process:
        status = 3
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    return process


def ended(process: int) -> int:
    """Wait until a copy of this process ends, and return its status; -9 if it was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def killed_at(step: int, action: Callable[[], object], *modules: str) -> bool:
    """Do something in a copy of this process, and kill that before the step.

    Args:
        step: counts from 1 the lines of the modules that are executed.
        action: what to do.
        modules: parts of the paths of the modules.

    Returns:
        Whether it was killed; else it has fewer steps.
    """
    steps = iter(range(1, step))

    def count(frame: FrameType, event: str, _: Any) -> Any:
        if not any(name in frame.f_code.co_filename for name in modules):
            return None
        if event == "line" and next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return count

    def trace() -> None:
        sys.settrace(count)
        action()

    status = ended(started(trace))
    assert status in (0, -signal.SIGKILL), status
    return status != 0

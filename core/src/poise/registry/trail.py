"""Where in the code of plugins a process is, for another process to read even after it died.

A function of a plugin may end its process or never return. Who waits for the process then has to
know whose function it was. So the process writes into a small file which functions it has
entered, the outermost first.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from poise.registry.discovery import Candidate

_LARGEST = 1 << 16
"""Bytes of the file that are read."""


class Step(NamedTuple):
    """Code of a plugin that a process has entered, and not left.

    Attributes:
        candidate: the entry point of the plugin.
        what: the code, as ``max_stride of backbone 'unet'``.
        since: when it was entered, by ``time.monotonic``.
    """

    candidate: Candidate
    what: str
    since: float


class Trail:
    """The steps of this process, in a file.

    Args:
        path: the file, of which another process reads ``steps``.
    """

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        self._own = os.getpid()
        self._steps: list[tuple[Step, bytes]] = []

    def enter(self, candidate: Candidate, what: str) -> Step:
        """Note that code of a plugin is entered; the result is for ``leave``."""
        step = Step(candidate, what[:200], time.monotonic())
        self._steps.append((step, _line(*step)))
        self._write()
        return step

    def leave(self, step: Step) -> None:
        """Note that it is left."""
        self._steps = [each for each in self._steps if each[0] is not step]
        self._write()

    def _write(self) -> None:
        if os.getpid() != self._own:  # a plugin forked
            return
        text = b"".join([line for _, line in self._steps])[: _LARGEST - 1] + b"\0"
        with suppress(OSError):
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, text)


def _line(candidate: Candidate, what: str, since: float) -> bytes:
    return f"{since!r} {_named(candidate, what)}\n".encode()


@lru_cache(maxsize=64)
def _named(candidate: Candidate, what: str) -> str:
    # JSON has no line ends; those in texts are escaped.
    return json.dumps([candidate, what])


def _step(line: bytes) -> Step:
    since, _, named = line.partition(b" ")
    candidate, what = json.loads(named)
    return Step(Candidate(*candidate), what, float(since))


current: Trail | None = None
"""The trail of this process, if another one reads it."""


def follow(path: str) -> None:
    """Write where this process is into a file, from now on; an empty path is none."""
    global current
    with suppress(OSError):
        current = Trail(path) if path else None


@contextmanager
def stepping(candidate: Candidate, what: str) -> Iterator[None]:
    """Note that code of a plugin runs inside the ``with`` block."""
    trail = current
    step = None if trail is None else trail.enter(candidate, what)
    try:
        yield
    finally:
        if trail is not None and step is not None:
            trail.leave(step)


def new_file() -> str:
    """A new file for the steps of another process; empty if there is no place for one."""
    from tempfile import mkstemp  # whoever writes the steps does not need it

    with suppress(OSError):
        number, path = mkstemp(prefix="poise-", suffix=".trail")
        os.close(number)
        return path
    return ""


def remove_file(path: str) -> None:
    """Remove such a file, if there is one."""
    if path:
        with suppress(OSError):
            Path(path).unlink()


def steps(path: str) -> list[Step]:
    """The steps of a process, the innermost last. It may be running, or dead."""
    for _ in range(3):  # it may be writing
        with suppress(OSError, ValueError, TypeError), Path(path).open("rb") as stream:
            return [*map(_step, stream.read(_LARGEST).partition(b"\0")[0].splitlines())]
    return []


def overdue(path: str, limit: float) -> Step | None:
    """The step that takes longer than a limit in seconds; ``None`` if none does.

    Of several, one of which called the next, it is the innermost that took most of the time.
    """
    now, entered = time.monotonic(), steps(path)
    if not any(now - step.since > limit for step in entered):
        return None
    return [step for step in entered if now - step.since > limit / 2][-1]

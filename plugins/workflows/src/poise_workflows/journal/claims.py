"""Which process writes a journal, without locks.

A file system without locks cannot keep a second writer out, so each writer leaves its name.
Poise can tell whether a process on the same machine still runs. Of another machine's, Poise sees
only that the journal grows while it waits.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import psutil

_TOLERANCE = 2.0
"""Seconds by which two readings of the time at which a process started may differ."""


@attrs.frozen
class Claim:
    """A process that writes, or wrote, a journal.

    Attributes:
        host: the name of its machine.
        boot: what tells one start of that machine from another; empty where nothing does.
        space: the namespace of its process numbers, as containers have them; empty without.
        pid: its number.
        started: when it started, in seconds since 1970. Numbers are used again.
    """

    host: str
    boot: str
    space: str
    pid: int
    started: float

    def to_json(self) -> dict[str, Any]:
        """The claim as JSON; ``from_json`` is the inverse."""
        return attrs.asdict(self)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def from_json(facts: Mapping[str, Any]) -> Claim:
    """The claim that ``Claim.to_json`` returned.

    Raises:
        TypeError: a fact is missing.
    """
    return Claim(**facts)


def own() -> Claim:
    """The claim of this process."""
    return Claim(
        host=platform.node(),
        boot=_text_of(Path("/proc/sys/kernel/random/boot_id")),
        space=_link_of(Path("/proc/self/ns/pid")),
        pid=os.getpid(),
        started=psutil.Process().create_time(),
    )


def is_own(claim: Claim) -> bool:
    """Whether this very process made the claim."""
    return _is_of_this_system(claim) and claim.pid == os.getpid() and bool(is_alive(claim))


def is_alive(claim: Claim) -> bool | None:
    """Whether the process still runs; ``None`` if it cannot be seen from here."""
    if not _is_of_this_system(claim):
        return None
    try:
        process = psutil.Process(claim.pid)
        is_same = abs(process.create_time() - claim.started) < _TOLERANCE
        return bool(is_same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # another user's, so it exists
        return True


def _is_of_this_system(claim: Claim) -> bool:
    here = own()
    return (claim.host, claim.boot, claim.space) == (here.host, here.boot, here.space)


def _text_of(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except OSError:  # a system without it
        return ""


def _link_of(path: Path) -> str:
    try:
        return os.fspath(path.readlink())
    except OSError:
        return ""

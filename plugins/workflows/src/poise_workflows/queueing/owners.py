"""Who works: a process, with a name that no other has, even one of the same number later."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping
from typing import Any

import attrs

from poise_workflows.journal import claims


@attrs.frozen
class Owner:
    """A worker.

    Attributes:
        name: letters, digits, ``_`` and ``-``; no other worker ever has it.
        process: its process, by which others on the same machine know at once that it ended.
        device: what it computes on, for people.
    """

    name: str
    process: claims.Claim
    device: str = ""

    def to_json(self) -> dict[str, Any]:
        """What its file says of it."""
        return {"worker": self.name, "process": self.process.to_json(), "device": self.device}


def this_owner(device: str = "") -> Owner:
    """This process as a worker; each call gives a new name.

    Args:
        device: what it computes on, for people.
    """
    host = re.sub(r"[^A-Za-z0-9]+", "-", platform.node().partition(".")[0]).strip("-")[:40]
    name = f"{host or 'host'}-{os.getpid()}-{os.urandom(3).hex()}"
    return Owner(name, claims.own(), device)


def is_alive(facts: Mapping[str, Any]) -> bool | None:
    """Whether a worker's process still runs; ``None`` if it cannot be seen from here.

    Args:
        facts: what the worker's file says.
    """
    try:
        return claims.is_alive(claims.from_json(facts["process"]))
    except (KeyError, TypeError, ValueError):
        return None


def to_content(facts: Mapping[str, Any]) -> bytes:
    """The content of a worker's file, a line for each fact; ``facts_in`` is the inverse.

    Args:
        facts: what it says, as JSON.
    """
    lines = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in facts.items())
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def facts_in(content: bytes) -> dict[str, Any]:
    """What a worker's file says; empty if it is not one."""
    try:
        facts = json.loads(content)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}

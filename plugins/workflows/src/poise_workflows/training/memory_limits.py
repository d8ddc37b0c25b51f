"""How much memory a process may still take: of the machine, and of the group that it is in.

A container or a job of a cluster often may take less than the machine has. Linux ends a process
that takes more, without a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil

from poise_workflows.control_groups import GROUPS, OWN, groups_of

_FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""Of both versions of control groups: limit, use, and the files in it that can be dropped."""


def free_memory(groups: Path = GROUPS, own: Path = OWN) -> int:
    """Bytes that this process may still take.

    Args:
        groups: where Linux shows control groups.
        own: where it says in which this process is.
    """
    free = int(psutil.virtual_memory().available)
    return min([free, *_left_in_groups(groups, own)])


def _left_in_groups(groups: Path, own: Path) -> Iterator[int]:
    for folder in groups_of("memory", groups, own):
        for limit, use, dropped in _FILES:
            most, taken = _number(folder / limit), _number(folder / use)
            if most is not None and taken is not None:
                yield max(0, most - taken + _in_table(folder / "memory.stat", dropped))


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):  # none, or "max"
        return None


def _in_table(file: Path, name: str) -> int:
    try:
        rows = dict(line.split() for line in file.read_text("ascii").splitlines())
        return int(rows.get(name, 0))
    except (OSError, ValueError):
        return 0

"""The control groups of Linux in which this process is, as jobs of clusters and containers are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def groups_of(kind: str, groups: Path = GROUPS, own: Path = OWN) -> Iterator[Path]:
    """The groups of this process and those around them; in a container, its own are at the top.

    Args:
        kind: what is limited, as version 1 calls it: ``memory`` or ``cpu``.
        groups: where Linux shows control groups.
        own: where it says in which this process is.
    """
    yield from (groups, groups / kind)
    try:
        lines = own.read_text("utf-8").splitlines()
    except OSError:  # no Linux
        return
    for line in lines:
        _, kinds, name = line.split(":", 2)
        top = groups / kind if kind in kinds.split(",") else groups
        group = top / name.lstrip("/")
        while group != top and group.is_relative_to(top):
            yield group
            group = group.parent

"""Look at a queue while workers change it, without changing anything.

Places are listed one after the other, and entries move meanwhile. Poise reports each entry once:
where it was seen after its latest move. It lists anew for an entry that it saw nowhere.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import attrs

from poise_workflows.queueing.clocks import Clock
from poise_workflows.queueing.disks import Disk
from poise_workflows.queueing.names import Entry, from_name
from poise_workflows.queueing.owners import facts_in
from poise_workflows.queueing.queue_folders import REASONS, WORKERS, Place, QueueFolder

_ROUNDS, _PAUSE = 20, 0.1
"""How often Poise lists anew for entries that it saw nowhere, and seconds between."""


@attrs.frozen
class States:
    """What was seen of a queue.

    Attributes:
        entries: number → its place and entry. An entry that moved each time Poise looked, and was
            seen nowhere, has the place ``None``.
        workers: name → what its file says: process, device, beats, ``works_on``, and more.
    """

    entries: Mapping[int, tuple[Place | None, Entry]]
    workers: Mapping[str, Mapping[str, Any]]

    def counts(self) -> dict[str, int]:
        """Place → how many entries; those that move under ``moving``, if there are any."""
        counter = Counter(place for place, _ in self.entries.values())
        counts = {str(place): counter[place] for place in Place}
        return counts | ({"moving": counter[None]} if counter[None] else {})

    def at(self, *places: Place) -> list[Entry]:
        """The entries in some places, by their numbers."""
        return [entry for _, (place, entry) in sorted(self.entries.items()) if place in places]

    @property
    def is_over(self) -> bool:
        """Whether every entry is done or set aside."""
        return len(self.at(Place.DONE, Place.ASIDE)) == len(self.entries)


def read_states(
    folder: str | os.PathLike[str], *, disk: Disk | None = None, clock: Clock | None = None
) -> States:
    """Look at a queue.

    Args:
        folder: the queue's folder.
        disk: how files are reached.
        clock: how time passes.

    Raises:
        OSError: there is no queue, or it cannot be read.
    """
    place = QueueFolder(os.fspath(folder), disk or Disk(), clock or Clock())
    return States(_entries(place), _workers(place))


def read_reasons(
    folder: str | os.PathLike[str], *, disk: Disk | None = None
) -> dict[int, list[tuple[Entry, str]]]:
    """Why attempts failed.

    Args:
        folder: the queue's folder.
        disk: how files are reached.

    Returns:
        Number → each failed attempt: the claim, whose ``owner`` says who tried, and the reason; the
        latest is last, and is why an entry was set aside.

    Raises:
        OSError: there is no queue, or it cannot be read.
    """
    disk, parent = disk or Disk(), f"{os.fspath(folder)}/{REASONS}"
    reasons: dict[int, list[tuple[Entry, str]]] = {}
    for name in disk.names(parent):
        entry = from_name(name.removesuffix(".txt"))
        if entry is not None:
            with suppress(OSError):
                text = disk.read(f"{parent}/{name}").decode("utf-8", "replace")
                reasons.setdefault(entry.number, []).append((entry, text))
    return {
        number: sorted(reasons[number], key=lambda reason: reason[0].move)
        for number in sorted(reasons)
    }


def requeue(
    folder: str | os.PathLike[str],
    numbers: Iterable[int] | None = None,
    *,
    disk: Disk | None = None,
) -> list[int]:
    """Let entries that were set aside wait again, with all their tries.

    Args:
        folder: the queue's folder.
        numbers: which ones; all without.
        disk: how files are reached.

    Returns:
        The numbers of those that wait now.

    Raises:
        OSError: there is no queue, or it cannot be written.
    """
    place = QueueFolder(os.fspath(folder), disk or Disk())
    asked = None if numbers is None else set(numbers)
    return sorted(
        entry.number
        for entry in place.entries(Place.ASIDE)
        if (asked is None or entry.number in asked)
        and place.move(Place.ASIDE, entry, Place.WAITING, entry._replace(tries=0).moved())
    )


def _entries(folder: QueueFolder) -> dict[int, tuple[Place | None, Entry]]:
    latest: dict[int, tuple[Place | None, Entry]] = {}
    numbers = folder.numbers()
    for _ in range(_ROUNDS):
        # In the order in which entries go through them, so that few are missed.
        for place in Place:
            for entry in folder.entries(place):
                seen = latest.get(entry.number)
                if seen is None or seen[1].move < entry.move:
                    latest[entry.number] = place, entry
        if len(latest) >= len(numbers):
            break
        folder.clock.sleep(_PAUSE)
    return {number: latest.get(number, (None, Entry(number))) for number in numbers}


def _workers(folder: QueueFolder) -> dict[str, dict[str, Any]]:
    workers = {}
    for name in sorted(folder.disk.names(f"{folder.path}/{WORKERS}")):
        if name.endswith(".json"):
            with suppress(OSError):  # it has ended meanwhile
                content = folder.disk.read(f"{folder.path}/{WORKERS}/{name}")
                workers[name.removesuffix(".json")] = facts_in(content)
    return workers

"""The folder of a queue: its places, and how an entry moves from one to another."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator
from enum import StrEnum

import attrs

from poise_workflows.queueing.clocks import Clock
from poise_workflows.queueing.disks import Disk
from poise_workflows.queueing.names import Entry, from_name

FOLDER = "poise-queue"
ENTRIES = "entries.json"
REASONS, WORKERS = "reasons", "workers"
_TIMES, _PAUSE = 3, 0.5
"""How often Poise asks for a rename that the file system refuses, and seconds between."""


class Place(StrEnum):
    """Where an entry is."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"
    ASIDE = "aside"


@attrs.frozen
class QueueFolder:
    """The folder of a queue.

    Attributes:
        path: where it is.
        disk: how files are reached.
        clock: how time passes.
    """

    path: str
    disk: Disk = attrs.field(factory=Disk)
    clock: Clock = attrs.field(factory=Clock)

    def path_of(self, place: Place, entry: Entry) -> str:
        """The path of an entry's file."""
        return f"{self.path}/{place}/{entry.to_name()}"

    def reason_path(self, entry: Entry) -> str:
        """The path of what an attempt says of its failure; ``entry`` is the claim."""
        return f"{self.path}/{REASONS}/{entry.to_name()}.txt"

    def worker_path(self, name: str) -> str:
        """The path of a worker's file."""
        return f"{self.path}/{WORKERS}/{name}.json"

    def exists(self) -> bool:
        """Whether the queue was created."""
        return self.disk.exists(f"{self.path}/{Place.WAITING}/{ENTRIES}")

    def create(self, numbers: Iterable[int]) -> bool:
        """Create the queue, in one step: it is there with every entry, or not at all.

        Args:
            numbers: the numbers of the entries.

        Returns:
            Whether this call created it. Otherwise it was there and stays as it is.

        Raises:
            OSError: the folder cannot be written.
        """
        for name in (*list(Place)[1:], REASONS, WORKERS):
            self.disk.make_folder(f"{self.path}/{name}")
        if self.exists():
            return False
        draft = f"{self.path}/{Place.WAITING}.{os.urandom(4).hex()}.draft"
        try:
            self._fill(draft, sorted(numbers))
            # The place always has the file of numbers, so that this fails once it is there.
            self.disk.rename(draft, f"{self.path}/{Place.WAITING}")
        except OSError:
            if not self.exists():
                raise
            return False
        finally:
            self.disk.remove(draft)
        return True

    def _fill(self, folder: str, numbers: list[int]) -> None:
        self.disk.make_folder(folder)
        for number in numbers:
            self.disk.write_mark(f"{folder}/{Entry(number).to_name()}")
        self.disk.write(f"{folder}/{ENTRIES}", json.dumps({"numbers": _spans(numbers)}).encode())

    def numbers(self) -> list[int]:
        """The number of each entry, in order.

        Raises:
            OSError: the queue is not there or cannot be read.
        """
        spans = json.loads(self.disk.read(f"{self.path}/{Place.WAITING}/{ENTRIES}"))["numbers"]
        return [number for first, last in spans for number in range(first, last + 1)]

    def names(self, place: Place) -> list[str]:
        """The names of the entries in a place, as far as they can be seen now.

        Raises:
            OSError: the place cannot be listed.
        """
        names = self.disk.names(f"{self.path}/{place}")
        # Whatever else lies there begins with no digit.
        return [name for name in names if name[:1].isdigit()]

    def entries(self, place: Place) -> Iterator[Entry]:
        """The entries in a place, as far as they can be seen now.

        Raises:
            OSError: the place cannot be listed.
        """
        for name in self.names(place):
            entry = from_name(name)
            if entry is not None:
                yield entry

    def move(self, place: Place, entry: Entry, target: Place, moved: Entry) -> bool:
        """Move an entry, unless somebody has moved it before.

        Args:
            place: where it is.
            entry: what it is called there.
            target: where it goes.
            moved: what it is called there; only this worker may ever use this name.

        Returns:
            Whether this call moved it.

        Raises:
            OSError: the file system did nothing, several times.
        """
        source, goal = self.path_of(place, entry), self.path_of(target, moved)
        for time in range(_TIMES):
            try:
                self.disk.rename(source, goal)
            except OSError as error:
                # The answer to a rename that worked may be lost, and the next one gets an error.
                if self.disk.exists(goal):
                    return True
                if error.errno == errno.ENOENT or not self.disk.exists(source):
                    return False
                if time == _TIMES - 1:
                    raise
                self.clock.sleep(_PAUSE)
            else:
                return True
        return False


def _spans(numbers: list[int]) -> list[list[int]]:
    """``[1, 2, 3, 7]`` as ``[[1, 3], [7, 7]]``."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return spans

"""An entry of the queue, and its name, which says all that must survive a worker."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = re.compile(
    r"(?P<number>\d{5,})\.tries(?P<tries>\d+)\.frames(?P<frames>\d+)\.move(?P<move>\d+)"
    r"(?:@(?P<owner>[\w-]+))?",
    re.ASCII,
)


class Entry(NamedTuple):
    """A video in the queue.

    Attributes:
        number: its number in the plan.
        tries: attempts in a row that ended without a new frame.
        frames: frames in its journal when the last attempt ended.
        move: how often the entry was renamed.
        owner: the name of who claims it; empty if nobody does.
    """

    number: int
    tries: int = 0
    frames: int = 0
    move: int = 0
    owner: str = ""

    def to_name(self) -> str:
        """The name of its file; ``from_name`` is the inverse."""
        name = f"{self.number:05d}.tries{self.tries}.frames{self.frames}.move{self.move}"
        return f"{name}@{self.owner}" if self.owner else name

    def moved(self, owner: str = "") -> Entry:
        """The entry after the next rename."""
        return self._replace(move=self.move + 1, owner=owner)

    def tried(self, frames: int) -> Entry:
        """The entry after an attempt: one that added a frame sets the count back.

        Args:
            frames: frames in the journal now.
        """
        return self.reached(frames) if frames > self.frames else self.failed()

    def reached(self, frames: int) -> Entry:
        """The entry when its journal has so many frames, and nothing failed."""
        if frames <= self.frames:
            return self
        return self._replace(tries=0, frames=frames)

    def failed(self) -> Entry:
        """The entry after an attempt without a new frame."""
        return self._replace(tries=self.tries + 1)


def from_name(name: str) -> Entry | None:
    """The entry of a file name; ``None`` if the name is no entry's."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    number, tries, frames, move, owner = match.groups()
    return Entry(int(number), int(tries), int(frames), int(move), owner or "")

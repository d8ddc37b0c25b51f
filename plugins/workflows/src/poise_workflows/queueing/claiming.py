"""Take entries of a queue, hold them, and give them back.

A worker does this, over and over::

    queue = Queue(folder, this_owner(device), frames_of=frames_in_journal)
    while claim := queue.take():
        ...  # work, and call queue.beat() every Rhythm.beat seconds; a thread may do that.
             # Claim.require_held guards each record of the journal, and the result.
        claim.finish(frames)

``take`` returns ``None`` if there is nothing to do now. Until ``queue.is_over()``, a worker
waits some seconds and asks again: another one may die.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from poise_workflows.queueing.clocks import Clock
from poise_workflows.queueing.disks import Disk
from poise_workflows.queueing.holding import Claim
from poise_workflows.queueing.names import Entry, from_name
from poise_workflows.queueing.owners import Owner, is_alive, to_content
from poise_workflows.queueing.queue_folders import Place, QueueFolder
from poise_workflows.queueing.watching import Aliveness, Rhythm, Watcher

MOST_TRIES = 3
"""Attempts in a row without a new frame after which an entry is set aside."""

_WINDOW = 32
"""Of how many waiting entries a worker tries a random one, so that not all try the same."""

_MISSES = 8
"""Entries that are gone before a worker lists anew."""

_FRESH = ".tries0."
"""In the name of an entry without fruitless attempts."""


class Queue:
    """A queue as a worker sees it. A second thread may call ``beat``, and nothing else.

    Args:
        folder: the queue's folder.
        owner: who works.
        disk: how files are reached.
        clock: how time passes.
        rhythm: how often to renew claims, and how long to wait for others.
        most_tries: attempts in a row without a new frame after which an entry is set aside.
        frames_of: the number of frames in an entry's journal, by its number. Poise asks after a
            worker died, to see whether it added one.
        aliveness: whether a worker's process runs; ``None`` if it cannot be seen.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        owner: Owner,
        *,
        disk: Disk | None = None,
        clock: Clock | None = None,
        rhythm: Rhythm | None = None,
        most_tries: int = MOST_TRIES,
        frames_of: Callable[[int], int] = lambda number: 0,
        aliveness: Aliveness = is_alive,
    ) -> None:
        self.folder = QueueFolder(os.fspath(folder), disk or Disk(), clock or Clock())
        self.owner, self.rhythm, self.most_tries = owner, rhythm or Rhythm(), most_tries
        self._frames_of = frames_of
        self._watcher = Watcher(self.folder, self.rhythm, aliveness)
        self._waiting: list[str] = []
        self._count = 0
        self._claims: dict[int, Claim] = {}
        self._beats = 0
        self._lock = threading.RLock()
        self._random = random.Random(owner.name)  # noqa: S311 - it only spreads workers

    def create(self, numbers: Iterable[int]) -> bool:
        """Create the queue; see ``QueueFolder.create``."""
        return self.folder.create(numbers)

    def take(self) -> Claim | None:
        """Claim an entry: one that waits, or else one whose owner died.

        Returns:
            The claim, or ``None`` if there is nothing to claim now.

        Raises:
            OSError: the folder cannot be read or written.
        """
        if not self._beats:
            self.beat()  # so that others on this machine see at once whether this worker died
        return self._take_waiting() or self._take_abandoned()

    def beat(self, facts: Mapping[str, Any] | None = None) -> None:
        """Renew every claim, and write what this worker does into its file.

        A worker that does so less often than every ``Rhythm.patience`` seconds loses its claims.

        Args:
            facts: more to say, as JSON, for who looks.
        """
        for claim in list(self._claims.values()):
            with suppress(OSError):  # asked again at the next beat
                claim.is_held()
        self._beats += 1
        said = {**(facts or {}), **self.owner.to_json(), "beats": self._beats}
        content = to_content({**said, "works_on": sorted(self._claims)})
        with suppress(OSError):  # there may be no room, and claims live by their renewal
            self.folder.disk.write(self.folder.worker_path(self.owner.name), content)

    def is_over(self) -> bool:
        """Whether every entry is done or set aside, as far as can be seen now.

        Raises:
            OSError: the folder cannot be read.
        """
        if any(self.folder.names(place) for place in (Place.CLAIMED, Place.WAITING)):
            return False
        # Both may be old, and an entry may move while they are listed.
        self._count = self._count or len(self.folder.numbers())
        names = [*self.folder.names(Place.DONE), *self.folder.names(Place.ASIDE)]
        # By their numbers: an entry that moves may be seen in both.
        return len({name.partition(".")[0] for name in names}) >= self._count

    def close(self) -> None:
        """Release every claim, and remove this worker's file, as far as the disk lets it."""
        for claim in list(self._claims.values()):
            with suppress(OSError):  # others take it over
                claim.release()
        with suppress(OSError):
            self.folder.disk.remove(self.folder.worker_path(self.owner.name))

    def _take_waiting(self) -> Claim | None:
        for listed_anew in (False, True):
            if listed_anew:
                self._waiting = _backwards(self.folder.names(Place.WAITING))
            claim = self._take_listed()
            if claim is not None:
                return claim
        return None

    def _take_listed(self) -> Claim | None:
        """Try waiting entries at random: those that failed least, then those at the front.

        The more are gone, the farther back the worker looks, so that hundreds of workers that
        start together part after a few tries.
        """
        window = _WINDOW
        for _ in range(_MISSES):
            if not self._waiting:
                break
            index = self._random.randint(1, min(window, len(self._waiting)))
            entry = from_name(self._waiting.pop(-index))
            claim = entry and self._claim(Place.WAITING, entry)
            if claim:
                return claim
            window *= 2
        return None

    def _take_abandoned(self) -> Claim | None:
        entries = list(self.folder.entries(Place.CLAIMED))
        for entry in entries:
            # A rename may have worked though the system could not say so.
            if entry.owner == self.owner.name and entry.number not in self._claims:
                claim = self._claim(Place.CLAIMED, entry)
                if claim is not None:
                    return claim
        others = [entry for entry in entries if entry.owner != self.owner.name]
        for entry in self._watcher.abandoned(others):
            claim = self._claim(Place.CLAIMED, entry, entry.failed())
            if claim is not None and self._is_worth_a_try(claim, entry):
                return claim
        return None

    def _is_worth_a_try(self, claim: Claim, former: Entry) -> bool:
        """Count the attempt that the dead worker made, unless it added a frame."""
        try:
            is_held = claim.renew(claim.entry.reached(self._frames_of(claim.number)))
        except BaseException:
            with suppress(OSError):  # else this worker would renew what it does not work on
                claim.release()
            raise
        if not is_held:
            return False
        entry = claim.entry
        if entry.tries < self.most_tries:
            return True
        claim.set_aside(
            f"its workers ended {entry.tries} times in a row without a new frame"
            f" (frames in the journal: {entry.frames}); the last one was {former.owner}"
        )
        return False

    def _claim(self, place: Place, entry: Entry, after: Entry | None = None) -> Claim | None:
        began = self.folder.clock.now()
        moved = (after or entry).moved(self.owner.name)
        if not self.folder.move(place, entry, Place.CLAIMED, moved):
            return None
        claim = Claim(
            self.folder,
            moved,
            began,
            rhythm=self.rhythm,
            most_tries=self.most_tries,
            lock=self._lock,
            forget=self._forget,
        )
        self._claims[entry.number] = claim
        return claim

    def _forget(self, claim: Claim) -> None:
        if self._claims.get(claim.number) is claim:
            del self._claims[claim.number]


def _backwards(names: list[str]) -> list[str]:
    """Names of entries, from who failed most and comes last to who never failed and comes first."""
    names = sorted(names, reverse=True)
    fresh = [name for name in names if _FRESH in name]
    tried = [name for name in names if _FRESH not in name]
    return [*tried, *fresh]

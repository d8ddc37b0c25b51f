"""Whose owner is dead.

On the same machine the processes tell at once. Of another machine's worker, Poise sees only that it
renews its claim. The clocks of two machines are never compared: Poise watches a claim for as long
as ``Rhythm.patience`` on its own clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from poise_workflows.queueing.names import Entry
from poise_workflows.queueing.owners import facts_in, is_alive
from poise_workflows.queueing.queue_folders import QueueFolder

Aliveness = Callable[[Mapping[str, Any]], bool | None]


@attrs.frozen
class Rhythm:
    """How often a worker renews its claim, and how long others wait.

    Attributes:
        beat: seconds after which a worker renews its claim.
        patience: seconds without a renewal after which others take a claim over.
    """

    beat: float = 10.0
    patience: float = 90.0

    @property
    def trust(self) -> float:
        """Seconds after a renewal in which a worker need not ask whether it holds its claim.

        A worker that was sure and then stalled wakes up before others have its claim, or so long
        after it looked at its journal that NFS, which remembers the size of a file for a minute
        at most, tells it the size anew.
        """
        return self.patience / 3


@attrs.define
class _Watch:
    """For how long a claim was watched under the same name, and when it was last seen."""

    seconds: float
    last: float


class Watcher:
    """What a worker saw of the claims of others.

    Args:
        folder: the queue's.
        rhythm: how long to wait.
        aliveness: whether the process of a worker's file still runs; ``None`` if unknown.
    """

    def __init__(
        self, folder: QueueFolder, rhythm: Rhythm, aliveness: Aliveness = is_alive
    ) -> None:
        self._folder, self._rhythm, self._aliveness = folder, rhythm, aliveness
        self._watches: dict[Entry, _Watch] = {}
        self._facts: dict[str, dict[str, Any]] = {}

    def abandoned(self, entries: Iterable[Entry]) -> list[Entry]:
        """The claims whose owners are dead, as far as that can be seen from here.

        Args:
            entries: all claims of others, as they are listed now.
        """
        entries = list(entries)
        alive = {
            owner: self._is_alive(owner)
            for owner in dict.fromkeys(entry.owner for entry in entries)
        }
        watches, self._watches = self._watches, {}
        for entry in entries:
            self._watches[entry] = self._watched(watches.get(entry))
        return [entry for entry in entries if self._is_abandoned(entry, alive[entry.owner])]

    def _watched(self, watch: _Watch | None) -> _Watch:
        """Who did not look for long has not watched: it, or the disk, may have stood still."""
        now = self._folder.clock.now()
        if watch is None:
            return _Watch(0.0, now)
        return _Watch(watch.seconds + min(now - watch.last, self._rhythm.trust), now)

    def _is_abandoned(self, entry: Entry, alive: bool | None) -> bool:
        if alive is not None:
            return not alive
        return self._watches[entry].seconds >= self._rhythm.patience

    def _is_alive(self, owner: str) -> bool | None:
        if owner not in self._facts:
            try:
                content = self._folder.disk.read(self._folder.worker_path(owner))
            except OSError:  # it had no room, or is not to be seen yet
                return None
            self._facts[owner] = facts_in(content)
        return self._aliveness(self._facts[owner])

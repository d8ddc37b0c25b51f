"""Queues with one rule taken out, which a simulation must notice."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from typing import Any

import attrs
from simulated_work import Video, Worker

from poise_workflows.queueing import queue_folders, states
from poise_workflows.queueing.claiming import Queue
from poise_workflows.queueing.holding import Claim
from poise_workflows.queueing.names import Entry
from poise_workflows.queueing.queue_folders import Place, QueueFolder
from poise_workflows.queueing.watching import Watcher


@attrs.frozen
class Broken:
    """A rule taken out.

    Attributes:
        replaced: owner, name and replacement of what is changed in the queue.
        worker: the workers, if it is they who break the rule.
    """

    replaced: tuple[tuple[Any, str, Any], ...] = ()
    worker: type[Worker] = Worker


def _moves_unchecked(
    self: QueueFolder, place: Place, entry: Entry, target: Place, moved: Entry
) -> bool:
    """Whoever asked for a rename believes that it worked."""
    try:
        self.disk.rename(self.path_of(place, entry), self.path_of(target, moved))
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
    return True


def _abandoned_at_once(self: Watcher, entries: Iterable[Entry]) -> list[Entry]:
    """Every claim of another worker is taken over."""
    return list(entries)


def _finishes_unchecked(self: Claim, frames: int = 0) -> bool:
    """A worker believes that it finished what another one has."""
    _finish(self, frames)
    return True


def _renews_unchecked(self: Claim, after: Entry) -> bool:
    """A worker believes that it holds its claim for ever."""
    _renew(self, after)
    return True


def _counts_nothing(self: Entry) -> Entry:
    """Nothing is set aside, however often it fails."""
    return self


def _tries_each_death(self: Queue, claim: Claim, former: Entry) -> bool:
    """A video that kills its workers is tried for ever."""
    return True


def _counts_each_attempt(self: Entry, frames: int) -> Entry:
    """An attempt counts though it added frames."""
    return self._replace(tries=self.tries + 1, frames=max(self.frames, frames))


def _counts_releases(self: Claim, frames: int = 0) -> bool:
    """A worker that is asked to end leaves as if the video had failed."""
    return bool(self.fail("the worker was asked to end", 0))


def _sets_aside_without_reason(self: Claim, reason: str) -> bool:
    """An entry is set aside though its reason could not be written."""
    _say(self, reason)
    return True


def _creates_bit_by_bit(self: QueueFolder, numbers: Iterable[int]) -> bool:
    """Entries appear while the queue is created, by two workers at a time."""
    for name in (*Place, queue_folders.REASONS, queue_folders.WORKERS):
        self.disk.make_folder(f"{self.path}/{name}")
    if self.exists():
        return False
    self._fill(f"{self.path}/{Place.WAITING}", sorted(numbers))
    return True


def _looks_once(folder: QueueFolder) -> dict[int, tuple[Place | None, Entry]]:
    """What was listed last is believed, and what was seen nowhere is forgotten."""
    return {e.number: (place, e) for place in Place for e in folder.entries(place)}


def _believes_first(folder: QueueFolder) -> dict[int, tuple[Place | None, Entry]]:
    """What was listed first is believed, though it has moved."""
    seen: dict[int, tuple[Place | None, Entry]] = {}
    for place in reversed(Place):
        for entry in folder.entries(place):
            seen.setdefault(entry.number, (place, entry))
    return {n: seen.get(n, (Place.WAITING, Entry(n))) for n in folder.numbers()}


class WritesInPlace(Worker):
    """A result grows under its final name."""

    def put(self, claim: Claim, video: Video, journal: Any, was_held: bool) -> None:
        frames = journal.content()
        for end in (len(frames) // 2, len(frames)):
            self.disk.reach()
            self.server.truth.see_result(
                claim.number, frames[:end], video.length, was_held=was_held
            )


class WritesUnguarded(Worker):
    """A worker writes without asking whether it still holds its claim."""

    def guard_of(self, claim: Claim) -> Callable[[], None]:
        return lambda: None


class TrustsTooLong(Worker):
    """A worker that renewed its claim once is sure of it for ever."""

    def guard_of(self, claim: Claim) -> Callable[[], None]:
        return lambda: None if claim.is_held(within=1e9) else claim.require_held()


class OpensUnguarded(Worker):
    """A worker asks before it appends a batch, but not before it goes on with a journal."""

    def guard_of(self, claim: Claim) -> Callable[[], None]:
        guards = iter([lambda: None])
        return lambda: next(guards, claim.require_held)()


_finish, _renew, _say = Claim.finish, Claim.renew, Claim._say

RULES = {
    "a rename is checked": Broken(((QueueFolder, "move", _moves_unchecked),)),
    "a live worker keeps its claim": Broken(((Watcher, "abandoned", _abandoned_at_once),)),
    "who finishes holds the claim": Broken(((Claim, "finish", _finishes_unchecked),)),
    "a lost claim is noticed": Broken(((Claim, "renew", _renews_unchecked),)),
    "attempts have a limit": Broken(((Entry, "failed", _counts_nothing),)),
    "deaths have a limit": Broken(((Queue, "_is_worth_a_try", _tries_each_death),)),
    "attempts that add frames do not count": Broken(((Entry, "tried", _counts_each_attempt),)),
    "a release does not count": Broken(((Claim, "release", _counts_releases),)),
    "nothing is set aside without a reason": Broken(((Claim, "_say", _sets_aside_without_reason),)),
    "a queue appears in one step": Broken(((QueueFolder, "create", _creates_bit_by_bit),)),
    "no entry is lost while it moves": Broken(((states, "_entries", _looks_once),)),
    "the latest move is told": Broken(((states, "_entries", _believes_first),)),
    "a result is whole": Broken(worker=WritesInPlace),
    "who writes holds the claim": Broken(worker=WritesUnguarded),
    "who opens a journal holds the claim": Broken(worker=OpensUnguarded),
    "trust in a claim ends": Broken(worker=TrustsTooLong),
}
"""Rule → the queue without it."""

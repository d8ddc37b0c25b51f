"""What really happened in a simulation, and whether it may have.

The queue does not see this. Every rename and every result passes here, and what must never happen
raises ``BrokenRuleError`` at once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

import attrs

from poise_workflows.queueing.names import Entry, from_name
from poise_workflows.queueing.queue_folders import Place
from poise_workflows.queueing.states import States


class BrokenRuleError(AssertionError):
    """Something happened that a queue must never do."""


@attrs.define
class Attempts:
    """What happened to a video since it last gained a frame.

    Attributes:
        frames: frames in its journal when the last attempt ended.
        fruitless: attempts in a row that ended without a new one, by a failure or a takeover.
        is_hopeless: whether a worker said that no attempt can succeed.
    """

    frames: int = 0
    fruitless: int = 0
    is_hopeless: bool = False

    def end(self, frames: int, *, counts: bool) -> None:
        """An attempt ended.

        Args:
            frames: frames in the journal.
            counts: whether it counts, if it added none.
        """
        if frames > self.frames:
            self.frames, self.fruitless = frames, 0
        elif counts:
            self.fruitless += 1


class Truth:
    """What really happened.

    Args:
        most_tries: attempts without a new frame after which a video may be set aside.
        patience: seconds without a renewal after which a claim may be taken over.

    Attributes:
        workers: name of a worker → whether it runs.
        trouble: what went wrong → how often.
        places: number → place and entry, now.
        history: number → when it came to which place, under which entry.
        journals: number → the records of its journal. Each is a batch of frames, or empty if
            it only says who writes.
        results: number → the frames in the result that has its final name.
    """

    def __init__(self, most_tries: int, patience: float) -> None:
        self._most_tries, self._patience = most_tries, patience
        self.workers: dict[str, Callable[[], bool]] = {}
        self.trouble: Counter[str] = Counter()
        self.places: dict[int, tuple[Place, Entry]] = {}
        self.history: dict[int, list[tuple[float, Place, Entry]]] = {}
        self.journals: dict[int, list[range]] = defaultdict(list)
        self.attempts: dict[int, Attempts] = defaultdict(Attempts)
        self.releases: set[tuple[int, str]] = set()
        self.results: dict[int, list[int]] = {}
        self.finished_by: dict[int, str] = {}
        self.left = 0

    def see_creation(self, now: float, names: Iterable[str]) -> None:
        """Waiting entries appeared."""
        for name in names:
            entry = from_name(name)
            if entry is not None:
                self._require(entry.number not in self.places, f"{name} was created twice")
                self.places[entry.number] = Place.WAITING, entry
                self.history[entry.number] = [(now, Place.WAITING, entry)]
        self.left = len(self.places)

    def see_move(self, now: float, folder: str, name: str, goal: str, new: str) -> None:
        """An entry was renamed."""
        former, entry = from_name(name), from_name(new)
        if former is None or entry is None:
            return
        number, place = entry.number, Place(goal.rpartition("/")[2])
        standing = Place(folder.rpartition("/")[2]), former
        self._require(self.places[number] == standing, f"{name} is not where {number} stands")
        self._require(entry.move > former.move, f"{new} moved backwards from {name}")
        if entry.owner and former.owner not in ("", entry.owner):
            self._see_takeover(now, former)
        self.places[number] = place, entry
        self.history[number].append((now, place, entry))
        if former.owner and former.owner != entry.owner:
            self._see_end_of_claim(former, entry, place)

    def _see_takeover(self, now: float, former: Entry) -> None:
        self.trouble["claims taken over"] += 1
        seconds = now - self.history[former.number][-1][0]
        # A clock that is a little fast runs ahead of the others.
        may = not self.workers[former.owner]() or seconds > 0.99 * self._patience
        self._require(may, f"{former.to_name()} was taken from a live worker after {seconds} s")

    def _see_end_of_claim(self, former: Entry, entry: Entry, place: Place) -> None:
        number = entry.number
        attempts = self.attempts[number]
        is_release = (number, former.owner) in self.releases
        self.releases.discard((number, former.owner))
        # Setting aside what others did not finish is no attempt.
        counts = not is_release and place is not Place.DONE and not attempts.is_hopeless
        if not (place is Place.ASIDE and attempts.fruitless >= self._most_tries):
            attempts.end(len(self.frames(number)), counts=counts)
        if is_release:
            self.trouble["claims released"] += 1
        if place is Place.ASIDE:
            may = attempts.is_hopeless or attempts.fruitless >= self._most_tries
            self._require(may, f"{number} was set aside after {attempts}")
        self.left -= place in (Place.DONE, Place.ASIDE)

    def see_finish(self, number: int, worker: str) -> None:
        """A worker was told that it finished a video."""
        first = self.finished_by.setdefault(number, worker)
        self._require(first == worker, f"{number} was finished by {first} and by {worker}")
        self._require(self.places[number][0] is Place.DONE, f"{number} is not done")

    def see_result(self, number: int, frames: list[int], length: int, *, was_held: bool) -> None:
        """A result got its final name, or was changed there.

        Args:
            number: of which video.
            frames: its frames.
            length: frames in the video.
            was_held: whether the worker held the claim since the last frame was predicted.
        """
        self._require(frames == list(range(length)), f"{number} of {length} has frames {frames}")
        self._require(was_held, f"the result of {number} is from a worker without a claim")
        self.results[number] = frames

    def see_record(self, number: int, at: int, frames: range) -> None:
        """A record was written where its writer believes that the journal ends."""
        journal = self.journals[number]
        self._require(len(journal) == at, f"a record of the journal of {number} was overwritten")
        journal.append(frames)

    def frames(self, number: int) -> list[int]:
        """The frames in a journal, in the order of its records."""
        return [frame for record in self.journals[number] for frame in record]

    def holds(self, number: int, owner: str) -> bool:
        """Whether a worker really holds a claim."""
        place, entry = self.places[number]
        return place is Place.CLAIMED and entry.owner == owner

    def compare(self, states: States, began: float, ended: float) -> None:
        """What a user was told must have been so between two moments."""
        self._require(states.entries.keys() == self.places.keys(), "an entry was lost")
        for number, (place, entry) in states.entries.items():
            history = self.history[number]
            if place is None:
                moved = any(began <= time <= ended for time, *_ in history)
                self._require(moved, f"{number} was seen nowhere, and had not moved")
            elif history[-1][1:] != (place, entry):
                self._compare_past(number, (place, entry), began)

    def _compare_past(self, number: int, standing: tuple[Place, Entry], began: float) -> None:
        history = self.history[number]
        ends = [time for time, *_ in history[1:]]
        stood = [(place, entry) for _, place, entry in history[:-1]]
        self._require(standing in stood, f"{number} was told to be at {standing}, but never was")
        is_recent = ends[stood.index(standing)] >= began
        self._require(is_recent, f"{number} was told to be at {standing}, long after that")

    def compare_end(
        self, lengths: Mapping[int, int], reasons: Mapping[int, list[tuple[Entry, str]]]
    ) -> None:
        """Every video is done, with every frame once, or set aside with a reason."""
        for number, length in lengths.items():
            place, entry = self.places[number]
            self._require(place in (Place.DONE, Place.ASIDE), f"{number} ends at {place}")
            if place is Place.DONE:
                whole = self.results.get(number) == list(range(length))
                self._require(whole, f"{number} is done without its result")
            else:
                latest = reasons.get(number, [(entry, "")])[-1]
                is_told = latest[0].move == entry.move - 1 and bool(latest[1])
                self._require(is_told, f"{number} was set aside without a reason")

    @staticmethod
    def _require(condition: bool, otherwise: str) -> None:
        if not condition:
            raise BrokenRuleError(otherwise)

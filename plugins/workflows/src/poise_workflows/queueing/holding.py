"""A claim of an entry: hold it, and give it back."""

from __future__ import annotations

import threading
from collections.abc import Callable

from poise.errors import PoiseError
from poise_workflows.queueing.names import Entry
from poise_workflows.queueing.queue_folders import Place, QueueFolder
from poise_workflows.queueing.watching import Rhythm


class LostClaimError(PoiseError):
    """Another worker has taken the entry over, since this one did not renew its claim."""


class Claim:
    """An entry that a worker holds; ``Queue.take`` returns it.

    Each way to give it back says whether this worker still held it. If not, another one has the
    entry, and nothing changes.

    Args:
        folder: the queue's.
        entry: the entry, as its file is called.
        renewed: when the rename that claimed it began, on the clock of this machine.
        rhythm: how long a renewed claim can be trusted.
        most_tries: attempts in a row without a new frame after which it is set aside.
        lock: held while the claim moves.
        forget: called when it is no longer held.
    """

    def __init__(
        self,
        folder: QueueFolder,
        entry: Entry,
        renewed: float,
        *,
        rhythm: Rhythm,
        most_tries: int,
        lock: threading.RLock,
        forget: Callable[[Claim], None],
    ) -> None:
        self._folder, self._entry, self._renewed = folder, entry, renewed
        self._rhythm, self._most_tries = rhythm, most_tries
        self._lock, self._forget = lock, forget
        self._is_held = True

    @property
    def number(self) -> int:
        """The entry's number in the plan."""
        return self._entry.number

    @property
    def entry(self) -> Entry:
        """The entry, as its file was called when this worker last renamed it."""
        return self._entry

    def is_held(self, within: float = 0.0) -> bool:
        """Whether this worker still holds the claim. Asking renews it.

        Args:
            within: if the claim was renewed at most so many seconds ago, Poise does not ask.
                Up to ``Rhythm.trust`` this is as sure as asking.

        Raises:
            OSError: the file system does not answer.
        """
        with self._lock:
            if self._is_held and self._folder.clock.now() - self._renewed < within:
                return True
            return self.renew(self._entry)

    def require_held(self) -> None:
        """The guard of who writes: a journal, a result, or anything else that one must write.

        Raises:
            LostClaimError: another worker has the entry.
            OSError: the file system does not answer.
        """
        if not self.is_held(self._rhythm.trust):
            raise LostClaimError(f"entry {self.number} of the queue is another worker's now")

    def renew(self, after: Entry) -> bool:
        """Rename the claim, and say whether this worker held it.

        Args:
            after: the entry with what is to be kept in its name.

        Raises:
            OSError: the file system does not answer.
        """
        with self._lock:
            began = self._folder.clock.now()
            if not self._move(Place.CLAIMED, after.moved(self._entry.owner)):
                return False
            self._renewed = began
            return True

    def finish(self, frames: int = 0) -> bool:
        """The result is whole and has its final name: the entry is done.

        Args:
            frames: frames in the result.

        Raises:
            OSError: the file system does not answer.
        """
        return self._leave(Place.DONE, self._entry.reached(frames))

    def release(self, frames: int = 0) -> bool:
        """Let another worker go on, since this one must end. This is no attempt.

        Args:
            frames: frames in the journal.

        Raises:
            OSError: the file system does not answer.
        """
        return self._leave(Place.WAITING, self._entry.reached(frames))

    def fail(self, reason: str, frames: int = 0) -> Place | None:
        """The attempt failed: the entry waits for another, or is set aside after too many.

        If there is no room to write the reason, the attempt does not count.

        Args:
            reason: why, as a user should read it.
            frames: frames in the journal. An attempt that added one does not count.

        Returns:
            Where the entry is now; ``None`` if this worker did not hold it.

        Raises:
            OSError: the file system does not answer.
        """
        after = self._entry.tried(frames)
        target = Place.ASIDE if after.tries >= self._most_tries else Place.WAITING
        if not self._say(reason):
            target, after = Place.WAITING, self._entry.reached(frames)
        return target if self._leave(target, after) else None

    def set_aside(self, reason: str) -> bool:
        """No attempt could succeed: set the entry aside.

        If there is no room to write the reason, the entry waits instead.

        Args:
            reason: why, as a user should read it.

        Raises:
            OSError: the file system does not answer.
        """
        target = Place.ASIDE if self._say(reason) else Place.WAITING
        return self._leave(target, self._entry)

    def _say(self, reason: str) -> bool:
        path = self._folder.reason_path(self._entry)
        try:
            self._folder.disk.write(path, reason.encode("utf-8", "replace"))
        except OSError:
            return False
        return True

    def _leave(self, target: Place, after: Entry) -> bool:
        with self._lock:
            try:
                return self._move(target, after.moved())
            finally:  # if the file system does not answer, this worker may take it again
                self._drop()

    def _move(self, target: Place, moved: Entry) -> bool:
        if not self._is_held:
            return False
        if self._folder.move(Place.CLAIMED, self._entry, target, moved):
            self._entry = moved
            return True
        self._drop()
        return False

    def _drop(self) -> None:
        self._is_held = False
        self._forget(self)

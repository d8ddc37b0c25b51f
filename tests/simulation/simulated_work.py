"""A worker in a simulation: it predicts videos with a journal, by the rules of the real one."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress

import attrs
from simulated_machines import Process, ProcessEnded, Server, SimulatedClock, SimulatedDisk

from poise_workflows.queueing.claiming import Queue
from poise_workflows.queueing.holding import Claim, LostClaimError

FOLDER = "results/poise-queue"
_JOURNAL_PATIENCE = 10.0


class JournalInUseError(Exception):
    """Another process writes the journal."""


class VideoError(Exception):
    """A frame cannot be predicted."""


@attrs.frozen
class Video:
    """A video.

    Attributes:
        length: frames.
        batch: frames in a batch.
        seconds: that a batch takes.
        fails_at: a frame with which each attempt fails.
        kills_at: a frame with which each process dies.
        fails_rarely: the probability that a batch fails.
        is_hopeless: whether it cannot be opened at all.
    """

    length: int
    batch: int
    seconds: float
    fails_at: int | None = None
    kills_at: int | None = None
    fails_rarely: float = 0.0
    is_hopeless: bool = False


class SimulatedJournals:
    """The journals of all videos.

    Attributes:
        writers: number → the last process that claimed the journal.
        finished: the numbers whose journals say that all is predicted.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.writers: dict[int, Process] = {}
        self.finished: set[int] = set()

    def frames(self, number: int) -> int:
        """The frames in a journal."""
        return len(self.server.truth.frames(number))


class SimulatedJournal:
    """A journal that a process writes.

    Args:
        journals: all of them.
        number: of which video.
        disk: how the process reaches files.
        guard: called before each record.
    """

    def __init__(
        self,
        journals: SimulatedJournals,
        number: int,
        disk: SimulatedDisk,
        guard: Callable[[], None],
    ) -> None:
        self._journals, self._number, self._disk, self._guard = journals, number, disk, guard
        self._process = disk.process
        disk.reach()
        self.frames, self._end = journals.frames(number), len(self._records())
        self._refuse_live()
        self._append(range(0), is_opened=True)
        journals.writers[number] = self._process

    @property
    def is_finished(self) -> bool:
        """Whether all is predicted."""
        return self._number in self._journals.finished

    def append(self, frames: range) -> None:
        """Append a batch."""
        self._append(frames)
        self.frames += len(frames)
        self._disk.survive()

    def finish(self) -> None:
        """Say that all is predicted."""
        self._append(range(0))
        self._journals.finished.add(self._number)
        self._disk.survive()

    def content(self) -> list[int]:
        """The frames."""
        return self._journals.server.truth.frames(self._number)

    def _records(self) -> list[range]:
        return self._journals.server.truth.journals[self._number]

    def _append(self, frames: range, *, is_opened: bool = False) -> None:
        """Append a record, unless this machine sees that the file is not as it was left."""
        self._disk.reach()
        self._guard()
        server, sizes = self._journals.server, self._process.machine.sizes
        if server.is_full:
            raise OSError(errno.ENOSPC, "no room")
        if is_opened:  # NFS tells the size when a file is opened
            sizes.pop(self._number, None)
        seen = sizes.get(self._number)
        size = seen[1] if seen and self._disk.is_old(seen[0]) else len(self._records())
        if size != self._end:
            raise JournalInUseError
        server.truth.see_record(self._number, self._end, frames)
        self._end += 1
        self._remember()

    def _remember(self) -> None:
        now = self._journals.server.timeline.now
        self._process.machine.sizes[self._number] = now, self._end

    def _refuse_live(self) -> None:
        writer = self._journals.writers.get(self._number)
        if writer is None or writer is self._process:
            return
        if writer.machine is self._process.machine and writer.boot == writer.machine.boot:
            is_live = writer.is_alive() and self._number in writer.journals
        else:
            before = self._journals.frames(self._number)
            self._process.wait(_JOURNAL_PATIENCE)
            is_live = self._journals.frames(self._number) > before
        if is_live:
            raise JournalInUseError


class Worker:
    """A worker, which follows the rules that a real one follows.

    Args:
        server: the disk.
        journals: the journals of all videos.
        videos: what each number stands for.
        process: the process that works.
    """

    def __init__(
        self, server: Server, journals: SimulatedJournals, videos: list[Video], process: Process
    ) -> None:
        self.server, self.journals, self.videos, self.process = server, journals, videos, process
        self.disk, self.clock = SimulatedDisk(server, process), SimulatedClock(process)
        server.truth.workers[process.owner().name] = process.is_alive
        self.queue = Queue(
            FOLDER,
            process.owner(),
            disk=self.disk,
            clock=self.clock,
            frames_of=journals.frames,
            aliveness=process.sees_alive,
        )

    def run(self) -> None:
        """Work until everything is done, or the process dies or is asked to end."""
        with suppress(ProcessEnded):
            self._work()
        self.process.end()

    def _work(self) -> None:
        while not self._is_terminated():
            try:
                self.queue.create(range(len(self.videos)))
                while not self._is_terminated():
                    claim = self.queue.take()
                    if claim is not None:
                        self.predict(claim)
                    elif self.queue.is_over():
                        break
                    else:
                        self.process.wait(10)
                        self.queue.beat()
                self.queue.close()
                return
            except OSError:
                self.process.wait(5)

    def predict(self, claim: Claim) -> None:
        """One attempt."""
        video = self.videos[claim.number]
        if video.is_hopeless:
            self.server.truth.attempts[claim.number].is_hopeless = True
            claim.set_aside("it cannot be opened")
            return
        try:
            guard = self.guard_of(claim)
            journal = SimulatedJournal(self.journals, claim.number, self.disk, guard)
            self.process.journals.add(claim.number)
            self._predict_frames(claim, video, journal)
        except VideoError as error:
            claim.fail(str(error), self.journals.frames(claim.number))
        except LostClaimError:
            self.server.truth.trouble["claims lost"] += 1
        except (JournalInUseError, OSError) as error:
            self.server.truth.trouble[type(error).__name__] += 1
            self.release(claim)
            self.process.wait(15)
        finally:
            self.process.journals.discard(claim.number)

    def _predict_frames(self, claim: Claim, video: Video, journal: SimulatedJournal) -> None:
        while journal.frames < video.length:
            if self._is_terminated():
                self.release(claim)
                return
            batch = range(journal.frames, min(journal.frames + video.batch, video.length))
            self._compute(video, batch)
            journal.append(batch)
        if not journal.is_finished:
            journal.finish()
        was_held = self.server.truth.holds(claim.number, self.queue.owner.name)
        self.guard_of(claim)()
        self.put(claim, video, journal, was_held)
        if claim.finish(video.length):
            self.server.truth.see_finish(claim.number, self.queue.owner.name)

    def guard_of(self, claim: Claim) -> Callable[[], None]:
        """The rule before anything is written."""
        return claim.require_held

    def put(self, claim: Claim, video: Video, journal: SimulatedJournal, was_held: bool) -> None:
        """Write the result, and then give it its final name, unless it is there."""
        self.disk.reach()
        if self.server.is_full:
            raise OSError(errno.ENOSPC, "no room")
        self.disk.survive()
        if claim.number not in self.server.truth.results:
            self.server.truth.see_result(
                claim.number, journal.content(), video.length, was_held=was_held
            )
        self.disk.survive()

    def release(self, claim: Claim) -> None:
        """Give the video back."""
        key = claim.number, self.queue.owner.name
        self.server.truth.releases.add(key)
        try:
            claim.release(self.journals.frames(claim.number))
        finally:
            self.server.truth.releases.discard(key)

    def _compute(self, video: Video, batch: range) -> None:
        left = video.seconds
        while left > 0:
            self.process.wait(min(left, self.queue.rhythm.beat))
            left -= self.queue.rhythm.beat
            if left > 0:
                self.queue.beat()
        if video.kills_at in batch:
            self.process.end()
            raise ProcessEnded
        if video.fails_at in batch or self.process.generator.random() < video.fails_rarely:
            raise VideoError(f"frame {batch[0]} cannot be predicted")

    def _is_terminated(self) -> bool:
        return self.process.timeline.now >= self.process.terminates_at

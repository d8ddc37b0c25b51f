"""The engine ``processes``: workers on this machine."""

from __future__ import annotations

import subprocess
import time

from poise.errors import Fault
from poise.messages import argument_path, counted
from poise_workflows.queueing.contract import ASIDE, DONE, REFUSED, UNFINISHED, EngineError, Work
from poise_workflows.queueing.launching import Slot, last_words, log_of, slots_of, start_worker

PAUSE = 0.2
"""Seconds between two looks at the workers."""

MOST_STARTS = 20
"""How often in a row workers may be ended without any headway."""

LONGEST_WAIT = 10.0
"""Seconds before a worker that was ended several times is started anew, at most."""

STALE = 1.0
"""Seconds by which what is left may be older than the end of a worker."""


def run(work: Work) -> None:
    """Run workers until no video is left."""
    team = Team(work, slots_of(work.devices, work.jobs))
    try:
        while team.tend():
            time.sleep(PAUSE)
    finally:
        team.end()


class Team:
    """Workers that are started anew when they are ended.

    Args:
        work: the queue.
        slots: what each worker gets.
    """

    def __init__(self, work: Work, slots: list[Slot]) -> None:
        self._work = work
        self._processes: dict[Slot, subprocess.Popen[bytes]] = {}
        self._idle: dict[Slot, float] = dict.fromkeys(slots, 0.0)
        self._statuses: dict[Slot, int] = {}
        self._headway = work.headway()
        self._starts_in_vain = 0
        for slot in slots[: work.left()]:
            work.tell(f"{slot}; it says more in {log_of(work, slot)}")

    def tend(self) -> bool:
        """Start workers that are to be started; whether any are there, or will be.

        Raises:
            EngineError: a worker cannot work at all, or too many were ended.
        """
        for slot, process in list(self._processes.items()):
            status = process.poll()
            if status is not None:
                del self._processes[slot]
                self._note_end(slot, status)
        now = time.monotonic()
        for slot in [slot for slot, due in self._idle.items() if due <= now]:
            if len(self._processes) >= self._work.left():
                break
            del self._idle[slot]
            if slot in self._statuses:
                ended = f"was ended (status {self._statuses[slot]})"
                self._work.tell(f"{slot.name} {ended}, and is started anew")
            self._processes[slot] = start_worker(self._work, slot)
        return bool(self._processes) or (bool(self._idle) and self._work.left() > 0)

    def end(self) -> None:
        """End all workers: each gives its video back. A second interruption does not wait."""
        for process in self._processes.values():
            process.terminate()
        try:
            for process in self._processes.values():
                process.wait()
        except BaseException:
            for process in self._processes.values():
                process.kill()
            raise

    def _note_end(self, slot: Slot, status: int) -> None:
        if status in (DONE, UNFINISHED):
            return
        if status == REFUSED:
            raise self._refusal(slot, "cannot work")
        headway = self._work.headway()
        self._starts_in_vain = 0 if headway != self._headway else self._starts_in_vain + 1
        self._headway = headway
        if self._starts_in_vain >= MOST_STARTS:
            raise self._refusal(slot, f"was ended, as were {counted(MOST_STARTS - 1, 'other')}")
        self._statuses[slot] = status
        wait = min(LONGEST_WAIT, 0.1 * 2**self._starts_in_vain)
        if status == ASIDE:  # that of a program that failed, if anything is left
            wait += STALE
        self._idle[slot] = time.monotonic() + wait

    def _refusal(self, slot: Slot, what: str) -> EngineError:
        said = last_words(self._work, slot)
        where = log_of(self._work, slot)
        text = f"must be able to run workers, got {slot.name}, which {what}; {where} ends with:\n"
        return EngineError([Fault(text + said, argument_path("engine"))])

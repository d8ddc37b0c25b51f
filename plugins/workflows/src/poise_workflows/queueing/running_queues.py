"""Run a queue: its engine in this thread, and progress in another."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from poise.errors import PoiseError
from poise_workflows.progress.events import Event
from poise_workflows.progress.showing import Shown, shown
from poise_workflows.queueing.engines import engine_of, work_of
from poise_workflows.queueing.options import Queued
from poise_workflows.queueing.plans import Plan
from poise_workflows.queueing.queue_folders import Place
from poise_workflows.queueing.statuses import QueueStatus, status_of

PAUSE = 1.0
"""Seconds between two looks at the queue, at least."""


SHARE = 0.1
"""Of the time, at most, that looking takes: many videos take longer."""

SOURCE = "queue"
"""What progress is of."""


class Looks:
    """Looks at a queue, but not more often than every ``PAUSE`` seconds, for several threads.

    Args:
        plan: of the queue.
        folder: of the results.
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan, self._folder = plan, folder
        self._lock = threading.Lock()
        self._seen, self._cost = 0.0, 0.0
        self._status = self._look()

    def status(self, pause: float = PAUSE) -> QueueStatus:
        """What was seen at most ``pause`` seconds ago; a little longer for many videos."""
        with self._lock:
            if time.monotonic() - self._seen >= max(pause, pause and self._cost / SHARE):
                self._status = self._look()
            return self._status

    def _look(self) -> QueueStatus:
        began = time.monotonic()
        status = status_of(self._plan, self._folder)
        self._seen = time.monotonic()
        self._cost = self._seen - began
        return status

    def left(self) -> int:
        """How many videos are neither done nor set aside."""
        return self.status().left

    def headway(self) -> int:
        """Frames and videos that are done, or set aside."""
        status = self.status()
        return status.frames_done + len(status.videos) - status.left


def run_queue(plan: Plan, folder: Path, queued: Queued, progress: str) -> QueueStatus:
    """Run the engine until it ends.

    Args:
        plan: of the queue.
        folder: of the results.
        queued: how the queue is run.
        progress: as of ``predict``.

    Returns:
        What became of the queue.

    Raises:
        EngineError: the engine cannot run workers.
        PluginError: the engine's plugin is broken.
    """
    looks = Looks(plan, folder)
    with shown(progress) as show, _shown_in_a_thread(looks, show):
        tell = partial(show.note, SOURCE)
        engine_of(queued).run(work_of(queued, folder, looks.left, looks.headway, tell))
    return looks.status(0)


@contextmanager
def _shown_in_a_thread(looks: Looks, show: Shown) -> Iterator[None]:
    ended, told = threading.Event(), set[tuple[int, str]]()
    began = time.monotonic()
    before = looks.status()
    # What failed before is no news.
    told |= {(video.number, video.reason) for video in before.videos}

    def look(pause: float = PAUSE) -> None:
        with suppress(OSError, PoiseError):  # the next look may work
            status = looks.status(pause)
            show(_event(status, before, time.monotonic() - began))
            for video in status.videos:
                if video.reason and (video.number, video.reason) not in told:
                    told.add((video.number, video.reason))
                    state = "set aside" if video.state == Place.ASIDE else "to be tried again"
                    show.note(video.source.name, f"{state}: {video.reason}")

    def look_on() -> None:
        while not ended.wait(PAUSE):
            look()

    thread = threading.Thread(target=look_on, name="poise-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        look(0)


def _event(status: QueueStatus, before: QueueStatus, elapsed: float) -> Event:
    done = status.frames_done
    rate = status.rate or (done - before.frames_done) / max(elapsed, 1e-3)
    left = max(0, status.frames - done)
    return Event(
        source=SOURCE,
        n_processed=done,
        n_total=max(status.frames, done),
        elapsed=round(elapsed, 3),
        rate=round(rate, 3),
        eta=round(left / rate, 1) if rate > 0 else None,
    )

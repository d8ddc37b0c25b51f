"""An engine as checks examine it: what it does with a small queue and workers of each manner."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs
import psutil

from poise.files import read_text_of
from poise.testing.subjects import Subject
from poise_workflows.queueing.claiming import Queue
from poise_workflows.queueing.contract import EngineError, EngineSpec, Work
from poise_workflows.queueing.owners import this_owner
from poise_workflows.queueing.queue_folders import FOLDER, Place
from poise_workflows.queueing.states import read_states
from poise_workflows.queueing.testing import hands

VIDEOS, JOBS = 6, 2

SETTLED = 3.0
"""Seconds after which no further worker is expected to become busy."""

PATIENCE = 40.0
"""Seconds after which an engine is interrupted that does not end."""


@attrs.frozen(kw_only=True)
class Observed:
    """What an engine did.

    Attributes:
        workers: what each worker wrote: ``pid``, ``began``, and ``ended`` unless it was killed.
        places: place → how many videos are there at the end.
        error: the class of what the engine raised; ``None`` for nothing.
        is_late: whether it did not end by itself.
        alive: numbers of the workers' processes that run when the engine has ended.
    """

    workers: tuple[Mapping[str, Any], ...]
    places: Mapping[str, int]
    error: type[BaseException] | None
    is_late: bool
    alive: tuple[int, ...]

    @property
    def most_at_once(self) -> int:
        """How many workers ran at the same time, at most; those that were killed do not count."""
        spans = [(each["began"], each["ended"]) for each in self.workers if "ended" in each]
        return max(
            (sum(began <= moment < ended for began, ended in spans) for moment, _ in spans),
            default=0,
        )


class EngineSubject(Subject):
    """An engine's key; engines have no configurations."""

    spec: EngineSpec  # pyright: ignore[reportIncompatibleMethodOverride] - it is never set

    @cached_property
    def willing(self) -> Observed:
        """With workers that work."""
        return self.observe(hands.WILLING)

    @cached_property
    def interrupted(self) -> Observed:
        """With workers that are busy, and an interruption as soon as one is."""
        return self.observe(hands.BUSY, is_interrupted=True)

    def observe(self, manner: str, *, is_interrupted: bool = False) -> Observed:
        """Run the engine for a small queue.

        Args:
            manner: of its workers, as of ``hands``.
            is_interrupted: whether Ctrl-C comes when a worker is busy.
        """
        with tempfile.TemporaryDirectory(prefix="poise-") as name:
            folder = Path(name)
            (folder / hands.FILES).mkdir()
            Queue(folder / FOLDER, this_owner()).create(range(VIDEOS))
            watched = folder / hands.FILES if is_interrupted else None
            error, is_late = _run(self.spec, _work(folder, manner, self.spec.examples), watched)
            return _observed(folder, error, is_late=is_late)


def _work(folder: Path, manner: str, options: Mapping[str, str]) -> Work:
    program = ("-m", "poise_workflows.queueing.testing.hands", str(folder), manner)
    return Work(
        folder=folder,
        command=(sys.executable, *program),
        jobs=JOBS,
        devices="cpu",
        options=options,
        left=lambda: len(read_states(folder / FOLDER).at(Place.WAITING, Place.CLAIMED)),
        tell=lambda text: None,
    )


def _run(
    spec: EngineSpec, work: Work, watched: Path | None
) -> tuple[type[BaseException] | None, bool]:
    with _interrupted(watched) as interrupter:
        try:
            spec.run(work)
        except (KeyboardInterrupt, EngineError) as error:
            return type(error), interrupter.is_late
    return None, interrupter.is_late


class _Interrupter(threading.Thread):
    """Interrupts this process as Ctrl-C does: when workers are busy, or when patience has an end.

    Args:
        watched: the folder in which each busy worker has a file; ``None`` for no interruption.
    """

    def __init__(self, watched: Path | None) -> None:
        super().__init__(daemon=True)
        self._watched, self._until = watched, time.monotonic() + PATIENCE
        self._busy_since = float("inf")
        self.ended, self.is_late = threading.Event(), False

    def run(self) -> None:
        while not self.ended.wait(0.05):
            self.is_late = time.monotonic() > self._until
            if self.is_late or self._is_time():
                os.kill(os.getpid(), signal.SIGINT)
                return

    def _is_time(self) -> bool:
        """Whether all workers are busy, or some are and no others come."""
        if self._watched is None:
            return False
        count, now = len(list(self._watched.glob(f"*.{hands.BUSY}"))), time.monotonic()
        if count:
            self._busy_since = min(self._busy_since, now)
        return count >= JOBS or now - self._busy_since > SETTLED


@contextmanager
def _interrupted(watched: Path | None) -> Iterator[_Interrupter]:
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupter = _Interrupter(watched)
    interrupter.start()
    try:
        yield interrupter
    finally:
        interrupter.ended.set()
        interrupter.join()
        signal.signal(signal.SIGINT, former)


def _observed(folder: Path, error: type[BaseException] | None, *, is_late: bool) -> Observed:
    files = sorted((folder / hands.FILES).glob("*.json"))
    workers = tuple(json.loads(read_text_of(file)) for file in files)
    pids = [worker["pid"] for worker in workers]
    alive = tuple(pid for pid in pids if _runs(pid))
    places = read_states(folder / FOLDER).counts()
    for pid in alive:  # nothing of a check is left behind
        psutil.Process(pid).kill()
    return Observed(workers=workers, places=places, error=error, is_late=is_late, alive=alive)


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False

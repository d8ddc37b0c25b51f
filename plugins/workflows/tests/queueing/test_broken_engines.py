"""An engine for each way to break a promise of engines, each caught by exactly one check."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from poise.testing import cases, every_check, registry_of
from poise_workflows.queueing import EngineSpec, Work
from poise_workflows.queueing.contract import REFUSED
from poise_workflows.queueing.testing import hands
from poise_workflows.queueing.testing.subjects import JOBS

Process = subprocess.Popen[bytes]


def start(work: Work) -> Process:
    return subprocess.Popen(work.command, stdin=subprocess.DEVNULL)


def never(status: int) -> bool:
    return False


def if_killed(status: int) -> bool:
    return status not in range(4)


def engine(
    *,
    count: int = JOBS,
    is_restarted: Callable[[int], bool] = if_killed,
    end: Callable[[Process], Any] = subprocess.Popen.terminate,
    after: Callable[[Work], Any] = lambda work: None,
) -> EngineSpec:
    """A sound engine, unless it is told otherwise."""

    def run(work: Work) -> None:
        workers = [start(work) for _ in range(count)]
        starts = 0
        try:
            while workers:
                time.sleep(0.05)
                statuses = [worker.poll() for worker in workers]
                again = [status for status in statuses if status is not None]
                again = [status for status in again if is_restarted(status) and starts < 10]
                starts += len(again)
                workers = [worker for worker in workers if worker.poll() is None]
                workers += [start(work) for _ in again if work.left()]
        finally:
            for worker in workers:
                end(worker)
            for worker in workers:
                if worker.poll() is None and end is not leave:
                    worker.wait()
        after(work)

    return EngineSpec(key="made_up", run=run, summary="Made up")


def leave(worker: Process) -> None:
    """Let it run on."""


def start_one_more(work: Work) -> None:
    """A worker that nobody waits for."""
    worker = start(work)
    file = work.folder / hands.FILES / f"{worker.pid}.json"
    while not file.exists():
        time.sleep(0.01)
    os.kill(worker.pid, signal.SIGSTOP)  # else it may end before anyone looks


EVERY: list[tuple[str, Any, str]] = [
    (
        "its_workers_do_every_video",
        attrs.evolve(engine(), run=lambda work: None),
        "with 2 workers 6 videos must be done, got 0",
    ),
    (
        "no_worker_runs_when_it_returns",
        engine(after=start_one_more),
        "when run returns no worker may run, got 1",
    ),
    (
        "it_runs_no_more_workers_than_it_may",
        engine(count=JOBS + 3),
        "at most 2 workers may run at once, got",
    ),
    (
        "it_starts_a_worker_anew_that_was_killed",
        engine(is_restarted=never),
        "a worker must be started in its place, got 2 in all",
    ),
    (
        "it_ends_when_workers_can_do_nothing",
        engine(is_restarted=lambda status: if_killed(status) or status == REFUSED),
        "workers with the status 2 must not be started anew, got",
    ),
    (
        "an_interruption_ends_its_workers",
        engine(end=leave),
        "after Ctrl-C no worker may run, got 2",
    ),
    (
        "an_interrupted_worker_gives_its_video_back",
        engine(end=subprocess.Popen.kill),
        "after Ctrl-C no video may be claimed, got",
    ),
]


def broken_promises(spec: EngineSpec) -> dict[str, str]:
    return {
        case.check.name: case.outcome().message
        for case in cases(spec.key, kind="engine", registry=registry_of(spec))
        if case.outcome().status == "broken"
    }


def test_the_sound_engine_keeps_every_promise() -> None:
    assert broken_promises(engine()) == {}


@pytest.mark.parametrize(
    ("name", "spec", "finding"),
    [pytest.param(*entry, id=f"{entry[0]}: {entry[2]}") for entry in EVERY],
)
def test_a_broken_engine_is_caught_by_exactly_the_check_that_is_about_it(
    name: str, spec: EngineSpec, finding: str
) -> None:
    messages = broken_promises(spec)

    assert list(messages) == [name]
    assert finding in messages[name]


def test_every_check_of_engines_alone_has_an_engine_that_breaks_it() -> None:
    names = {check.name for check in every_check("engine") if check.kinds == ("engine",)}

    assert names == {name for name, _, _ in EVERY}

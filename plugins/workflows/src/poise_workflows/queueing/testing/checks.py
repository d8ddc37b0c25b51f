"""Checks of what engines do with workers. They need neither Keras nor videos."""

from __future__ import annotations

from poise.testing.check import check, require
from poise_workflows.queueing.queue_folders import Place
from poise_workflows.queueing.testing import hands
from poise_workflows.queueing.testing.subjects import JOBS, VIDEOS, EngineSubject, Observed

WORKS = ("it_is_found_by_its_key", "its_workers_do_every_video")


def _require_all_done(observed: Observed, what: str) -> None:
    require(not observed.is_late, f"{what} it must return by itself, and did not")
    done = observed.places[Place.DONE]
    require(done == VIDEOS, f"{what} {VIDEOS} videos must be done, got {done}")


@check(
    "engine",
    scope="plugin",
    fix="start work.command as often as work.jobs says, and return when all of them have ended",
    after=("it_is_found_by_its_key",),
)
def its_workers_do_every_video(subject: EngineSubject) -> None:
    """A video that is left would look like one that nobody has predicted yet."""
    observed = subject.willing
    require(observed.error is None, f"run must return, got {observed.error}")
    _require_all_done(observed, f"with {JOBS} workers")


@check("engine", scope="plugin", fix="wait for every worker before run returns", after=WORKS)
def no_worker_runs_when_it_returns(subject: EngineSubject) -> None:
    """Poise says what became of the videos when the engine returns."""
    alive = len(subject.willing.alive)
    require(alive == 0, f"when run returns no worker may run, got {alive}")


@check("engine", scope="plugin", fix="start at most work.jobs workers at once", after=WORKS)
def it_runs_no_more_workers_than_it_may(subject: EngineSubject) -> None:
    """Each worker takes the memory of its networks: one too many can end all."""
    most = subject.willing.most_at_once
    require(most <= JOBS, f"at most {JOBS} workers may run at once, got {most}")


@check(
    "engine",
    scope="plugin",
    fix="when a worker ends with another status than 0 to 3, and work.left() is not 0, start one "
    "in its place",
    after=WORKS,
)
def it_starts_a_worker_anew_that_was_killed(subject: EngineSubject) -> None:
    """Machines end processes: for memory, for time, or by accident."""
    observed = subject.observe(hands.DYING)
    _require_all_done(observed, "after a worker was killed")
    count = len(observed.workers)
    require(count > JOBS, f"a worker must be started in its place, got {count} in all")


@check(
    "engine",
    scope="plugin",
    fix="do not start a worker anew that ends with the status 2; return, or raise EngineError",
    after=WORKS,
)
def it_ends_when_workers_can_do_nothing(subject: EngineSubject) -> None:
    """A model that cannot be loaded will not load the next time, either."""
    observed = subject.observe(hands.UNABLE)
    require(not observed.is_late, "with workers that end with the status 2 it must end, too")
    count = len(observed.workers)
    require(count <= 4 * JOBS, f"workers with the status 2 must not be started anew, got {count}")


@check(
    "engine",
    scope="plugin",
    fix="let KeyboardInterrupt pass run; in a finally clause end each worker and wait for it",
    after=WORKS,
)
def an_interruption_ends_its_workers(subject: EngineSubject) -> None:
    """Who presses Ctrl-C wants the machine back, and the videos to wait for the next time."""
    observed = subject.interrupted
    require(not observed.is_late, "after Ctrl-C it must end at once, and did not")
    got = observed.error.__name__ if observed.error else "a regular end"
    require(observed.error is KeyboardInterrupt, f"Ctrl-C must pass run, got {got}")
    alive = len(observed.alive)
    require(alive == 0, f"after Ctrl-C no worker may run, got {alive}")


@check(
    "engine",
    scope="plugin",
    fix="end workers by SIGTERM, and wait: process.terminate(), not process.kill()",
    after=(*WORKS, "an_interruption_ends_its_workers"),
)
def an_interrupted_worker_gives_its_video_back(subject: EngineSubject) -> None:
    """A worker that is killed keeps its video until others see that it died."""
    claimed = subject.interrupted.places[Place.CLAIMED]
    require(claimed == 0, f"after Ctrl-C no video may be claimed, got {claimed}")

"""The engine ``dask``: a worker of the queue on each worker of Dask.

Dask starts processes on machines, and knows when one is gone. Which video is whose is decided in
the queue's folder, as everywhere: no result and no claim passes through Dask.
"""

from __future__ import annotations

import importlib
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from poise.errors import Fault
from poise.messages import argument, argument_path, counted, described
from poise_workflows.queueing.contract import (
    ASIDE,
    DONE,
    REFUSED,
    UNFINISHED,
    EngineError,
    EngineSpec,
    Work,
)
from poise_workflows.queueing.dask_tasks import end_workers, run_worker

POLL = 0.25
"""Seconds between two looks at Dask's workers."""

MOST_STARTS = 20
"""How often in a row workers may be ended without a video that ends meanwhile."""

LONGEST_WAIT = 10.0
"""Seconds before a worker is started in the place of one that was ended, at most."""

PATIENCE = 60.0
"""Seconds that workers have, once they are asked to end, to give back their videos."""

_MODULE = 2
"""Where ``poise work FOLDER …`` begins in the command line of a worker, ``python -m poise …``."""

OPTIONS = {
    "scheduler": "its address, as tcp://10.0.0.1:8786, or the .json file that it has written",
    "cluster": "a class to start one, by its own configuration: dask_jobqueue.SLURMCluster",
    "folder": "where its workers see the folder of the results, if elsewhere",
}


def run(work: Work) -> None:
    """Run workers of a queue on Dask's workers; see ``contract.EngineSpec.run``.

    Raises:
        EngineError: ``distributed`` is missing, the scheduler does not answer, or no machine can
            work.
    """
    with _connected(work) as client:
        crew = Crew(work, client)
        try:
            crew.work()
        except OSError as error:
            what = f"must answer until the queue is over, got none ({described(error)})"
            fix = "workers that can go on do; repeat the command"
            raise EngineError([Fault(f"{what}; {fix}", argument_path("scheduler"))]) from None
        except BaseException:
            crew.end()
            raise


class Crew:
    """The workers of a queue, one at most at each of Dask's workers.

    Args:
        work: the queue.
        client: what speaks with Dask's scheduler.
    """

    def __init__(self, work: Work, client: Any) -> None:
        self._work, self._client = work, client
        self._words = [
            work.options.get("folder", word) if word == str(work.folder) else word
            for word in work.command[_MODULE:]
        ]
        self._futures: dict[str, Any] = {}
        self._names: dict[str, str] = {}
        self._ended: dict[str, int] = {}
        self._refusals: list[str] = []
        self._left, self._in_vain, self._due = work.left(), 0, 0.0
        self._is_waiting = False

    def work(self) -> None:
        """Run workers until no video is left, or until none can do more.

        Raises:
            EngineError: every machine refuses.
        """
        while True:
            places = list(self._client.nthreads())
            self._collect(places)
            left = self._work.left()
            if left < self._left:
                self._in_vain = 0
            self._left = left
            if time.monotonic() >= self._due:
                self._start(places)
            if not self._futures and (not left or self._is_stuck(places)):
                break
            time.sleep(POLL)
        if left and self._refusals and not self._is_anywhere(UNFINISHED, DONE, ASIDE):
            what = f"must be able to work, got refusals of all:\n{self._refusals[-1].rstrip()}"
            raise EngineError([Fault(what, argument_path("scheduler"))])

    def end(self) -> None:
        """Ask all workers to end, and wait until they have given back their videos."""
        names = list(self._names.values())
        if not names:
            return
        self._client.run(end_workers, names, on_error="ignore")
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._futures:
            self._collect(list(self._client.nthreads()))
            time.sleep(POLL / 4)

    def _start(self, places: list[str]) -> None:
        """Start a worker at each place that has none, up to the number of jobs."""
        most = min(self._work.jobs or len(places), self._left)
        free = (place for place in places if place not in self._futures | self._ended)
        for place, _ in zip(free, range(most - len(self._futures)), strict=False):
            self._names[place] = name = f"poise-{uuid.uuid4().hex}"
            self._futures[place] = self._client.submit(
                run_worker,
                name,
                self._words,
                key=name,
                workers=[place],
                allow_other_workers=False,
                pure=False,
                retries=0,
            )
            self._work.tell(f"dask: a worker at {place}")

    def _collect(self, places: list[str]) -> None:
        """See which workers have ended, and forget places that are gone."""
        for place, future in list(self._futures.items()):
            if place not in places:
                self._work.tell(f"dask: the worker at {place} is gone; its video goes on elsewhere")
                future.cancel()
            elif future.done():
                self._note(place, future)
            else:
                continue
            del self._futures[place], self._names[place]

    def _note(self, place: str, future: Any) -> None:
        """Remember how a worker ended, if none is to be started in its place."""
        try:
            status, messages = future.result()
        except Exception as error:  # noqa: BLE001  # Dask hands on whatever its worker raises
            status, messages = -1, described(error)
        if status in (DONE, ASIDE, UNFINISHED):
            self._ended[place] = status
            return
        if status == REFUSED:
            self._ended[place] = status
            self._refusals.append(messages)
            self._work.tell(f"dask: {place} cannot work: {messages.rstrip()}")
            return
        self._in_vain += 1
        if self._in_vain >= MOST_STARTS:
            what = f"must be able to run workers, got {MOST_STARTS} that were ended"
            said = f"{what}; the last one, at {place}, said:\n{messages.rstrip()}"
            raise EngineError([Fault(said, argument_path("engine"))])
        self._due = time.monotonic() + min(LONGEST_WAIT, 0.1 * 2**self._in_vain)
        self._work.tell(f"dask: the worker at {place} was ended (status {status})")

    def _is_stuck(self, places: list[str]) -> bool:
        """Whether no place is left to work at. Without places, those to come are waited for."""
        if places:
            self._is_waiting = False
            return all(place in self._ended for place in places)
        if not self._is_waiting:
            self._work.tell("dask: waiting for workers of the cluster")
        self._is_waiting = True
        return False

    def _is_anywhere(self, *statuses: int) -> bool:
        return any(status in statuses for status in self._ended.values())


@contextmanager
def _connected(work: Work) -> Iterator[Any]:
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        what = "must have Dask installed, got a Python without distributed"
        fix = 'pip install "poise-workflows[dask]"'
        raise EngineError([Fault(f"{what}; {fix}", argument_path("engine"))]) from None
    named = [name for name in ("scheduler", "cluster") if name in work.options]
    if len(named) != 1:
        got = "both" if named else "neither"
        what = f"must be an address, or a cluster to start, got {got}"
        fix = f"pass {argument('scheduler', option_value='tcp://HOST:8786')}"
        raise EngineError([Fault(f"{what}; {fix}", argument_path("scheduler"))])
    with ExitStack() as opened:
        if named == ["cluster"]:
            where: Any = opened.enter_context(_cluster(work))
        else:
            where = work.options["scheduler"]
        yield opened.enter_context(_client(distributed, where))


def _client(distributed: Any, where: Any) -> Any:
    is_file = isinstance(where, str) and where.endswith(".json")
    try:
        return distributed.Client(**{"scheduler_file" if is_file else "address": where})
    except (OSError, ValueError) as error:  # a timeout is an OSError
        what = f"must be a scheduler that answers, got {where} ({described(error)})"
        fix = "start one with: dask scheduler"
        raise EngineError([Fault(f"{what}; {fix}", argument_path("scheduler"))]) from None


@contextmanager
def _cluster(work: Work) -> Iterator[Any]:
    """A cluster of the class that the user names, by its own configuration."""
    path, jobs = work.options["cluster"], work.jobs
    where = argument_path("engine_options")
    if jobs is None:
        what = f"must be said for a cluster of its own, got {path} without a number of jobs"
        raise EngineError([Fault(what, argument_path("jobs"))])
    module, _, name = path.rpartition(".")
    try:
        make = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        what = f"must be a class that can be imported, got {path} ({described(error)})"
        raise EngineError([Fault(f"{what}; install its package", where)]) from None
    try:
        cluster = make()
    except Exception as error:  # the class is not Poise's
        what = f"must start by its own configuration, got {path} ({described(error)})"
        raise EngineError([Fault(what, where)]) from error
    with cluster:
        work.tell(f"dask: {counted(jobs, 'worker')} of {path}")
        cluster.scale(jobs)
        yield cluster


SPEC = EngineSpec(
    key="dask",
    run=run,
    options=OPTIONS,
    examples={"cluster": "distributed.LocalCluster"},
    summary="The workers of a Dask cluster, on any machine that sees the folder",
)

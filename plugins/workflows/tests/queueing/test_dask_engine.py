"""The engine ``dask``: where it starts workers, and when it starts no more."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from poise_workflows.queueing import dask_engine
from poise_workflows.queueing.contract import (
    ASIDE,
    DONE,
    REFUSED,
    UNFINISHED,
    EngineError,
    Work,
)
from poise_workflows.queueing.dask_engine import MOST_STARTS, Crew, run
from poise_workflows.queueing.dask_tasks import run_worker

FOLDER = Path("/results")
KILLED = -signal.SIGKILL


class Future:
    def __init__(self, place: str, status: int | None, messages: str) -> None:
        self.place, self.status, self.messages = place, status, messages
        self.is_cancelled = False

    def done(self) -> bool:
        return self.status is not None

    def result(self) -> tuple[int | None, str]:
        return self.status, self.messages

    def cancel(self) -> None:
        self.is_cancelled = True


class Client:
    """Dask, whose workers end as a script says.

    Args:
        script: place → the statuses of the workers that are started there, one after the other;
            ``None`` for one that runs until it is asked to end.
        places: which places there are, each time that somebody asks; the last stays.
    """

    def __init__(self, script: Mapping[str, Sequence[int | None]], *places: list[str]) -> None:
        self.script = {place: list(statuses) for place, statuses in script.items()}
        self.places: list[list[str]] = list(places) or [list(script)]
        self.started: list[str] = []
        self.words: list[list[str]] = []
        self.futures: list[Future] = []
        self.most = 0

    def nthreads(self) -> dict[str, int]:
        places = self.places.pop(0) if len(self.places) > 1 else self.places[0]
        return dict.fromkeys(places, 1)

    def submit(self, task: Any, name: str, words: list[str], **how: Any) -> Future:
        assert task is run_worker
        (place,) = how["workers"]
        assert not how["allow_other_workers"]
        self.started.append(place)
        self.words.append(words)
        statuses = self.script[place]
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        self.futures.append(Future(place, status, f"said at {place}\n"))
        return self.futures[-1]

    def run(self, task: Any, names: list[str], on_error: str) -> None:
        for future in self.futures:
            future.status = UNFINISHED if future.status is None else future.status


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_engine, "POLL", 0.0)
    monkeypatch.setattr(dask_engine, "LONGEST_WAIT", 0.0)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def work(told: list[str]) -> Callable[..., Work]:
    """``work(5, 3, 0)``: so many videos are left, each time that somebody asks."""

    def make(*left: int, jobs: int | None = None, **options: str) -> Work:
        counts = list(left)
        return Work(
            folder=FOLDER,
            command=("python", "-m", "poise", "work", str(FOLDER), "--stop-after", "55m"),
            jobs=jobs,
            devices="auto",
            options=options,
            left=lambda: counts.pop(0) if len(counts) > 1 else counts[0],
            tell=told.append,
        )

    return make


def test_a_worker_is_started_at_each_place_and_none_twice(work: Callable[..., Work]) -> None:
    client = Client({"a": [DONE], "b": [ASIDE]})

    Crew(work(9, 9, 9, 0), client).work()

    assert client.started == ["a", "b"]
    assert client.words == [["poise", "work", "/results", "--stop-after", "55m"]] * 2


@pytest.mark.parametrize(("left", "jobs", "count"), [(9, 1, 1), (2, None, 2), (9, 2, 2)])
def test_there_are_no_more_workers_than_jobs_and_videos(
    left: int, jobs: int | None, count: int, work: Callable[..., Work]
) -> None:
    client = Client({name: [None] for name in "abc"})
    crew = Crew(work(left, left, left, 0, jobs=jobs), client)
    client.nthreads = lambda: _then_end(client)  # type: ignore[method-assign]

    crew.work()

    assert len(client.started) == count


def _then_end(client: Client) -> dict[str, int]:
    """The third time that somebody asks, all workers end."""
    client.most += 1
    if client.most > 2:
        client.run(None, [], "ignore")
    return dict.fromkeys("abc", 1)


def test_a_worker_that_was_ended_is_started_anew(
    work: Callable[..., Work], told: list[str]
) -> None:
    client = Client({"a": [KILLED, KILLED, DONE]})

    Crew(work(1, 1, 1, 1, 0), client).work()

    assert client.started == ["a"] * 3
    assert told.count(f"dask: the worker at a was ended (status {KILLED})") == 2


def test_a_worker_of_dask_that_is_gone_has_a_successor_at_another_place(
    work: Callable[..., Work], told: list[str]
) -> None:
    client = Client({"a": [None], "b": [DONE]}, ["a"], ["a"], [], ["b"])

    Crew(work(1, 1, 1, 1, 1, 0), client).work()

    assert client.started == ["a", "b"]
    assert client.futures[0].is_cancelled
    assert told[1] == "dask: the worker at a is gone; its video goes on elsewhere"
    assert told[2] == "dask: waiting for workers of the cluster"


def test_workers_that_are_always_ended_end_the_engine(work: Callable[..., Work]) -> None:
    client = Client({"a": [KILLED]})

    with pytest.raises(
        EngineError, match=r"got 20 that were ended; .* at a, said: @ engine\nsaid at a"
    ):
        Crew(work(1), client).work()

    assert len(client.started) == MOST_STARTS


def test_each_video_that_gets_done_forgives_those_that_were_ended(
    work: Callable[..., Work],
) -> None:
    client = Client({"a": [KILLED] * (MOST_STARTS + 10) + [DONE]})
    left = [2] * (MOST_STARTS - 2) + [1] * 13

    Crew(work(*left, 0), client).work()

    assert len(client.started) > MOST_STARTS


def test_a_machine_that_cannot_work_leaves_the_videos_to_others(
    work: Callable[..., Work], told: list[str]
) -> None:
    client = Client({"a": [REFUSED], "b": [None, DONE]}, ["a", "b"], ["a", "b"], ["a", "b"], ["a"])

    with pytest.raises(EngineError):
        Crew(work(1), client).work()

    assert client.started.count("a") == 1
    assert "dask: a cannot work: said at a" in told


def test_if_every_machine_refuses_the_engine_says_what_the_last_one_said(
    work: Callable[..., Work],
) -> None:
    with pytest.raises(EngineError, match=r"got refusals of all: @ scheduler\nsaid at b"):
        Crew(work(1), Client({"a": [REFUSED], "b": [REFUSED]})).work()


def test_workers_whose_time_is_up_end_the_engine_with_videos_left(
    work: Callable[..., Work],
) -> None:
    client = Client({"a": [UNFINISHED], "b": [UNFINISHED]})

    Crew(work(5), client).work()

    assert client.started == ["a", "b"]


def test_an_interruption_ends_all_workers_and_passes(
    work: Callable[..., Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client({"a": [None], "b": [None]})

    def interrupted(seconds: float) -> None:
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    crew = Crew(work(5), client)

    with pytest.raises(KeyboardInterrupt):
        crew.work()
    crew.end()

    assert [future.status for future in client.futures] == [UNFINISHED] * 2


def test_workers_may_see_the_folder_elsewhere(work: Callable[..., Work]) -> None:
    client = Client({"a": [DONE]})

    Crew(work(1, 1, 0, folder="/mnt/results"), client).work()

    assert client.words == [["poise", "work", "/mnt/results", "--stop-after", "55m"]]


@pytest.mark.parametrize(
    ("options", "jobs", "what"),
    [
        ({}, None, "must be an address, or a cluster to start, got neither"),
        ({"scheduler": "tcp://a:1", "cluster": "a.B"}, None, "got both"),
        ({"cluster": "distributed.LocalCluster"}, None, "without a number of jobs"),
        ({"cluster": "nowhere.Cluster"}, 2, "must be a class that can be imported, got nowhere"),
        ({"cluster": "io.FileIO"}, 2, "must start by its own configuration, got io.FileIO"),
    ],
)
def test_what_is_no_cluster_is_refused(
    options: dict[str, str], jobs: int | None, what: str, work: Callable[..., Work]
) -> None:
    pytest.importorskip("distributed")

    with pytest.raises(EngineError) as error:
        run(work(1, jobs=jobs, **options))

    assert what in str(error.value)


def test_without_dask_the_engine_says_how_to_install_it(
    work: Callable[..., Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(EngineError, match=r'pip install "poise-workflows\[dask\]"'):
        run(work(1, scheduler="tcp://a:1"))


def test_a_task_runs_the_command_and_hands_back_status_and_last_messages(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_worker("a", ["poise", "--version"]) == (0, "")

    status, messages = run_worker("b", ["poise", "preview", "--no-such-option"])

    assert status == 2
    assert "--no-such-option" in messages
    assert "--no-such-option" in capsys.readouterr().err


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    """A process that starts a tied worker, tells its number, and waits."""
    child = (
        "import sys; from poise_workflows.queueing import tied; tied.POLL = 0.05; "
        "import os, threading, time; "
        "threading.Thread(target=tied.end_with, args=(os.getppid(),), daemon=True).start(); "
        "print(os.getpid(), flush=True); time.sleep(60)"
    )
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows gives nobody another parent")
def test_a_worker_ends_when_the_process_that_has_started_it_was_killed(
    parent: subprocess.Popen[str],
) -> None:
    import psutil

    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))

    parent.kill()

    child.wait(timeout=20)

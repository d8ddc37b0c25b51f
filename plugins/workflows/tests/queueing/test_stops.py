"""When a worker ends although videos are left."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import pytest

from poise_workflows.queueing.errors import QueueError
from poise_workflows.queueing.stops import (
    Stop,
    StoppedWorkError,
    seconds_of_text,
    signals_noted,
)
from poise_workflows.stopping import Terminated


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("55m", 3300),
        ("1h30m", 5400),
        ("2h", 7200),
        (" 90s ", 90),
        ("1h1m1s", 3661),
        (0.5, 0.5),
        (None, None),
    ],
)
def test_a_time_is_written_as_for_a_cluster(text: Any, seconds: float | None) -> None:
    assert seconds_of_text(text) == seconds


@pytest.mark.parametrize("text", ["", "55", "0m", "m", "1d", "-5m", 0, -1, True, "5m1h"])
def test_another_time_is_refused_with_examples(text: Any) -> None:
    with pytest.raises(QueueError, match=r"must be a time above 0 such as 55m, 1h30m or 90s, got"):
        seconds_of_text(text)


def test_a_worker_ends_after_its_time() -> None:
    stop = Stop(0.05)

    stop.check()
    stop.sleep(5)

    assert stop.is_due()
    assert stop.interruption is None
    with pytest.raises(StoppedWorkError):
        stop.check()


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGTERM, Terminated), (signal.SIGINT, KeyboardInterrupt)]
)
def test_a_signal_ends_it_after_its_batch(number: int, error: type[BaseException]) -> None:
    stop, former = Stop(), signal.getsignal(number)

    with signals_noted(stop):
        assert not stop.is_due()
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)  # at the same moment, as from a terminal and from an engine
        time.sleep(0.01)

    assert stop.is_due()
    assert type(stop.interruption) is error
    assert signal.getsignal(number) is former


def test_a_signal_that_comes_again_later_ends_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poise_workflows.queueing.stops.IMPATIENCE", 0.01)
    stop = Stop()

    stop.note(signal.SIGTERM, None)
    time.sleep(0.02)

    with pytest.raises(Terminated):
        stop.note(signal.SIGTERM, None)


def test_a_thread_that_gets_no_signals_changes_nothing() -> None:
    handlers: list[Any] = []

    def inside() -> None:
        with signals_noted(Stop()):
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()

    assert handlers == [signal.getsignal(signal.SIGTERM)]

"""A queue, a clock that tests turn, and workers on machines that cannot see each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from poise_workflows.journal import claims
from poise_workflows.queueing.claiming import Queue
from poise_workflows.queueing.clocks import Clock
from poise_workflows.queueing.owners import Owner


class TurnedClock(Clock):
    """Time passes when a test says so, or when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def unseen(facts: Mapping[str, Any]) -> None:
    """Whether a process runs, asked from a machine from which no other can be seen."""


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "poise-queue"


@pytest.fixture
def worker(folder: Path, clock: TurnedClock) -> Callable[..., Queue]:
    """A worker by its name, on a machine of its own."""

    def worker_of(name: str, **options: Any) -> Queue:
        process = attrs.evolve(claims.own(), host=name)
        return Queue(
            folder, Owner(name, process), **{"clock": clock, "aliveness": unseen, **options}
        )

    return worker_of

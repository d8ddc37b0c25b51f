"""Whose owner is dead, as seen from one machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise_workflows.queueing.clocks import Clock
from poise_workflows.queueing.disks import Disk
from poise_workflows.queueing.names import Entry
from poise_workflows.queueing.queue_folders import QueueFolder
from poise_workflows.queueing.watching import Rhythm, Watcher

RHYTHM = Rhythm(beat=10, patience=90)
ENTRY = Entry(0, move=1, owner="a")


@pytest.fixture
def watcher(folder: Path, clock: Clock) -> Callable[[bool | None], Watcher]:
    def watcher_of(alive: bool | None) -> Watcher:
        place = QueueFolder(str(folder), Disk(), clock)
        place.create([0])
        Path(place.worker_path("a")).write_text(json.dumps({"process": {}}))
        return Watcher(place, RHYTHM, lambda facts: alive)

    return watcher_of


def look(
    watcher: Watcher, clock: Any, *entries: Entry, seconds: float, every: float
) -> list[Entry]:
    """Look again and again; what is seen at the end."""
    watcher.abandoned(entries)
    for _ in range(round(seconds / every)):
        clock.time += every
        last = watcher.abandoned(entries)
    return last


def test_a_claim_is_abandoned_after_it_was_watched_for_long_enough(
    watcher: Callable[..., Watcher], clock: Clock
) -> None:
    assert look(watcher(None), clock, ENTRY, seconds=80, every=10) == []
    assert look(watcher(None), clock, ENTRY, seconds=90, every=10) == [ENTRY]


def test_a_claim_that_is_renewed_is_not_abandoned(
    watcher: Callable[..., Watcher], clock: Clock
) -> None:
    watching, entry = watcher(None), ENTRY
    for _ in range(10):
        assert look(watching, clock, entry, seconds=60, every=10) == []
        entry = entry.moved("a")


def test_who_did_not_look_for_long_has_not_watched(
    watcher: Callable[..., Watcher], clock: Clock
) -> None:
    assert look(watcher(None), clock, ENTRY, seconds=1000, every=500) == []


def test_a_process_that_ended_is_known_at_once(watcher: Callable[..., Watcher]) -> None:
    assert watcher(False).abandoned([ENTRY]) == [ENTRY]


def test_a_process_that_runs_keeps_its_claim_even_if_it_does_not_renew_it(
    watcher: Callable[..., Watcher], clock: Clock
) -> None:
    assert look(watcher(True), clock, ENTRY, seconds=500, every=10) == []


def test_a_worker_without_a_file_is_watched(watcher: Callable[..., Watcher], clock: Clock) -> None:
    entry = Entry(0, move=1, owner="b")

    assert look(watcher(False), clock, entry, seconds=80, every=10) == []
    assert look(watcher(False), clock, entry, seconds=90, every=10) == [entry]

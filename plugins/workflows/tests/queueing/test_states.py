"""What a user is told of a queue while workers change it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise_workflows.queueing.claiming import Queue
from poise_workflows.queueing.disks import Disk
from poise_workflows.queueing.names import Entry
from poise_workflows.queueing.queue_folders import Place, QueueFolder
from poise_workflows.queueing.states import read_reasons, read_states

Workers = Callable[..., Queue]


class BusyDisk(Disk):
    """Entries move while a place is listed.

    Args:
        after: the place after whose listing they move.
        move: what moves.
        times: how often.
    """

    def __init__(self, after: str, move: Callable[[], object], times: int = 1) -> None:
        self._after, self._move, self._times = after, move, times

    def names(self, folder: str) -> list[str]:
        names = super().names(folder)
        if folder.endswith(self._after) and self._times:
            self._times -= 1
            self._move()
        return names


def test_each_entry_is_told_with_its_place(worker: Workers, folder: Path) -> None:
    queue = worker("a")
    queue.create(range(4))
    done, aside, _ = (queue.take() for _ in range(3))
    assert done is not None
    assert aside is not None
    done.finish(9)
    aside.set_aside("it is no video")

    states = read_states(folder)

    assert states.counts() == {"waiting": 1, "claimed": 1, "done": 1, "aside": 1}
    assert [entry.number for entry in states.at(Place.DONE)] == [done.number]
    assert states.at(Place.DONE)[0].frames == 9
    assert not states.is_over
    assert sorted(states.entries) == [0, 1, 2, 3]


@pytest.mark.parametrize("after", list(Place))
def test_an_entry_that_moves_while_places_are_listed_is_told_once(
    after: Place, worker: Workers, folder: Path
) -> None:
    queue = worker("a")
    queue.create([0])

    states = read_states(folder, disk=BusyDisk(after, queue.take))

    assert len(states.entries) == 1
    assert sum(states.counts().values()) == 1


def test_an_entry_that_goes_back_while_places_are_listed_is_not_lost(
    worker: Workers, folder: Path, clock: Any
) -> None:
    queue = worker("a")
    queue.create([0])
    claim = queue.take()
    assert claim is not None

    states = read_states(folder, disk=BusyDisk("waiting", claim.release), clock=clock)

    assert states.counts()["waiting"] == 1


def test_an_entry_that_is_always_elsewhere_is_said_to_move(
    worker: Workers, folder: Path, clock: Any
) -> None:
    queue = worker("a")
    queue.create([0, 1])

    class HidingDisk(Disk):
        def names(self, folder: str) -> list[str]:
            return [name for name in super().names(folder) if not name.startswith("00001")]

    states = read_states(folder, disk=HidingDisk(), clock=clock)

    assert states.counts() == {"waiting": 1, "claimed": 0, "done": 0, "aside": 0, "moving": 1}
    assert states.entries[1] == (None, Entry(1))
    assert not states.is_over


def test_a_folder_without_a_queue_is_refused(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_states(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_in_place_of_a_worker_blocks_nobody(folder: Path) -> None:
    QueueFolder(str(folder)).create([0])
    os.mkfifo(folder / "workers" / "a.json")

    assert read_states(folder).workers == {}


def test_files_that_are_no_workers_or_reasons_do_no_harm(folder: Path) -> None:
    QueueFolder(str(folder)).create([0])
    (folder / "workers" / "a.json").write_text("{")
    (folder / "workers" / "b.json").write_text("[]")
    (folder / "workers" / "c.json.0a.part").write_text("{}")
    (folder / "reasons" / "notes.txt").write_text("mine")

    assert read_states(folder).workers == {"a": {}, "b": {}}
    assert read_reasons(folder) == {}

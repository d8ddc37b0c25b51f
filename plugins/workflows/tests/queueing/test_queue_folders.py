"""A queue appears in one step, and entries move in it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from poise_workflows.queueing.clocks import Clock
from poise_workflows.queueing.disks import Disk
from poise_workflows.queueing.names import Entry
from poise_workflows.queueing.queue_folders import Place, QueueFolder

WAITING, CLAIMED = Entry(0), Entry(0, move=1, owner="a")


class AnsweringDisk(Disk):
    """Says of the first renames what a test wants it to, whether they worked or not."""

    def __init__(self, number: int, *, times: int = 1, works: bool) -> None:
        self._number, self._times, self._works = number, times, works

    def rename(self, source: str, target: str) -> None:
        self._times -= 1
        if self._works or self._times < 0:
            super().rename(source, target)
        if self._times >= 0:
            raise OSError(self._number, "said the disk")


def place_of(folder: Path, disk: Disk | None = None, clock: Clock | None = None) -> QueueFolder:
    place = QueueFolder(str(folder), disk or Disk(), clock or Clock())
    QueueFolder(str(folder)).create([0])
    return place


def test_every_entry_waits_at_first(folder: Path) -> None:
    numbers = [3, 1, 2, 7, 100_000]

    assert QueueFolder(str(folder)).create(numbers)
    place = QueueFolder(str(folder))
    assert place.exists()
    assert place.numbers() == sorted(numbers)
    assert sorted(place.entries(Place.WAITING)) == [Entry(number) for number in sorted(numbers)]


def test_a_queue_that_is_there_stays_as_it_is_even_if_nothing_waits(folder: Path) -> None:
    place = place_of(folder)
    assert place.move(Place.WAITING, WAITING, Place.CLAIMED, CLAIMED)

    assert not place.create([0])
    assert not list(place.entries(Place.WAITING))
    assert list(place.entries(Place.CLAIMED)) == [CLAIMED]


def test_the_second_of_two_who_create_a_queue_at_the_same_time_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = QueueFolder(str(folder))
    fill = QueueFolder._fill

    def fill_late(self: QueueFolder, draft: str, numbers: list[int]) -> None:
        fill(self, draft, numbers)
        monkeypatch.undo()
        assert QueueFolder(str(folder)).create(numbers)
        assert self.move(Place.WAITING, WAITING, Place.CLAIMED, CLAIMED)

    monkeypatch.setattr(QueueFolder, "_fill", fill_late)

    assert not slow.create([0])
    assert not list(slow.entries(Place.WAITING))
    assert not list(folder.glob("*.draft"))


def test_a_queue_that_cannot_be_created_is_not_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Disk, source: str, target: str) -> None:
        raise PermissionError(errno.EACCES, "not allowed", target)

    monkeypatch.setattr(Disk, "rename", refuse)

    with pytest.raises(PermissionError):
        QueueFolder(str(folder)).create([0])
    assert not QueueFolder(str(folder)).exists()
    assert not list(folder.glob("*.draft"))


def test_the_second_of_two_who_move_an_entry_is_told(folder: Path) -> None:
    place, other = place_of(folder), Entry(0, move=1, owner="b")

    assert place.move(Place.WAITING, WAITING, Place.CLAIMED, CLAIMED)
    assert not place.move(Place.WAITING, WAITING, Place.CLAIMED, other)
    assert list(place.entries(Place.CLAIMED)) == [CLAIMED]


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EIO, errno.ESTALE])
def test_a_rename_that_worked_counts_whatever_the_answer_says(folder: Path, number: int) -> None:
    place = place_of(folder, AnsweringDisk(number, works=True))

    assert place.move(Place.WAITING, WAITING, Place.CLAIMED, CLAIMED)


def test_a_rename_that_is_refused_is_asked_for_again(folder: Path, clock: Clock) -> None:
    place = place_of(folder, AnsweringDisk(errno.EIO, times=2, works=False), clock)

    assert place.move(Place.WAITING, WAITING, Place.CLAIMED, CLAIMED)


def test_a_rename_that_is_refused_again_and_again_is_an_error(folder: Path, clock: Clock) -> None:
    place = place_of(folder, AnsweringDisk(errno.EIO, times=9, works=False), clock)

    with pytest.raises(OSError, match="said the disk"):
        place.move(Place.WAITING, WAITING, Place.CLAIMED, CLAIMED)
    assert list(place.entries(Place.WAITING)) == [WAITING]


def test_whatever_else_lies_in_a_place_is_no_entry(folder: Path) -> None:
    place = place_of(folder)
    for name in ("notes.txt", "00000.tries0", ".nfs01"):
        (folder / "waiting" / name).touch()

    assert list(place.entries(Place.WAITING)) == [WAITING]

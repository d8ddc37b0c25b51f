"""A disk that does not answer for a moment ends no worker."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest

from poise_workflows.queueing import asking_again
from poise_workflows.queueing.asking_again import MOST, ask_patiently
from poise_workflows.queueing.stops import Stop


class Disk:
    """Fails with an error some times, and then answers."""

    def __init__(self, number: int, times: int) -> None:
        self.number, self.times, self.asked = number, times, 0

    def __call__(self) -> str:
        self.asked += 1
        if self.asked <= self.times:
            raise OSError(self.number, os.strerror(self.number), "predictions/poise-queue")
        return "an entry"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking_again, "PAUSE", 0.0)


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ETIMEDOUT])
def test_a_server_that_is_there_again_gives_its_answer(number: int) -> None:
    disk, said = Disk(number, MOST - 1), list[str]()

    assert ask_patiently(disk, Stop(), said.append) == "an entry"
    assert disk.asked == MOST
    assert said == [f"the folder does not answer ({os.strerror(number)}); it is asked again"]


def test_a_server_that_never_comes_back_is_given_up() -> None:
    disk = Disk(errno.ESTALE, MOST)

    with pytest.raises(OSError, match="poise-queue"):
        ask_patiently(disk, Stop(), lambda text: None)
    assert disk.asked == MOST


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.ENOSPC, errno.EROFS])
def test_a_disk_that_refuses_is_asked_once(number: int) -> None:
    disk = Disk(number, 1)

    with pytest.raises(OSError, match="poise-queue"):
        ask_patiently(disk, Stop(), lambda text: None)
    assert disk.asked == 1


def test_a_worker_that_is_to_end_does_not_wait() -> None:
    disk: Any = Disk(errno.EIO, 1)

    with pytest.raises(OSError, match="poise-queue"):
        ask_patiently(disk, Stop(1e-9), lambda text: None)
    assert disk.asked == 1

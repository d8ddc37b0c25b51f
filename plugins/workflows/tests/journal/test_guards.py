"""Who may not write a journal any more, writes nothing into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poise.errors import PoiseError
from poise_workflows.journal.batches import Batch
from poise_workflows.journal.writing import open_journal


class LostError(PoiseError):
    """Another process may write now."""


class Guard:
    """Lets a process write so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self) -> None:
        if not self.times:
            raise LostError("another process writes")
        self.times -= 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flies.slp.journal"


def test_no_journal_is_begun(path: Path, description: Any) -> None:
    with pytest.raises(LostError):
        open_journal(path, description, guard=Guard(0))

    assert not path.exists()


@pytest.mark.parametrize("options", [{}, {"overwrite": True}])
def test_no_journal_is_gone_on_with_nor_replaced(
    options: Any, path: Path, description: Any, batch: Callable[[int], Batch]
) -> None:
    with open_journal(path, description) as journal:
        journal.append(batch(0))
    torn = path.read_bytes() + b"a record that another process is writing"
    path.write_bytes(torn)

    with pytest.raises(LostError):
        open_journal(path, description, guard=Guard(0), **options)

    assert path.read_bytes() == torn
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "write",
    [
        lambda journal, batch: journal.append(batch(1)),
        lambda journal, batch: journal.finish({}),
        lambda journal, batch: journal.record_partial("ab12"),
    ],
)
def test_no_record_is_appended_not_even_at_the_end(
    write: Callable[..., None], path: Path, description: Any, batch: Callable[[int], Batch]
) -> None:
    guard = Guard(100)
    journal = open_journal(path, description, guard=guard)
    journal.append(batch(0))
    before, guard.times = path.read_bytes(), 0

    with pytest.raises(LostError):
        write(journal, batch)
    journal.close()

    assert path.read_bytes() == before


def test_the_guard_is_asked_before_each_record(
    path: Path, description: Any, batch: Callable[[int], Batch]
) -> None:
    guard = Guard(100)
    with open_journal(path, description, guard=guard) as journal:
        for index in range(5):
            before = guard.times
            journal.append(batch(index))
            assert guard.times == before - 1

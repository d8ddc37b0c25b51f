"""No file takes longer than its size explains."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import slow_frames  # noqa: F401 - registers its cases
from slow_files import CASES, ENOUGH, Slow, growth, is_too_slow

pytestmark = pytest.mark.filterwarnings("ignore::poise.PluginNotInstalledWarning")

TRIES = 3
"""How often a reading is measured; only one that is slow every time is refused."""


def is_slow(case: Slow, folder: Path) -> list[list[float]]:
    """The times of each try, if all of them are too slow; else nothing."""
    tries = []
    for number in range(TRIES):
        place = folder / str(number)
        place.mkdir()
        tries.append(growth(case, place))
        if not is_too_slow(tries[-1]):
            return []
    return tries


@pytest.mark.parametrize("name", CASES)
def test_reading_takes_no_longer_than_the_size_explains(name: str, tmp_path: Path) -> None:
    assert is_slow(CASES[name], tmp_path) == []


def test_there_are_at_least_45_slow_files() -> None:
    assert len(CASES) >= 45


def of_numbers(read: Callable[[list[str]], object]) -> Slow:
    def write(folder: Path, size: int) -> Path:
        (folder / "numbers").write_text(" ".join(map(str, range(size))))
        return folder / "numbers"

    return Slow("numbers", lambda path: read(path.read_text().split()), write)


def test_a_reader_of_quadratic_time_is_noticed(tmp_path: Path) -> None:
    def pairwise(numbers: list[str]) -> object:
        return [index for index, number in enumerate(numbers) if number in numbers[:index]]

    assert len(is_slow(of_numbers(pairwise), tmp_path)) == TRIES


def test_a_reader_that_sorts_is_not_too_slow(tmp_path: Path) -> None:
    def sort(numbers: list[str]) -> object:
        return sorted(random.Random(0).sample(numbers, len(numbers)))

    assert is_slow(of_numbers(sort), tmp_path) == []


def test_a_file_that_is_slow_however_small_is_noticed() -> None:
    assert is_too_slow([20 * ENOUGH])

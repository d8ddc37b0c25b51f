"""Memory in words and in bytes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from poise_workflows.recommending.amounts import bytes_of, in_words


@pytest.mark.parametrize(
    ("amount", "count"),
    [
        ("4GiB", 4 * 2**30),
        ("4 GiB", 4 * 2**30),
        ("4gib", 4 * 2**30),
        ("4GB", 4_000_000_000),
        ("1.5MiB", 1_572_864),
        (".5TB", 500_000_000_000),
        ("100kB", 100_000),
        (123, 123),
        (1e9, 1_000_000_000),
    ],
)
def test_an_amount_is_so_many_bytes(amount: Any, count: int) -> None:
    assert bytes_of(amount) == count


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("4", "got '4'; did you mean 4GiB?"),
        ("4G", "got '4G'; units: GB, GiB"),
        ("4Gb/s", "must be a number and a unit, as 4GiB or 500MB, got '4Gb/s'"),
        ("4Pixels", "got '4Pixels'; units: KB, MB, GB, TB, KiB, MiB, GiB, TiB"),
        ("-4GiB", "must be a number and a unit, as 4GiB or 500MB, got '-4GiB'"),
        ("0GiB", "must be more than nothing, and less than 8,388,608TiB, got '0GiB'"),
        ("99999999TiB", "must be more than nothing, and less than 8,388,608TiB"),
        ("", "must be a number and a unit, as 4GiB or 500MB, got ''"),
        ("٤GiB", "must be a number and a unit, as 4GiB or 500MB"),
        (0, "must be a number of bytes above 0, got 0"),
        (-1.0, "must be a number of bytes above 0, got -1.0"),
        (True, "must be a number and a unit, as 4GiB or 500MB, got True"),
        (None, "must be a number and a unit, as 4GiB or 500MB, got None"),
        (float("nan"), "must be a number"),
    ],
)
def test_what_is_no_amount_is_refused(amount: Any, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        bytes_of(amount)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (4 * 2**30, "4 GiB"),
        (1.5 * 2**30, "1.5 GiB"),
        (700 * 2**20, "700 MiB"),
        (5000 * 2**30, "5,000 GiB"),
    ],
)
def test_bytes_are_written_with_three_figures(count: float, words: str) -> None:
    assert in_words(count) == words

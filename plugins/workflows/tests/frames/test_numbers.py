"""Which frames: the text of --frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_workflows.frames.numbers import parse_frames, select_numbers
from poise_workflows.frames.sources import SourceError


def numbers_of(frames: object, count: int = 1000) -> list[int]:
    return list(select_numbers(parse_frames(frames), count))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("7", [7]),
        ("0-3", [0, 1, 2, 3]),
        ("0,-3", [0, 1, 2, 3]),
        (" 0 - 2 , 9 ", [0, 1, 2, 9]),
        ("5,1,5-6,5", [5, 1, 5, 6, 5]),
        ("0-1,10-11", [0, 1, 10, 11]),
        ("2,4,-6", [2, 4, 5, 6]),
        ("3-3", [3]),
    ],
)
def test_frames_come_in_the_order_in_which_they_are_named(text: str, numbers: list[int]) -> None:
    assert numbers_of(text) == numbers


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 9)), min_size=1, max_size=6))
def test_every_list_of_ranges_is_read_as_it_was_written(parts: list[tuple[int, int]]) -> None:
    text = ",".join(f"{first}-{first + more}" for first, more in parts)

    assert numbers_of(text) == [
        number for first, more in parts for number in range(first, first + more + 1)
    ]


@pytest.mark.parametrize("frames", [None, "", "  "])
def test_nothing_named_means_every_frame(frames: str | None) -> None:
    assert numbers_of(frames, 4) == [0, 1, 2, 3]


def test_frames_may_be_numbers() -> None:
    assert numbers_of(iter([4, 2, 2])) == [4, 2, 2]


@pytest.mark.parametrize(
    "text", ["a", "1-", "-1", "1-5-9", "1,,2", "1,", ",1", "1;2", "1.5", "0x1", "1-2,-3", "٣"]
)
def test_another_form_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(SourceError) as error:
        parse_frames(text)

    form = "must be numbers and ranges separated by commas, as 0-99,200"
    assert str(error.value) == f"{form}, got {text!r} @ frames"


@pytest.mark.parametrize("number", [-1, True, 1.5])
def test_a_number_that_no_frame_has_is_refused(number: object) -> None:
    with pytest.raises(SourceError, match=f"got {number} @ frames"):
        parse_frames([number])  # type: ignore[list-item]


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(SourceError, match="got '9-3'; 9-3 ends before it starts"):
        parse_frames("9-3")


def test_a_frame_beyond_the_end_is_refused_with_the_count() -> None:
    with pytest.raises(SourceError) as error:
        numbers_of("0-3,50-999999999999", 60)

    assert str(error.value) == (
        "must be a frame from 0 to 59, got 999999999999; the video has 60 frames @ frames"
    )

"""Whole records are told from torn and damaged ones, wherever the file is cut or damaged."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_workflows.journal import records
from poise_workflows.journal.records import MAGIC, Gap, Kind, Record, encode, scan

CONTENTS = [b"header", b"", bytes(range(256)), records._MARK * 3, b"last"]
PIECES = [encode(Kind.BATCH, number, content) for number, content in enumerate(CONTENTS)]
WHOLE = MAGIC + b"".join(PIECES)
ENDS = [len(MAGIC) + sum(map(len, PIECES[:count])) for count in range(len(PIECES) + 1)]


def items(content: bytes) -> list[Record | Gap]:
    return list(scan(io.BytesIO(content)))


def test_a_whole_file_has_every_record_and_no_gap() -> None:
    result = items(WHOLE)

    assert [item.content for item in result if isinstance(item, Record)] == CONTENTS
    assert [item.end for item in result] == ENDS[1:]


@pytest.mark.parametrize("cut", range(len(MAGIC), len(WHOLE)))
def test_wherever_the_file_is_cut_all_records_before_the_cut_are_whole(cut: int) -> None:
    result = items(WHOLE[:cut])
    whole = sum(end <= cut for end in ENDS[1:])

    assert [item.content for item in result[:whole]] == CONTENTS[:whole]  # type: ignore[union-attr]
    is_torn = cut not in ENDS
    assert result[whole:] == ([Gap(ENDS[whole], cut, whole, None)] if is_torn else [])


@given(st.integers(len(MAGIC), len(WHOLE) - 1), st.integers(1, 255))
def test_a_damaged_byte_costs_the_record_that_it_is_in_and_no_other(place: int, flip: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[place] ^= flip
    index = sum(end <= place for end in ENDS) - 1

    result = items(bytes(damaged))

    (gap,) = [item for item in result if isinstance(item, Gap)]
    kept = [item.number for item in result if isinstance(item, Record)]
    assert kept == [number for number in range(len(PIECES)) if number != index]
    assert (gap.start, gap.end, gap.first) == (ENDS[index], ENDS[index + 1], index)


@given(st.binary(max_size=300))
def test_garbage_after_the_last_record_is_a_torn_end(garbage: bytes) -> None:
    result = items(WHOLE + garbage)

    assert len([item for item in result if isinstance(item, Record)]) == len(PIECES)
    assert all(item.after is None for item in result if isinstance(item, Gap))


def test_a_mark_across_two_blocks_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_STEP", 16)

    for length in range(40, 80):
        result = items(MAGIC + os.urandom(length).replace(b"\xf5", b"") + PIECES[2])
        assert [item.number for item in result if isinstance(item, Record)] == [2]


def test_a_length_beyond_the_file_is_not_read() -> None:
    head = records._HEAD.pack(records._MARK, Kind.BATCH, 0, 1 << 60, 0)
    checksum = records._CHECKSUM.pack(records.zlib.crc32(head))

    (gap,) = items(MAGIC + head + checksum)

    assert isinstance(gap, Gap)
    assert gap.after is None


def test_a_copy_of_an_earlier_record_is_not_taken_for_the_next_one() -> None:
    result = items(WHOLE + PIECES[1])

    assert [item.number for item in result if isinstance(item, Record)] == [0, 1, 2, 3, 4]

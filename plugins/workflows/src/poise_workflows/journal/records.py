"""Records of a journal: a mark, a kind, a number, a length, two checksums, the content.

A process that is killed while it appends leaves a torn record at the end: everything before it
is whole. A record that is damaged where whole records follow it is another matter: work is lost,
and ``scan`` says so instead of skipping it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from enum import IntEnum
from typing import BinaryIO, NamedTuple

MAGIC = b"POISE journal 1\n"
"""The first bytes of a journal. The number is the version of the format."""

_MARK = b"\xf5PjR"
_HEAD = struct.Struct("<4sIIQI")  # mark, kind, number, length, checksum of the content
_CHECKSUM = struct.Struct("<I")  # of the head
_FRAME = _HEAD.size + _CHECKSUM.size
_STEP = 1 << 20


class Kind(IntEnum):
    """What a record contains."""

    HEADER = 1
    CLAIM = 2
    RELEASE = 3
    BATCH = 4
    FINAL = 5
    PARTIAL = 6


class Record(NamedTuple):
    """A whole record.

    Attributes:
        kind: a ``Kind``, or the number of a kind of a later version of Poise.
        number: of this record in the journal, from 0.
        content: its bytes.
        start: offset in the file, in bytes.
        end: offset after it.
    """

    kind: int
    number: int
    content: bytes
    start: int
    end: int


class Gap(NamedTuple):
    """Bytes where records should be.

    Attributes:
        start: offset in the file, in bytes.
        end: offset after it.
        first: the number of the first record that is missing.
        after: the first whole record after the gap; ``None`` at a torn end.
    """

    start: int
    end: int
    first: int
    after: Record | None


def encode(kind: int, number: int, content: bytes) -> bytes:
    """The bytes of a record."""
    head = _HEAD.pack(_MARK, kind, number, len(content), zlib.crc32(content))
    return b"".join((head, _CHECKSUM.pack(zlib.crc32(head)), content))


def scan(stream: BinaryIO) -> Iterator[Record | Gap]:
    """Records of a journal, one after the other, with the gaps between them.

    One record at a time is in memory.

    Args:
        stream: the file, which begins with ``MAGIC``.
    """
    size = stream.seek(0, 2)
    offset, number = len(MAGIC), 0
    while offset < size:
        record = _record_at(stream, offset, size)
        if record is not None and record.number == number:
            yield record
        else:
            record = _next_record(stream, offset + 1, size, number)
            yield Gap(offset, record.start if record else size, number, record)
            if record is None:
                return
            yield record
        offset, number = record.end, record.number + 1


def _record_at(stream: BinaryIO, offset: int, size: int) -> Record | None:
    """The whole record that starts there; ``None`` if there is none."""
    stream.seek(offset)
    head = stream.read(_FRAME)
    if len(head) < _FRAME or zlib.crc32(head[: _HEAD.size]) != _CHECKSUM.unpack(head[-4:])[0]:
        return None
    mark, kind, number, length, checksum = _HEAD.unpack(head[: _HEAD.size])
    # A length beyond the file is a torn record; reading it could fill the memory.
    if mark != _MARK or offset + _FRAME + length > size:
        return None
    content = stream.read(length)
    if zlib.crc32(content) != checksum:
        return None
    return Record(kind, number, content, offset, offset + _FRAME + length)


def _next_record(stream: BinaryIO, offset: int, size: int, least: int) -> Record | None:
    """The first whole record from ``offset`` on whose number is at least ``least``."""
    while offset < size:
        stream.seek(offset)
        block = stream.read(_STEP + len(_MARK) - 1)  # a mark may lie across two blocks
        place = block.find(_MARK)
        while place >= 0:
            record = _record_at(stream, offset + place, size)
            if record is not None and record.number >= least:
                return record
            place = block.find(_MARK, place + 1)
        offset += _STEP
    return None

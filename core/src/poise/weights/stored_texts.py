"""Texts in attributes of HDF5 files, read only where they cannot fill the memory.

A text of any length lies in a heap of the file, and an attribute only points to it. Thousands of
names may point to one text of a megabyte, and HDF5 makes a copy of it for each.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Any

from poise.errors import WeightsError
from poise.files import open_file
from poise.messages import shortened

LONGEST_NAME = 1_000
"""Most letters of a name; real ones have some forty."""

MOST_BYTES = 64_000_000
"""Most bytes that the texts of one attribute may take."""

_HEAP = b"GCOL"


def texts(group: Any, attribute: str) -> tuple[str, ...] | None:
    """A list of names in an attribute, or ``None`` if the attribute is absent.

    HDF5 limits attributes to 64 KiB. Keras splits longer lists into ``layer_names0``,
    ``layer_names1``, …, which this function joins.

    Raises:
        WeightsError: it holds something else, or a name that is too long.
    """
    if attribute in group.attrs:
        return _names(group, attribute)
    joined: list[str] = []
    count = 0
    while f"{attribute}{count}" in group.attrs:
        joined += _names(group, f"{attribute}{count}")
        count += 1
    return tuple(joined) if count else None


def text(group: Any, attribute: str) -> str | None:
    """A string in an attribute, or ``None`` if the attribute is absent, or holds several."""
    if attribute not in group.attrs or _count(group, attribute) != 1:
        return None
    return _texts(group, attribute)[0]


def name(group: Any, attribute: str) -> str | None:
    """Like ``text``, for a name.

    Raises:
        WeightsError: it is too long.
    """
    value = text(group, attribute)
    if value is not None:
        _refuse_long(group, attribute, (value,))
    return value


def _names(group: Any, attribute: str) -> tuple[str, ...]:
    names = _texts(group, attribute)
    _refuse_long(group, attribute, names)
    return names


def _refuse_long(group: Any, attribute: str, names: tuple[str, ...]) -> None:
    longest = max(names, key=len, default="")
    if len(longest) > LONGEST_NAME:
        got = f"{len(longest):,}: {shortened(longest, 40)}"
        what = f"names must have at most {LONGEST_NAME:,} letters, got {got}"
        raise WeightsError(f"{_where(group)}: attribute {attribute}: {what}")


def _texts(group: Any, attribute: str) -> tuple[str, ...]:
    import numpy as np

    _refuse_copies(group, attribute)
    value = group.attrs[attribute]
    items = [value] if isinstance(value, str | bytes) else np.ravel(value).tolist()
    try:
        return tuple(item.decode() if isinstance(item, bytes) else _string(item) for item in items)
    except (TypeError, UnicodeDecodeError) as error:
        got = str(error) if isinstance(error, TypeError) else "bytes that are not UTF-8"
        raise _no_names(group, attribute, got) from error


def _refuse_copies(group: Any, attribute: str) -> None:
    """Refuse texts whose copies would take far more memory than the file has bytes."""
    from h5py import h5t

    kind = group.attrs.get_id(attribute).get_type()
    if not isinstance(kind, h5t.TypeStringID | h5t.TypeAtomicID):
        raise _no_names(group, attribute, type(kind).__name__.removesuffix("ID"))
    if not isinstance(kind, h5t.TypeStringID) or not kind.is_variable_str():
        return
    count, size = _count(group, attribute), group.file.id.get_filesize()
    if count > 1 and count * size > MOST_BYTES:
        size = min(size, _longest_text(Path(group.file.filename), size, MOST_BYTES // count))
        if count * size > MOST_BYTES:
            what = f"texts must take at most {MOST_BYTES:,} bytes, got {count:,} of up to {size:,}"
            raise WeightsError(
                f"{_where(group)}: attribute {attribute}: {what}; save them with a fixed length"
            )


def _count(group: Any, attribute: str) -> int:
    count: int = group.attrs.get_id(attribute).get_space().get_simple_extent_npoints()
    return count


def _longest_text(file: Path, size: int, enough: int) -> int:
    """Bytes of the longest text in the heaps of a file, or ``enough`` if none is longer.

    Args:
        file: the file; one that was unpacked from an archive has no path.
        size: its bytes, if nothing better is known.
        enough: heaps up to this size are not looked into.
    """
    if not file.is_file():
        return size
    longest = enough
    with (
        open_file(file) as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as held,
    ):
        place = held.find(_HEAP)
        while 0 <= place <= len(held) - 16:
            heap = struct.unpack_from("<Q", held, place + 8)[0]
            if heap > enough:
                end = min(place + heap, len(held))
                longest = max(longest, _longest_of_heap(held, place + 16, end))
            place = held.find(_HEAP, place + 4)
    return longest


def _longest_of_heap(held: mmap.mmap, place: int, end: int) -> int:
    longest = 0
    while place <= end - 16:
        # Number, count of uses, four bytes of nothing, length; then the text, in steps of eight.
        number, length = struct.unpack_from("<H6xQ", held, place)
        if number == 0:  # what is free
            break
        longest = max(longest, min(length, end - place))
        place += 16 + (length + 7) // 8 * 8
    return longest


def _string(item: Any) -> str:
    if not isinstance(item, str):
        raise TypeError(type(item).__name__)
    return item


def _no_names(group: Any, attribute: str, got: str) -> WeightsError:
    return WeightsError(f"{_where(group)}: attribute {attribute} must hold names, got {got}")


def _where(member: Any) -> str:
    return f"{member.file.filename}{member.name}"

"""Refuse HDF5 files that make a reader of frames or labels take far more than they hold.

HDF5 follows links to other files, and unpacks what is packed however much that is. Poise reads
neither. What it reads at once it compares with the bytes in the file first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import h5py

from poise.errors import Fault, WeightsError
from poise.weights.compression import GZIP, filters_of, refuse_endless
from poise_workflows.frames.sources import SourceError

LARGEST_PIECE = 100_000_000
"""Most bytes of a chunk."""

CHUNKS_OF_A_FRAME = 10_000
"""Most chunks that a frame lies in."""

SLACK = 2**10
"""Bytes more than its size that a chunk may store."""

MEMBERS = 100_000
"""Most groups and arrays of a file."""

DEEPEST = 32
"""Deepest nesting of groups."""


def members_of(
    path: Path, file: Any, *, may_lead_outside: bool = True
) -> Iterator[tuple[str, Any]]:
    """The names and members of an opened file, without what links lead to.

    Args:
        path: the file, for messages.
        file: the opened file.
        may_lead_outside: whether the file may have links to other files, which are not followed.

    Raises:
        SourceError: there are too many of them, groups nest too deep, or a link leads outside.
    """
    waiting: list[tuple[str, Any, int]] = [("", file, 0)]
    count = 0
    while waiting:
        prefix, group, depth = waiting.pop()
        for name in group:
            count += 1
            if count > MEMBERS or depth > DEEPEST:
                what = f"at most {MEMBERS:,} members, and {DEEPEST} levels of groups"
                raise refused(path, f"must have {what}, got more")
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink) and not may_lead_outside:
                what = f"{prefix}{name} must be in the file, got a link to {link.filename}"
                raise refused(path, f"{what}; copy what it leads to")
            if not isinstance(link, h5py.HardLink):
                continue
            member = group[name]
            yield f"{prefix}{name}", member
            if isinstance(member, h5py.Group):
                waiting.append((f"{prefix}{name}/", member, depth + 1))


def refuse_unread(path: Path, dataset: Any) -> None:
    """Refuse a dataset whose values are elsewhere, or packed in a way that Poise does not undo.

    Raises:
        SourceError: they are, or it declares far more than it stores, or its pieces are too large.
    """
    if dataset.external or dataset.is_virtual:
        fix = "copy the values into one file"
        raise refused(path, f"{dataset.name} must hold its values, got another file's; {fix}")
    _filters(path, dataset)
    size = size_of_chunk(dataset)
    if size > LARGEST_PIECE:
        what = f"a chunk of {dataset.name} must have at most {LARGEST_PIECE:,} bytes"
        raise refused(path, f"{what}, got {size:,}; make them smaller by h5repack")


def refuse_endless_chunk(path: Path, dataset: Any, offset: tuple[int, ...]) -> None:
    """Refuse a chunk whose packed bytes go on behind its end, where HDF5 would unpack them, too.

    Args:
        path: the file.
        dataset: a dataset in chunks.
        offset: where the chunk begins.

    Raises:
        SourceError: they go on.
    """
    chunk = dataset.id.get_chunk_info_by_coord(offset)
    size = size_of_chunk(dataset)
    if chunk.byte_offset is None:  # nothing is stored of it
        return
    if chunk.size > 1.1 * size + SLACK:
        what = f"a chunk of {dataset.name} must hold {size:,} bytes, got {chunk.size:,}"
        raise refused(path, what)
    try:
        refuse_endless(dataset, _filters(path, dataset), offset, chunk.filter_mask, size)
    except WeightsError as error:
        raise refused(path, error.one_line()) from None


def checking_frames(path: Path, dataset: Any) -> Callable[[int], None]:
    """A function that checks a frame's chunks like ``refuse_endless_chunk``.

    Frames of one chunk, one after the other, are checked once.

    Args:
        path: the file.
        dataset: frames, along the first axis.

    Raises:
        SourceError: a frame lies in too many chunks.
    """
    if not dataset.chunks or GZIP not in _filters(path, dataset):
        return lambda number: None
    length, *steps = dataset.chunks
    axes = [range(0, size, step) for size, step in zip(dataset.shape[1:], steps, strict=True)]
    count = math.prod(map(len, axes))
    if count > CHUNKS_OF_A_FRAME:
        what = f"a frame of {dataset.name} must lie in at most {CHUNKS_OF_A_FRAME:,} chunks"
        raise refused(path, f"{what}, got {count:,}; make them larger by h5repack")
    checked = -1

    def check(number: int) -> None:
        nonlocal checked
        first = number // length * length
        if first != checked:
            for offset in product([first], *axes):
                refuse_endless_chunk(path, dataset, offset)
            checked = first

    return check


def stored_chunks(dataset: Any) -> list[tuple[int, ...]]:
    """Where the chunks of a dataset begin that are stored; none if it has no chunks."""
    infos: list[Any] = []
    if dataset.chunks:
        # Asking for chunk after chunk would walk over all of them each time.
        dataset.id.chunk_iter(infos.append)
    return [tuple(info.chunk_offset) for info in infos]


def size_of_chunk(dataset: Any) -> int:
    """Bytes of a chunk; 0 if the dataset has none."""
    return math.prod(dataset.chunks) * int(dataset.dtype.itemsize) if dataset.chunks else 0


def _filters(path: Path, dataset: Any) -> list[int]:
    try:
        return filters_of(dataset)
    except WeightsError as error:
        raise refused(path, f"{error.one_line()}; pack it by h5repack -f GZIP=4") from None


def refused(path: Path, what: str) -> SourceError:
    """The error of a file that would take far more than it holds."""
    return SourceError([Fault(what, str(path))])

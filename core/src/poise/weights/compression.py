"""Refuse arrays that take far more memory than they are large, before they are read."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from typing import Any

from poise.errors import WeightsError

GZIP, SHUFFLE, FLETCHER32 = 1, 2, 3

FILTERS = {GZIP: "gzip", SHUFFLE: "shuffle", FLETCHER32: "fletcher32", 32000: "lzf"}
"""Filters that come with HDF5 or h5py. For others, HDF5 would load a library from its path."""

SLACK = 2**20
"""Bytes more than expected that an array may declare or a chunk may hold."""

MOST_CHUNKS = 20_000
"""Most pieces that an array is stored in. h5py makes pieces of 8 kB to 1 MB."""


def refuse_bombs(dataset: Any) -> None:
    """Refuse an array that takes far more memory than its bytes in the file, or than its size.

    Raises:
        WeightsError: it declares far more than it stores, or its stored bytes unpack to more than
            it declares, or it has a filter that Poise does not undo.
    """
    stored = dataset.id.get_storage_size()
    if dataset.nbytes > 1000 * stored + SLACK:  # gzip packs a thousand zeros into one byte
        raise _refused(
            dataset, f"declares {dataset.nbytes:,} bytes but stores {stored:,}; not read"
        )
    if dataset.chunks:
        _refuse_chunks(dataset)


def _refuse_chunks(dataset: Any) -> None:
    size = math.prod(dataset.chunks) * dataset.dtype.itemsize
    if size > dataset.nbytes + SLACK:
        what = "chunks must not be larger than the array"
        raise _refused(dataset, f"{what}, {dataset.nbytes:,} bytes, got {size:,}")
    filters = filters_of(dataset)
    count = dataset.id.get_num_chunks()
    if count > MOST_CHUNKS:
        raise _refused(
            dataset, f"must have at most {MOST_CHUNKS:,} chunks, got {count:,}; use h5repack"
        )
    for offset, mask, stored in _chunks_of(dataset):
        # No filter makes a chunk much longer; what is behind its end would be unpacked, too.
        if stored > 1.1 * size + 2**10:
            raise _refused(dataset, f"a chunk must hold {size:,} bytes, got {stored:,}")
        refuse_endless(dataset, filters, offset, mask, size)


def filters_of(dataset: Any) -> list[int]:
    """The codes of the array's filters, in the order in which they were applied."""
    created = dataset.id.get_create_plist()
    used = [created.get_filter(index) for index in range(created.get_nfilters())]
    codes = [code for code, *_ in used]
    for code, _, _, name in used:
        if code not in FILTERS:
            what = f"the filter must be one of {', '.join(FILTERS.values())}"
            raise _refused(dataset, f"{what}, got {code} ({name.decode(errors='replace')})")
        if codes.count(code) > 1:
            raise _refused(dataset, f"filters must be unique, got {FILTERS[code]} twice")
    return codes


def _chunks_of(dataset: Any) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """Offset, mask of skipped filters and stored size of each chunk."""
    infos: list[Any] = []
    # Asking for chunk after chunk would walk over all of them each time.
    dataset.id.chunk_iter(infos.append)
    for info in infos:
        yield info.chunk_offset, info.filter_mask, info.size


def refuse_endless(
    dataset: Any, filters: list[int], offset: tuple[int, ...], mask: int, size: int
) -> None:
    """Refuse a chunk whose packed bytes go on behind the chunk's end."""
    if GZIP not in filters or mask >> filters.index(GZIP) & 1:
        return
    _, packed = dataset.id.read_direct_chunk(offset)
    room = size + 2**10  # what filters before gzip have added
    unpacking = zlib.decompressobj()
    unpacking.decompress(packed, room)
    if not unpacking.eof:
        raise _refused(
            dataset, f"a chunk must unpack to {size:,} bytes, got more than {room:,}, or a cut one"
        )


def _refused(dataset: Any, what: str) -> WeightsError:
    return WeightsError(f"{dataset.file.filename}{dataset.name}: {what}")

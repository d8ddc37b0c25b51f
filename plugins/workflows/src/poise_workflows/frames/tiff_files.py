"""Open a TIFF file, and refuse what takes far more memory than an image of it."""

from __future__ import annotations

import lzma
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from poise.errors import Fault
from poise_workflows.frames.limits import check_source
from poise_workflows.frames.sources import SourceError

SLACK = 2**20
"""Bytes more than expected that a page may store."""

_NAMED = re.compile(r'FileName="([^"]*)"')

DEFLATE, LZMA = frozenset({8, 32946, 50013}), 34925


@contextmanager
def open_tiff(path: Path) -> Iterator[Any]:
    """Open a TIFF file as a ``tifffile.TiffFile``, without the other files that it may name.

    Raises:
        OSError: there is no such file.
        SourceError: it is no file, or one of several files that belong together.
    """
    import tifffile  # takes longer to import than the rest of this room

    check_source(path)
    with tifffile.TiffFile(path, _multifile=False) as file:
        others = {*_NAMED.findall(file.ome_metadata or "")} - {path.name}
        if others:
            what = f"must hold all its images, got one of {len(others) + 1} files"
            fix = "save them in one file, or convert them to PNG images"
            raise SourceError([Fault(f"{what}; {fix}", str(path))])
        yield file


def refuse_bomb(path: Path, page: Any) -> None:
    """Refuse a page whose bytes are far more than its image, packed or unpacked.

    Raises:
        SourceError: they are.
    """
    most = 2 * int(page.nbytes) + SLACK  # tiles may be wider than the image
    stored = sum(page.databytecounts)
    if stored > most:
        raise _refused(path, f"store at most {most:,} bytes, got {stored:,}")
    compression = int(page.keyframe.compression)
    if compression not in DEFLATE and compression != LZMA:
        return
    handle = page.parent.filehandle
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        handle.seek(offset)
        if _unpacks_beyond(handle.read(count), most, compression):
            raise _refused(path, f"unpack to at most {most:,} bytes, got more")


def _unpacks_beyond(packed: bytes, most: int, compression: int) -> bool:
    """Whether a part unpacks to more than so many bytes; piece by piece, so none is kept."""
    unpacking: Any = lzma.LZMADecompressor() if compression == LZMA else zlib.decompressobj()
    total, waiting = 0, packed
    while total <= most:
        piece = unpacking.decompress(waiting, SLACK)
        waiting = b"" if compression == LZMA else unpacking.unconsumed_tail
        total += len(piece)
        if unpacking.eof or not piece:
            return False
    return True


def _refused(path: Path, what: str) -> SourceError:
    fix = "save it again, or convert it to PNG images"
    return SourceError([Fault(f"a page must {what}; {fix}", str(path))])

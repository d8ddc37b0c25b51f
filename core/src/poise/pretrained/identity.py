"""Whether a file is the published one: by its checksum, else by what can be told without."""

from __future__ import annotations

import hashlib
from pathlib import Path

from poise.errors import WeightsError
from poise.files import open_file
from poise.specs import PublishedWeights
from poise.wire.hdf5_files import SIGNATURE

ZIP = b"PK\x03\x04"
FORMATS = {
    ".h5": ("an HDF5 file", SIGNATURE),
    ".hdf5": ("an HDF5 file", SIGNATURE),
    ".keras": ("a ZIP archive", ZIP),
    ".npz": ("a ZIP archive", ZIP),
}
"""Ending of a file → what it is, and the bytes that it begins with."""

SHORTEST = 0.9
"""A file has at least this much of the stated size, which may count arrays alone."""

LARGEST_RATIO, ROOM = 2, 2**20
"""A file has at most so many times the stated size, and a mebibyte, for what is not arrays."""

LARGEST = 4 * 2**30
"""Most bytes of a file whose size is not stated."""


def most_bytes(published: PublishedWeights) -> int:
    """How many bytes a publisher may send."""
    return LARGEST_RATIO * published.size + ROOM if published.size else LARGEST


def has_checksum(file: Path, checksum: str) -> bool:
    """Whether a file has a checksum, as in ``md5:d41d8cd9…``; always true if it is empty."""
    if not checksum:
        return True
    algorithm, _, expected = checksum.partition(":")
    with open_file(file) as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest() == expected.lower()


def differs(file: Path, published: PublishedWeights) -> str:
    """In what a file cannot be the published one; empty if it may be.

    Raises:
        OSError: the file cannot be read.
    """
    if published.checksum:
        right = has_checksum(file, published.checksum)
        return "" if right else f"checksum: must be {published.checksum}, got another"
    return _another_format(file, published.file) or _too_short(file, published)


def refuse_another(file: Path, published: PublishedWeights) -> None:
    """Refuse what a publisher without a checksum has sent, if it cannot be the file.

    Raises:
        WeightsError: it has another format, as a web page has, or is too short.
    """
    what = differs(file, published)
    if what:
        raise WeightsError(
            f"{published.url}: must be {published.title}, got another file\n"
            f"  {what}\n"
            "  fix: try again; or get the file another way and set POISE_WEIGHTS to its folder"
        )


def _another_format(file: Path, name: str) -> str:
    kind, signature = FORMATS.get(Path(name).suffix.lower(), ("", b""))
    with open_file(file) as stream:
        begin = stream.read(512)
        if not signature or begin.startswith(signature):
            return ""
        offset = 512
        while kind == "an HDF5 file" and stream.seek(offset) == offset:  # behind a user's block
            block = stream.read(len(signature))
            if block == signature:
                return ""
            if not block:
                break
            offset *= 2
    is_page = begin.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"
    return f"content: must be {kind}, got {'a web page' if is_page else 'something else'}"


def _too_short(file: Path, published: PublishedWeights) -> str:
    size = file.stat().st_size
    # Weights that Poise does not fetch are those of a library, which may hold them in another
    # precision.
    if not published.fetched or size >= SHORTEST * published.size:
        return ""
    return f"size: must be about {published.size:,} bytes, got {size:,}"

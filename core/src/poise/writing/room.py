"""Whether the disk has room for a file."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

_PIECE = 1 << 20
_UNABLE = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


def reserve(path: Path, size: int) -> None:
    """Make sure that the disk, a quota and the system's limits have room for a file.

    HDF5 may crash where a file cannot grow, so Poise finds out before HDF5 writes.

    Args:
        path: a file, which is empty afterwards.
        size: bytes that will be written there, at most.

    Raises:
        OSError: there is no room.
    """
    with path.open("wb") as stream:
        if not _allocated(stream, size):
            stream.seek(0)
            for start in range(0, size, _PIECE):
                stream.write(bytes(min(_PIECE, size - start)))
            stream.flush()
        stream.truncate(0)


def _allocated(stream: BinaryIO, size: int) -> bool:
    """Let the system allocate a file; false if the system or the file system cannot do that."""
    if not hasattr(os, "posix_fallocate"):
        return False
    try:
        os.posix_fallocate(stream.fileno(), 0, size)
    except OSError as error:
        if error.errno in _UNABLE:
            return False
        raise
    return True


def flush(path: Path) -> None:
    """Make sure that the disk has a file, or all of a folder, even if the power fails now.

    Raises:
        OSError: the disk does not take it.
    """
    if not path.is_dir():
        with path.open("r+b" if os.name == "nt" else "rb") as stream:
            os.fsync(stream.fileno())
        return
    for item in path.iterdir():
        flush(item)
    flush_names(path)


def flush_names(folder: Path) -> None:
    """Make sure that the disk has the names in a folder, where the system can do that."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(number)
    except OSError:  # some network drives cannot; the files are there
        pass
    finally:
        os.close(number)

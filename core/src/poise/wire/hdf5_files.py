"""Opening HDF5 files, also where the file system cannot lock them. Needs h5py."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

from poise.files import check_file

SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""First bytes of an HDF5 file."""


def open_hdf5(source: Path | IO[bytes]) -> Any:
    """Open an HDF5 file for reading.

    HDF5 locks a file that it opens, which fails on network drives without a lock server, and where
    another process writes the file. Such a file is opened without a lock. All others are opened
    as anyone opens them, or as they are open: HDF5 refuses to open a file with other flags than
    those of an earlier opening.

    Args:
        source: the file, or a binary stream.

    Returns:
        The ``h5py.File``.

    Raises:
        ImportError: h5py is not installed.
        ConfigError: a pipe, a device or a folder is in its place.
        OSError: there is no such file, or it is not HDF5. Damaged files raise other errors, too.
    """
    import h5py

    if isinstance(source, Path):
        check_file(source)
    first = None
    for locking in (None, False, True):
        try:
            return h5py.File(source, "r", locking=locking)
        except OSError as error:
            first = first or error
    assert first is not None
    raise first

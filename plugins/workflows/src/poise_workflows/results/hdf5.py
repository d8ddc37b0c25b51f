"""HDF5 files on file systems without locks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from poise.files import check_file, kind_of
from poise.writing.room import reserve
from poise.writing.whole_files import whole_draft
from poise_workflows.results.errors import unwritable

_PIECE = 1 << 20
_LOCKING = "HDF5_USE_FILE_LOCKING"


def import_without_locks() -> None:
    """Import h5py so that it locks no file, unless the user has decided.

    sleap-io opens files in its own way, also those that it only reads, and fails where the file
    system does not lock. HDF5 reads the variable once, when h5py is imported; programs that this
    one starts must not inherit it.
    """
    is_decided = _LOCKING in os.environ
    os.environ.setdefault(_LOCKING, "FALSE")
    try:
        import h5py  # noqa: F401
    finally:
        if not is_decided:
            del os.environ[_LOCKING]


def why_locked(path: Path) -> str:
    """What to do about a file that only opens without a lock; empty if locks are not the reason.

    Args:
        path: a file that h5py, or a library that uses it, has failed to open.
    """
    import h5py

    if kind_of(path) != "file":
        return ""
    try:
        h5py.File(path, "r").close()
    except OSError:
        with suppress(OSError):
            open_hdf5(path).close()
            return f"set {_LOCKING}=FALSE before Python starts: its file system does not lock"
    return ""


def open_hdf5(path: Path, mode: str = "r") -> Any:
    """Open an HDF5 file without locking it.

    HDF5 locks every file, and fails where the file system does not lock. The environment
    variable that turns this off works only before h5py is imported, so each file says it.

    Args:
        path: the file.
        mode: as of ``h5py.File``.

    Returns:
        The ``h5py.File``, a context manager.

    Raises:
        OSError: it cannot be opened.
        ConfigError: a pipe, a device or a folder is in its place.
    """
    import h5py

    if mode == "r":
        check_file(path)
    # HDF5 2.0 keeps 8 MiB of chunks of each table, which are never read again here.
    return h5py.File(path, mode, locking=False, rdcc_nbytes=_PIECE)


@contextmanager
def whole_hdf5(path: Path, size: int) -> Iterator[Path]:
    """Write an HDF5 file atomically, by path.

    Args:
        path: the file.
        size: bytes that will be written, at most.

    Yields:
        The draft, to be opened with ``open_hdf5``.

    Raises:
        ResultsError: the file cannot be written, for example because the disk is full.
    """
    try:
        with whole_draft(path) as draft:
            reserve(draft, size)
            yield draft
    except (OSError, RuntimeError) as error:  # h5py raises either
        raise unwritable(path, error) from None

"""Files that sleap-io reads and writes, which locks them, on file systems without locks.

sleap-io opens HDF5 files in its own way. It gets a local, temporary folder, and Poise copies.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from poise.files import check_file
from poise.writing.room import reserve
from poise_workflows.results.hdf5 import open_hdf5, whole_hdf5


def write_through(path: Path, size: int, write: Callable[[Path], object]) -> None:
    """Write a file atomically by a function that locks it.

    Args:
        path: the file.
        size: bytes that will be written, at most.
        write: gets a path of the same name in a temporary folder.

    Raises:
        ResultsError: the file cannot be written.
    """
    with whole_hdf5(path, size) as draft, TemporaryDirectory(prefix="poise-") as folder:
        written = Path(folder) / path.name
        reserve(written, size)
        written.unlink()
        write(written)
        shutil.copyfile(written, draft)


@contextmanager
def readable(path: Path) -> Iterator[Path]:
    """A path under which HDF5 can open the file and lock it.

    Yields:
        The path itself, or that of a temporary copy if the file system does not lock.

    Raises:
        OSError: there is no such file, or it is not HDF5.
        ConfigError: a pipe, a device or a folder is in its place.
    """
    import h5py

    check_file(path)
    try:
        h5py.File(path, "r").close()
    except OSError:
        open_hdf5(path).close()  # raises if locks are not the reason
        with TemporaryDirectory(prefix="poise-") as folder:
            yield Path(shutil.copyfile(path, Path(folder) / path.name))
        return
    yield path

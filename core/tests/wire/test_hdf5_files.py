"""HDF5 files that others have open, or that cannot be locked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from poise.wire.hdf5_files import open_hdf5

h5py: Any = pytest.importorskip("h5py", reason="h5py comes with Keras")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with h5py.File(tmp_path / "weights.h5", "w") as opened:
        opened["kernel"] = [1, 2]
    return tmp_path / "weights.h5"


@pytest.mark.parametrize("locking", [None, False, True])
def test_a_file_that_is_open_is_opened_again(file: Path, locking: bool | None) -> None:
    with h5py.File(file, "r", locking=locking), open_hdf5(file) as opened:
        assert opened["kernel"][:].tolist() == [1, 2]


def test_others_can_open_the_file_meanwhile(file: Path) -> None:
    with open_hdf5(file), h5py.File(file, "r") as opened:
        assert opened["kernel"][:].tolist() == [1, 2]


def test_a_file_that_another_process_has_locked_is_read(file: Path) -> None:
    fcntl = pytest.importorskip("fcntl", reason="Windows locks files in another way")
    with file.open("r+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="unable to lock file"):
            h5py.File(file, "r")

        with open_hdf5(file) as opened:
            assert opened["kernel"][:].tolist() == [1, 2]


def test_what_is_no_hdf5_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("text")

    with pytest.raises(OSError, match="file signature not found"):
        open_hdf5(tmp_path / "text.h5")

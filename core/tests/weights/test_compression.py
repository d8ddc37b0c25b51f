"""Arrays that would take more memory than they are large."""

from __future__ import annotations

import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise.errors import WeightsError
from poise.weights.compression import refuse_bombs

VALUES = np.arange(400, dtype="f4").reshape(20, 20)


@pytest.fixture
def file(h5py: Any, tmp_path: Path) -> Any:
    with h5py.File(tmp_path / "a.h5", "w") as opened:
        yield opened


def packed(file: Any, content: bytes, mask: int = 0) -> Any:
    """An array of one chunk with this stored content."""
    array = file.create_dataset("a", VALUES.shape, "f4", chunks=VALUES.shape, compression="gzip")
    array.id.write_direct_chunk((0, 0), content, mask)
    return array


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"chunks": (3, 7)},
        {"compression": "gzip"},
        {"compression": "gzip", "shuffle": True, "fletcher32": True, "chunks": (5, 5)},
        {"compression": "lzf"},
        {"fletcher32": True},
    ],
)
def test_what_h5py_writes_is_read(file: Any, options: dict[str, Any]) -> None:
    array = file.create_dataset("a", data=VALUES, **options)

    refuse_bombs(array)

    np.testing.assert_array_equal(array[()], VALUES)


def test_random_numbers_that_do_not_pack_are_read(file: Any) -> None:
    noise = np.random.default_rng(0).random((300, 300))

    refuse_bombs(file.create_dataset("a", data=noise, compression="gzip"))


def test_a_chunk_that_was_stored_unpacked_is_read(h5py: Any, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "b.h5", "w") as written:
        packed(written, VALUES.tobytes(), mask=1)

    with h5py.File(tmp_path / "b.h5") as file:
        refuse_bombs(file["a"])
        np.testing.assert_array_equal(file["a"][()], VALUES)


def test_a_chunk_that_goes_on_behind_its_end_is_refused(file: Any) -> None:
    array = packed(file, zlib.compress(VALUES.tobytes() + bytes(1_000_000), 9))

    with pytest.raises(WeightsError, match=r"a chunk must unpack to 1,600 bytes, got more"):
        refuse_bombs(array)


def test_refusing_such_a_chunk_takes_no_memory(file: Any) -> None:
    array = packed(file, zlib.compress(VALUES.tobytes() + bytes(1_500_000), 9))
    tracemalloc.start()

    with pytest.raises(WeightsError):
        refuse_bombs(array)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500_000


def test_a_chunk_with_more_stored_bytes_than_it_holds_is_refused(file: Any) -> None:
    array = packed(file, zlib.compress(VALUES.tobytes() + bytes(100_000_000), 9))

    with pytest.raises(WeightsError, match=r"a chunk must hold 1,600 bytes, got \d+"):
        refuse_bombs(array)


def test_a_filter_twice_is_refused(file: Any, h5py: Any) -> None:
    created = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    created.set_chunk((20, 20))
    created.set_deflate(9)
    created.set_deflate(9)
    space = h5py.h5s.create_simple((20, 20))
    h5py.h5d.create(file.id, b"a", h5py.h5t.IEEE_F32LE, space, dcpl=created).close()

    with pytest.raises(WeightsError, match="filters must be unique, got gzip twice"):
        refuse_bombs(file["a"])


def test_an_array_in_too_many_chunks_is_refused(file: Any) -> None:
    array = file.create_dataset("a", data=np.zeros((150, 150), "u1"), chunks=(1, 1))

    with pytest.raises(WeightsError, match="must have at most 20,000 chunks, got 22,500"):
        refuse_bombs(array)

"""Names in attributes of HDF5 files."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise.errors import WeightsError
from poise.weights import stored_texts


def of_one_place(h5py: Any, path: Path, count: int, length: int) -> Path:
    """A file with many names of one attribute that all point to one long text."""
    with h5py.File(path, "w") as file:
        file.attrs.create("a_long_one", ["x" * length], dtype=h5py.string_dtype())
        names = [f"l{index:07d}" for index in range(count)]
        file.attrs.create("layer_names", names, dtype=h5py.string_dtype())
    content = bytearray(path.read_bytes())

    def pointers(size: int) -> list[int]:
        """Where a text is pointed to: its length, the place of its heap, its number there."""
        start, places = struct.pack("<I", size), []
        place = content.find(start)
        while place != -1:
            heap = (
                struct.unpack_from("<Q", content, place + 4)[0] if place + 12 <= len(content) else 0
            )
            if content[heap : heap + 4] == b"GCOL":
                places.append(place)
            place = content.find(start, place + 1)
        return places

    (long,) = pointers(length)
    for place in pointers(8):
        content[place : place + 16] = content[long : long + 16]
    path.write_bytes(content)
    return path


def test_names_of_one_place_are_refused_before_they_are_copied(h5py: Any, tmp_path: Path) -> None:
    path = of_one_place(h5py, tmp_path / "a.h5", 3900, 100_000)

    with h5py.File(path) as file, pytest.raises(WeightsError, match="texts must take at most"):
        stored_texts.texts(file, "layer_names")


def test_the_names_of_that_file_are_really_of_one_place(h5py: Any, tmp_path: Path) -> None:
    path = of_one_place(h5py, tmp_path / "a.h5", 30, 2_000)

    with h5py.File(path) as file:
        assert set(file.attrs["layer_names"]) == {"x" * 2_000}
        with pytest.raises(WeightsError, match=r"at most 1,000 letters, got 2,000: x+"):
            stored_texts.texts(file, "layer_names")


@pytest.mark.parametrize("count", [0, 1, 3000])
def test_names_of_any_length_are_read_beside_a_long_text(
    h5py: Any, tmp_path: Path, count: int
) -> None:
    names = [f"layer{index}" for index in range(count)]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["keras_version"] = "2.4.0"
        file.attrs.create("names", names, dtype=h5py.string_dtype())
        file.create_dataset("a", data=np.zeros(100_000))

        assert stored_texts.texts(file, "names") == tuple(names)
        assert stored_texts.text(file, "keras_version") == "2.4.0"


def test_the_longest_text_of_a_large_file_is_looked_for(h5py: Any, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs.create("names", ["a"] * 3000, dtype=h5py.string_dtype())
        file.create_dataset("a", data=np.zeros(10_000))
        file.flush()

        assert len(stored_texts.texts(file, "names") or ()) == 3000


def test_several_texts_are_not_one(h5py: Any, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs.create("json", ["a", "b"], dtype=h5py.string_dtype())

        assert stored_texts.text(file, "json") is None
        assert stored_texts.text(file, "absent") is None


def test_lists_of_any_length_are_no_names(h5py: Any, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        lists = np.empty(2, object)
        lists[:] = [np.ones(3), np.ones(5)]
        file.attrs.create("names", lists, dtype=h5py.vlen_dtype(np.float64))

        with pytest.raises(WeightsError, match="attribute names must hold names, got"):
            stored_texts.texts(file, "names")

"""What lies in an HDF5 file, whoever lists it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from poise.errors import WeightsError
from poise.weights import inventory


@pytest.fixture
def file(h5py: Any, tmp_path: Path) -> Any:
    with h5py.File(tmp_path / "a.h5", "w") as opened:
        yield opened


def test_every_array_is_there_once_and_none_is_read(file: Any) -> None:
    file.create_dataset("a/b", (10**6, 10**6), "f4", chunks=(1, 10**6))
    file["a/again"] = file["a/b"]
    file["c"] = 1

    held = inventory.take(file)

    assert sorted(held.arrays.values()) in (["a/again", "c"], ["a/b", "c"])


def test_a_group_inside_itself_is_walked_once(file: Any) -> None:
    file["a/b"] = 1
    file["a/itself"] = file["a"]

    assert list(inventory.take(file).arrays.values()) == ["a/b"]


def test_links_to_elsewhere_are_named(file: Any, h5py: Any) -> None:
    file["a/soft"] = h5py.SoftLink("/b")
    file["a/external"] = h5py.ExternalLink("other.h5", "/b")

    held = inventory.take(file)

    assert held.without((), set()) == ("a/external (a link)", "a/soft (a link)")


def test_arrays_below_a_group_are_told_apart_by_the_whole_name(file: Any) -> None:
    file["a/b"], file["ab/c"] = 1, 2

    held = inventory.take(file)

    assert [held.arrays[address] for address in held.below("a")] == ["a/b"]


def test_groups_that_nest_too_deep_are_refused(file: Any) -> None:
    file.create_group("/".join("a" * 3000))

    with pytest.raises(WeightsError, match="nest deeper than 32"):
        inventory.take(file)


def test_a_file_that_holds_too_much_is_refused(file: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(inventory, "MOST_HELD", 3)
    for name in "abcd":
        file[name] = 1

    with pytest.raises(WeightsError, match="more than 3 groups and arrays"):
        inventory.take(file)

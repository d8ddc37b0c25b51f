"""A file without a published checksum has to be what its name and its size say."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from poise.errors import WeightsError
from poise.pretrained import find
from poise.pretrained.identity import LARGEST, ZIP, differs, most_bytes
from poise.specs import PublishedWeights
from poise.wire.hdf5_files import SIGNATURE

from .conftest import CONTENT, Publisher

PAGE = b"<!DOCTYPE html><title>Log in</title>"


@pytest.fixture
def unchecked(published: PublishedWeights) -> PublishedWeights:
    """Weights whose publisher states no checksum."""
    return attrs.evolve(published, checksum="", size=1_000)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.h5", SIGNATURE + bytes(992), ""),
        ("a.H5", bytes(512) + SIGNATURE + bytes(480), ""),
        ("a.h5", bytes(2048) + SIGNATURE, ""),
        ("a.keras", ZIP + bytes(996), ""),
        ("a.bin", PAGE * 40, ""),
        ("a.h5", PAGE * 40, "content: must be an HDF5 file, got a web page"),
        ("a.h5", b"\xef\xbb\xbf\n" + PAGE * 40, "content: must be an HDF5 file, got a web page"),
        ("a.h5", ZIP + bytes(2000), "content: must be an HDF5 file, got something else"),
        ("a.keras", SIGNATURE + bytes(992), "content: must be a ZIP archive, got something else"),
        ("a.h5", b"", "content: must be an HDF5 file, got something else"),
        ("a.h5", SIGNATURE + bytes(800), "size: must be about 1,000 bytes, got 808"),
    ],
)
def test_format_and_size_tell_another_file(
    unchecked: PublishedWeights, tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert differs(file, attrs.evolve(unchecked, file=name)) == what


def test_weights_of_a_library_may_be_in_a_smaller_precision(
    unchecked: PublishedWeights, tmp_path: Path
) -> None:
    file = tmp_path / "a.h5"
    file.write_bytes(SIGNATURE + bytes(500))
    assert differs(file, attrs.evolve(unchecked, fetched=False)) == ""


def test_a_web_page_is_not_kept_as_weights(unchecked: PublishedWeights, cache: Path) -> None:
    with pytest.raises(WeightsError, match="must be an HDF5 file, got something else"):
        find(unchecked)
    assert not (cache / "weights.h5").exists()


def test_a_web_page_that_lies_in_the_cache_is_downloaded_again(
    published: PublishedWeights, cache: Path
) -> None:
    cache.mkdir(parents=True)
    (cache / "weights.h5").write_bytes(PAGE)
    assert find(published).read_bytes() == CONTENT


def test_a_web_page_in_the_folder_of_weights_is_refused(
    unchecked: PublishedWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights.h5").write_bytes(PAGE)
    monkeypatch.setenv("POISE_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsError, match="must be Tiny's ImageNet weights, got another file"):
        find(unchecked)


@pytest.mark.parametrize("checksum", ["", "md5:0123"])
def test_more_bytes_than_the_file_has_are_refused(
    published: PublishedWeights,
    publisher: Publisher,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    checksum: str,
) -> None:
    monkeypatch.setattr("poise.pretrained.identity.ROOM", 1_000)
    with pytest.raises(WeightsError) as refused:
        find(attrs.evolve(published, checksum=checksum, size=1_000))
    assert f"size: must be about 1,000 bytes, got {len(CONTENT):,} and more" in str(refused.value)
    assert [path.name for path in cache.iterdir() if path.suffix == ".part"] == []


def test_a_file_of_unknown_size_has_a_limit_too(published: PublishedWeights) -> None:
    assert most_bytes(published) == LARGEST
    assert 2_000 < most_bytes(attrs.evolve(published, size=1_000)) < 2_000_000

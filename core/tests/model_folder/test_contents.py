"""Beside the files that Poise opens, a model folder holds text and pictures, and nothing else."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import zipfile
from pathlib import Path

import pytest

from poise.errors import BundleError
from poise.model_folder.contents import refuse_strange_entries


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data.pkl", b"")
    return packed.getvalue()


class Call:
    def __reduce__(self) -> tuple[object, ...]:
        return os.getcwd, ()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [os.getcwd, Call()])
@pytest.mark.parametrize("behind", [b"", b"\n", b"\xff\0 no instruction"])
def test_a_pickle_is_recognized_in_any_protocol_and_whatever_is_behind_it(
    tmp_path: Path, protocol: int, value: object, behind: bytes
) -> None:
    (tmp_path / "notes.txt").write_bytes(pickle.dumps(value, protocol) + behind)
    with pytest.raises(BundleError, match=r"notes\.txt is a pickle, which can run code"):
        refuse_strange_entries(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "noun"),
    [
        ("x.pkl.gz", gzip.compress(pickle.dumps(os.getcwd), mtime=0), "got a gzip archive"),
        ("old.keras", zipped(), "got a zip archive"),
        ("OLD.H5", b"\x89HDF\r\n\x1a\n" + bytes(99), "got an HDF5 file"),
        ("x.npy", b"\x93NUMPY\1\0" + bytes(99), "got an array of NumPy"),
        ("notes", "grüße".encode("latin-1"), "got another file"),
        ("notes", b"a\0b", "got another file"),
    ],
)
def test_what_is_neither_text_nor_a_picture_is_named_with_what_it_is(
    tmp_path: Path, name: str, content: bytes, noun: str
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / name).write_bytes(content)
    with pytest.raises(
        BundleError, match=r"must be text in UTF-8 of at most 4 MB or a pic"
    ) as error:
        refuse_strange_entries(tmp_path)
    assert str(Path("deep") / name) in str(error.value)
    assert noun in str(error.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b".",
        b"citation: Ann\nand others.\n",
        b"cats\ndogs\n",
        b"(c) 2026 Ann\nBob\n.",
        "grüße".encode(),
        b"\x89PNG\r\n\x1a\n\0\0",
        b"\xff\xd8\xff\xe0\0",
        b"GIF89a\1\0\1\0\0\0\0",
        b"RIFF\4\0\0\0WEBP",
        b"II*\0\0",
        b"MM\0*\0",
    ],
)
def test_text_and_pictures_stay(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "README").write_bytes(content)
    refuse_strange_entries(tmp_path)


def test_only_the_files_at_the_top_that_poise_opens_are_left_to_it(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_bytes(b"\0")
    refuse_strange_entries(tmp_path, {"config.json"})
    (tmp_path / "deep").mkdir()
    file.rename(tmp_path / "deep" / "config.json")
    with pytest.raises(BundleError, match="must be text"):
        refuse_strange_entries(tmp_path, {"config.json"})


def test_a_folder_under_git_may_hold_former_weights_in_git_alone(tmp_path: Path) -> None:
    former = b"\x89HDF\r\n\x1a\n of a former version"
    objects = tmp_path / ".git" / "lfs" / "objects"
    objects.mkdir(parents=True)
    (objects / "0123").write_bytes(former)
    refuse_strange_entries(tmp_path)

    deeper = tmp_path / "figures" / ".git"
    deeper.mkdir(parents=True)
    (deeper / "0123").write_bytes(former)
    with pytest.raises(BundleError, match=r"0123 must be text .* got an HDF5 file"):
        refuse_strange_entries(tmp_path)


def test_git_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "model" / ".git").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(BundleError, match=r"\.git must be a file, got a symbolic link"):
        refuse_strange_entries(tmp_path / "model")

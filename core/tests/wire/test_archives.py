"""Untrusted archives: read, or refused with every reason before anything is unpacked."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from poise.errors import ConfigError
from poise.wire.archives import is_archive, open_archive

Fill = Callable[[zipfile.ZipFile], None]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Fill], Path]:
    def write(fill: Fill) -> Path:
        file = tmp_path / "some.zip"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            fill(archive)
        return file

    return write


def link(archive: zipfile.ZipFile, name: str) -> None:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, "/etc/passwd")


def two_texts(archive: zipfile.ZipFile) -> None:
    archive.writestr("a.txt", "first")
    archive.writestr("flies/b.txt", "second")


def refused(file: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught, open_archive(file) as archive:
        archive.refuse_hostile(archive.names)
    assert caught.value.heading == str(file)
    return [fault.what for fault in caught.value.faults]


def test_members_are_listed_read_and_copied(written: Callable[[Fill], Path]) -> None:
    target = BytesIO()
    with open_archive(written(two_texts)) as archive:
        archive.copy("flies/b.txt", target)
        assert archive.names == ("a.txt", "flies/b.txt")
        assert archive.read("a.txt") == b"first"
    assert target.getvalue() == b"second"


def test_a_folder_is_unpacked_under_its_name_and_goes_away(
    written: Callable[[Fill], Path],
) -> None:
    with open_archive(written(two_texts)) as archive:
        with archive.unpacked("flies/") as folder:
            assert folder.name == "flies"
            assert [path.name for path in folder.iterdir()] == ["b.txt"]
        with archive.unpacked("") as whole:
            assert whole.name == "some"
            assert (whole / "flies" / "b.txt").read_text() == "second"
    assert not folder.exists()
    assert not whole.exists()


def test_folders_and_what_macos_adds_are_no_members(written: Callable[[Fill], Path]) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("flies/", "")
        archive.writestr("__MACOSX/._a.txt", "")

    with open_archive(written(fill)) as archive:
        assert archive.names == ()


@pytest.mark.parametrize("name", ["../up", "/root", "a/../../b", "C:\\c", "..\\up"])
def test_a_member_that_leads_outside_is_refused(written: Callable[[Fill], Path], name: str) -> None:
    (what,) = refused(written(lambda archive: archive.writestr(name, "")))
    assert what.startswith("members must stay inside, got ")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_all_that_speaks_against_unpacking_is_told_at_once(
    written: Callable[[Fill], Path],
) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("twice", "1")
        archive.writestr("twice", "2")
        archive.writestr("bomb", bytes(2**24))
        link(archive, "link")

    assert [re.sub(r"most \d+", "most N", text) for text in refused(written(fill))] == [
        "names must be unique, got 'twice' twice; zip the folder again",
        "bomb must unpack to at most N bytes, got 16777216",
        "link must be a file, got a symbolic link; zip what it leads to",
    ]


def test_members_that_are_a_bomb_together_are_refused(written: Callable[[Fill], Path]) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        for number in range(8):
            archive.writestr(f"{number}", bytes(2**20))

    (refusal,) = refused(written(fill))
    assert refusal.startswith("members must unpack to at most ")
    assert refusal.endswith(" bytes, got 8388608")


def test_an_encrypted_member_is_refused(written: Callable[[Fill], Path]) -> None:
    file = written(lambda archive: archive.writestr("secret", "1"))
    content = bytearray(file.read_bytes())
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(content)

    assert refused(file) == ["secret must not be encrypted; zip the folder without a password"]


def test_a_text_that_is_too_large_is_refused(written: Callable[[Fill], Path]) -> None:
    file = written(lambda archive: archive.writestr("a", b" " * 5_000_000, zipfile.ZIP_STORED))

    with (
        pytest.raises(ConfigError, match=r"must have at most 4 MB, got 5\.0 MB"),
        open_archive(file) as archive,
    ):
        archive.read("a")


@pytest.mark.parametrize("cut", [10, 60])
def test_an_archive_that_is_cut_short_is_refused(written: Callable[[Fill], Path], cut: int) -> None:
    file = written(two_texts)
    file.write_bytes(file.read_bytes()[:-cut])

    with (
        pytest.raises(
            ConfigError,
            match=r"some\.zip: must be a zip archive, got a damaged one; copy it again: ",
        ),
        open_archive(file),
    ):
        pass


def test_a_member_with_other_bytes_than_those_that_were_packed_is_refused(
    tmp_path: Path,
) -> None:
    file = tmp_path / "some.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", "packed")
    file.write_bytes(file.read_bytes().replace(b"packed", b"hacked"))

    with (
        pytest.raises(ConfigError, match="got a damaged one; copy it again: Bad CRC"),
        open_archive(file) as opened,
    ):
        opened.read("a")


def test_a_file_and_a_folder_of_one_name_cannot_be_unpacked(
    written: Callable[[Fill], Path],
) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("a", "")
        archive.writestr("a/b", "")

    with (
        pytest.raises(ConfigError, match="the archive cannot be unpacked"),
        open_archive(written(fill)) as archive,
        archive.unpacked(""),
    ):
        pass


def test_archives_are_known_by_their_first_bytes(
    written: Callable[[Fill], Path], tmp_path: Path
) -> None:
    (tmp_path / "text.zip").write_text("{}")

    assert is_archive(written(two_texts))
    assert is_archive(written(lambda archive: None))
    assert not is_archive(tmp_path / "text.zip")

"""What Poise keeps is written whole or not at all, whenever the process that writes dies."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from poise.errors import PoiseError
from poise.writing.whole_files import refuse_taken, whole_draft, whole_file, write_text
from writers import WAIT, killed_while_writing, names_in


def test_a_file_takes_its_name_when_all_of_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "weights.h5"
    with whole_file(file) as stream:
        stream.write(b"all")
        assert not file.exists()
    assert file.read_bytes() == b"all"
    assert names_in(tmp_path) == ["weights.h5"]


@pytest.mark.parametrize("former", [None, b"former"])
def test_an_error_while_writing_leaves_the_file_that_was_there(
    tmp_path: Path, former: bytes | None
) -> None:
    file = tmp_path / "weights.h5"
    if former is not None:
        file.write_bytes(former)

    def write_a_part() -> None:
        with whole_file(file) as stream:
            stream.write(b"a part")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_a_part()
    assert (file.read_bytes() if file.exists() else None) == former
    assert names_in(tmp_path) == ["weights.h5"] * (former is not None)


def test_a_process_that_is_killed_while_writing_leaves_no_file_of_that_name(
    tmp_path: Path,
) -> None:
    file = tmp_path / "weights.h5"
    killed_while_writing(f"""
        from poise.writing.whole_files import whole_file
        with whole_file({str(file)!r}) as stream:
            stream.write(b"a part")
            stream.flush()
            {WAIT}
    """)
    assert not file.exists()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"a part"]  # it did write
    with whole_file(file) as stream:
        stream.write(b"all")
    assert file.read_bytes() == b"all"
    assert names_in(tmp_path) == ["weights.h5"]


def test_what_opens_the_file_itself_writes_a_draft_that_takes_the_name(tmp_path: Path) -> None:
    file = tmp_path / "flies.slp"
    with whole_draft(file) as draft:
        draft.write_text("flies")
        assert names_in(tmp_path) == [draft.name]

    assert names_in(tmp_path) == ["flies.slp"]
    assert file.read_text() == "flies"


def test_an_error_while_writing_a_draft_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    file = tmp_path / "flies.slp"
    file.write_text("former")
    with pytest.raises(FileExistsError), whole_draft(file) as draft:
        draft.open("x")

    assert names_in(tmp_path) == ["flies.slp"]
    assert file.read_text() == "former"


def test_two_writers_of_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    file = tmp_path / "weights.h5"
    with whole_file(file) as first, whole_file(file) as second:
        first.write(b"first")
        second.write(b"second")
    assert file.read_bytes() == b"first"  # whose block was the last to end
    assert names_in(tmp_path) == ["weights.h5"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
@pytest.mark.parametrize("mask", [0o022, 0o002, 0o077])
def test_rights_are_those_of_any_new_file(tmp_path: Path, mask: int) -> None:
    former = os.umask(mask)
    try:
        with whole_file(tmp_path / "file") as stream:
            stream.write(b"all")
    finally:
        os.umask(former)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o666 & ~mask


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_text_is_written_whole_with_the_same_line_ends_everywhere(tmp_path: Path) -> None:
    file, link = tmp_path / "a.json", tmp_path / "b.json"
    write_text(file, "former")
    link.symlink_to(file)
    write_text(link, "µ\n")
    assert file.read_bytes() == "µ\n".encode()
    assert link.is_symlink()
    assert names_in(tmp_path) == ["a.json", "b.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no device of that name there")
def test_a_device_is_written_to_and_never_replaced() -> None:
    write_text("/dev/null", "text")
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such paths of pipes there")
def test_a_text_goes_into_a_pipe_that_a_path_leads_to() -> None:
    outlet, inlet = os.pipe()
    try:
        write_text(f"/dev/fd/{inlet}", "µ\n")
        assert os.read(outlet, 100) == "µ\n".encode()
    finally:
        os.close(outlet)
        os.close(inlet)


@pytest.mark.parametrize("lost", ["nowhere/a.json", "./nowhere/../nowhere/a.json"])
def test_an_error_names_the_file_as_the_user_did_and_not_its_draft(
    lost: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(FileNotFoundError) as error:
        write_text(lost, "text")
    assert error.value.filename == lost
    with pytest.raises(FileNotFoundError) as error, whole_file(lost):
        pass
    assert str(error.value) == f"[Errno 2] No such file or directory: {lost!r}"


def test_an_error_of_what_cannot_take_its_place_names_the_place_alone(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(OSError, match="folder") as error, whole_file(tmp_path / "folder"):
        pass

    assert error.value.filename == str(tmp_path / "folder")
    assert ".part" not in str(error.value)


def test_an_error_of_another_file_keeps_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error, whole_file(tmp_path / "a.json") as stream:
        stream.write((tmp_path / "lost").read_bytes())

    assert str(error.value.filename) == str(tmp_path / "lost")


def test_what_is_in_the_place_of_a_new_file_stays_unless_it_may_be_replaced(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.json"
    refuse_taken(file, overwrite=False, noun="the output")
    file.touch()

    with pytest.raises(PoiseError, match=r"^the output must be a new file, got .*, which exists"):
        refuse_taken(file, overwrite=False, noun="the output")
    refuse_taken(file, overwrite=True, noun="the output")
    with pytest.raises(PoiseError, match=r"^the picture must be a file, got .*, which is a folder"):
        refuse_taken(tmp_path, overwrite=True, noun="the picture")

"""Files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from poise_workflows.queueing.disks import Disk

DISK = Disk()


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for content in (b"first", b"second"):
        DISK.write(str(path), content)

        assert DISK.read(str(path)) == content
    assert DISK.names(str(tmp_path)) == ["a.json"]


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()

    with pytest.raises(OSError, match=r"a\.json"):
        DISK.write(str(tmp_path / "a.json"), b"content")
    assert DISK.names(str(tmp_path)) == ["a.json"]


def test_what_has_gone_can_be_removed_again(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    DISK.make_folder(str(folder / "within"))
    DISK.write_mark(str(folder / "within" / "mark"))
    assert DISK.exists(str(folder / "within" / "mark"))

    for path in (folder / "within" / "mark", folder, folder):
        DISK.remove(str(path))
        assert not DISK.exists(str(path))


def test_a_disk_tells_its_room(tmp_path: Path) -> None:
    assert DISK.room(str(tmp_path)) > 0

"""What replaces a file or folder is read by the same people."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from poise.writing.drafts import remove
from poise.writing.whole_files import whole_file, write_text
from poise.writing.whole_folders import whole_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o444])
def test_a_file_that_replaces_another_has_its_permissions(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "config.json"
    file.write_text("former")
    file.chmod(mode)

    write_text(file, "new")

    assert file.read_text() == "new"
    assert mode_of(file) == mode


@pytest.mark.parametrize("mode", [0o700, 0o2775, 0o555])
def test_a_folder_that_replaces_another_has_its_permissions_and_those_of_its_files(
    tmp_path: Path, mode: int
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for name, permissions in (("weights.h5", 0o600), ("former.txt", 0o666)):
        (folder / name).write_text("former")
        (folder / name).chmod(permissions)
    folder.chmod(mode)

    with whole_folder(folder, replaces=lambda place: None) as draft:
        (draft / "weights.h5").write_text("new")
        (draft / "new.txt").write_text("new")

    assert mode_of(folder) == mode
    assert mode_of(folder / "weights.h5") == 0o600
    assert mode_of(folder / "new.txt") == 0o666 & ~_umask()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_new_file_has_the_permissions_that_the_process_gives_to_files(tmp_path: Path) -> None:
    with whole_file(tmp_path / "weights.h5") as stream:
        stream.write(b"all")

    assert mode_of(tmp_path / "weights.h5") == 0o666 & ~_umask()


def test_a_folder_that_its_user_protects_from_changes_is_removed_all_the_same(
    tmp_path: Path,
) -> None:
    folder = tmp_path / ".model.draft"
    folder.mkdir()
    (folder / "weights.h5").write_text("former")
    folder.chmod(0o500)

    assert remove(folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

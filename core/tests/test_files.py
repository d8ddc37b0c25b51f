"""The door through which files of unknown origin are read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from poise.errors import ConfigError
from poise.files import check_file, open_file, read_text_of, refuse_size
from poise.settings import MAX_LABELS_MB


def opened(path: Path) -> object:
    with open_file(path) as stream:
        return stream.read()


DOORS = (opened, check_file, read_text_of)


def a_pipe(path: Path) -> str:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(path)
    return "pipe"


def a_folder(path: Path) -> str:
    path.mkdir()
    return "folder"


def a_link_to_a_device(path: Path) -> str:
    if not Path(os.devnull).exists():
        pytest.skip("this system has no path of a device")
    path.symlink_to(os.devnull)
    return "device"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("make", [a_pipe, a_folder, a_link_to_a_device])
def test_what_is_no_file_is_refused_at_once(
    door: Callable[[Path], object], make: Callable[[Path], str], tmp_path: Path
) -> None:
    kind = make(tmp_path / "a")

    with pytest.raises(ConfigError, match=f"must be a file, got a {kind}") as error:
        door(tmp_path / "a")

    assert error.value.heading == str(tmp_path / "a")


@pytest.mark.parametrize("door", DOORS)
def test_a_file_that_is_missing_is_an_error_of_the_system(
    door: Callable[[Path], object], tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        door(tmp_path / "a")


def test_a_file_is_read_and_counted(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")

    assert opened(tmp_path / "a") == b"abc"
    assert check_file(tmp_path / "a") == 3


def test_a_link_to_a_file_is_followed_only_where_it_may_be(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "b").symlink_to(tmp_path / "a")

    assert opened(tmp_path / "b") == b"abc"
    if hasattr(os, "O_NOFOLLOW"):
        refusal = pytest.raises(OSError, match=r"link")
        with refusal, open_file(tmp_path / "b", follow_links=False):
            pass


def test_a_size_is_refused_with_both_numbers_and_the_variable_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = "must have at most 2 MB, got 3.0 MB; POISE_MAX_LABELS_MB sets another limit"
    with pytest.raises(ConfigError, match=expected):
        refuse_size(3_000_000, 2_000_000, "", MAX_LABELS_MB)

    monkeypatch.setenv("POISE_MAX_LABELS_MB", "3")
    refuse_size(3_000_000, 2_000_000, "", MAX_LABELS_MB)

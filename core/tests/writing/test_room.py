"""Room on the disk is found out before a library writes that would crash without it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from poise.writing.room import reserve


def refusing(number: int) -> Any:
    def allocate(*arguments: Any) -> None:
        raise OSError(number, os.strerror(number))

    return allocate


def test_a_file_is_empty_after_room_was_reserved(tmp_path: Path) -> None:
    file = tmp_path / "weights.h5"
    file.write_bytes(b"before")

    reserve(file, 3_000_000)

    assert file.read_bytes() == b""


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP])
def test_where_the_file_system_cannot_allocate_poise_writes_zeros(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "posix_fallocate", refusing(number), raising=False)
    file = tmp_path / "weights.h5"

    reserve(file, 2_500_000)

    assert file.read_bytes() == b""


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_disk_without_room_is_an_error(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "posix_fallocate", refusing(number), raising=False)

    with pytest.raises(OSError, match=os.strerror(number)):
        reserve(tmp_path / "weights.h5", 1000)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_zeros_that_the_disk_does_not_take_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "posix_fallocate", refusing(errno.EOPNOTSUPP), raising=False)

    with pytest.raises(OSError, match="No space left on device"):
        reserve(Path("/dev/full"), 1000)

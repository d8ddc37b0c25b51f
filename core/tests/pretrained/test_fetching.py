"""A download is whole and verified, or leaves nothing; and the message says what to do."""

from __future__ import annotations

import io
import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from poise.errors import WeightsError
from poise.pretrained import fetching, find
from poise.specs import PublishedWeights

from .conftest import CONTENT, Publisher

NOBODY = 65534


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


@contextmanager
def without_rights() -> Iterator[None]:
    """Drop root's rights: root may write anywhere."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache that every user may read and no user may write."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder, "weights")
        cache.mkdir()
        Path(folder).chmod(0o755)
        monkeypatch.setenv("POISE_CACHE_DIR", folder)
        yield cache
        cache.chmod(0o755)


def test_a_good_file_arrives_whole_and_other_users_may_read_it(
    published: PublishedWeights, cache: Path
) -> None:
    file = find(published)
    assert file.read_bytes() == CONTENT
    assert left_behind(cache) == ["weights.h5"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~umask


def test_a_sha256_checksum_is_accepted(published: PublishedWeights) -> None:
    import hashlib

    checksum = f"sha256:{hashlib.sha256(CONTENT).hexdigest().upper()}"
    assert find(attrs.evolve(published, checksum=checksum)).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("behavior", "why"),
    [
        ("changed", "must be Tiny's ImageNet weights, got another file"),
        ("cut", "the connection was lost 524,288 bytes before the end"),
        ("missing", "the server answers 404 Not Found"),
        ("silent", "timed out"),
    ],
)
def test_a_failed_download_is_explained_and_leaves_nothing_behind(
    published: PublishedWeights,
    publisher: Publisher,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    behavior: str,
    why: str,
) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT", 0.5)
    publisher.behavior = behavior
    with pytest.raises(WeightsError) as raised:
        find(published)
    message = str(raised.value)
    assert why in message
    assert published.url in message
    assert "fix: " in message
    assert len(message.splitlines()) <= 12
    assert left_behind(cache) == []
    publisher.behavior = "good"
    assert find(published).read_bytes() == CONTENT


def test_a_wrong_checksum_shows_both(published: PublishedWeights, publisher: Publisher) -> None:
    publisher.behavior = "changed"
    with pytest.raises(WeightsError, match=r"checksum: must be md5:\w{32}, got md5:\w{32}"):
        find(published)


def test_a_publisher_that_cannot_be_reached_is_named(published: PublishedWeights) -> None:
    unreachable = attrs.evolve(published, url="http://127.0.0.1:1/weights.h5")
    with pytest.raises(WeightsError, match=r"could not be downloaded: .*refused"):
        find(unreachable)


def test_only_web_addresses_are_downloaded(published: PublishedWeights, tmp_path: Path) -> None:
    (tmp_path / "weights.h5").write_bytes(CONTENT)
    local = attrs.evolve(published, url=(tmp_path / "weights.h5").as_uri())
    with pytest.raises(WeightsError, match="only http and https"):
        find(local)


def test_a_cache_that_cannot_be_written_says_what_to_set(
    published: PublishedWeights, publisher: Publisher, read_only: Path
) -> None:
    read_only.chmod(0o555)
    with without_rights(), pytest.raises(WeightsError) as raised:
        find(published)
    message = str(raised.value)
    assert f"cannot be stored in {read_only}: Permission denied" in message
    assert "POISE_CACHE_DIR" in message
    assert "POISE_WEIGHTS" in message
    assert list(read_only.iterdir()) == []
    assert publisher.asked == 0


def test_a_cache_that_cannot_be_written_serves_what_it_holds(
    published: PublishedWeights, publisher: Publisher, read_only: Path
) -> None:
    (read_only / "weights.h5").write_bytes(CONTENT)
    read_only.chmod(0o555)
    with without_rights():
        assert find(published) == read_only / "weights.h5"
    assert publisher.asked == 0


def test_a_file_in_the_cache_folders_place_is_named(
    published: PublishedWeights, cache: Path
) -> None:
    cache.parent.write_text("in the way")
    with pytest.raises(WeightsError, match=re.escape(f"cannot be stored in {cache}")):
        find(published)


def test_two_processes_at_once_fetch_once_and_both_have_the_file(
    published: PublishedWeights, publisher: Publisher, cache: Path
) -> None:
    pytest.importorskip("filelock", reason="without it both processes download")
    publisher.delay = 1
    program = (
        "import sys\n"
        "from poise.pretrained import find\n"
        "from poise.specs import PublishedWeights\n"
        f"file = find(PublishedWeights(**{attrs.asdict(published)!r}))\n"
        f"assert file.stat().st_size == {len(CONTENT)}\n"
        "print(file)"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=60)[0].strip() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert answers == [str(cache / "weights.h5")] * 2
    assert publisher.asked == 1
    assert left_behind(cache) == ["weights.h5"]


def test_without_locks_two_downloads_do_not_disturb_each_other(
    published: PublishedWeights, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "filelock", None)
    assert find(published).read_bytes() == CONTENT
    assert left_behind(cache) == ["weights.h5"]


def test_a_process_that_dies_leaves_no_file_of_that_name(
    published: PublishedWeights, publisher: Publisher, cache: Path
) -> None:
    publisher.behavior = "silent"
    program = (
        "from poise.pretrained import find\n"
        "from poise.specs import PublishedWeights\n"
        f"find(PublishedWeights(**{attrs.asdict(published)!r}))"
    )
    running = subprocess.Popen([sys.executable, "-c", program])
    while not (cache.is_dir() and any(path.suffix == ".part" for path in cache.iterdir())):
        assert running.poll() is None
    running.kill()
    running.wait()
    assert not (cache / "weights.h5").exists()
    publisher.behavior = "good"
    assert find(published).read_bytes() == CONTENT


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("looking", [True, False])
def test_progress_is_shown_on_a_terminal_and_nowhere_else(
    published: PublishedWeights, monkeypatch: pytest.MonkeyPatch, capsys: Any, looking: bool
) -> None:
    stderr = Terminal() if looking else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    find(published)
    assert ("Tiny's ImageNet weights" in stderr.getvalue()) == looking
    assert capsys.readouterr().out == ""

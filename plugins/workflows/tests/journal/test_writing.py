"""A run goes on from its journal, whatever happened to the process that wrote it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from poise_workflows.journal import claims, reading, writing
from poise_workflows.journal.batches import ARRAYS, Batch
from poise_workflows.journal.claims import Claim
from poise_workflows.journal.errors import JournalError
from poise_workflows.journal.reading import journal_of, read_journal
from poise_workflows.journal.writing import Journal, open_journal

Make = Callable[..., Batch]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return journal_of(tmp_path / "flies.slp")


def filled(path: Path, description: Any, batch: Make, count: int, **options: Any) -> Path:
    """A journal with this many batches, closed."""
    with open_journal(path, description, **options) as journal:
        for index in range(count):
            journal.append(batch(index))
    return path


def numbers_in(journal: Journal) -> list[int]:
    return [int(number) for batch in journal.batches() for number in batch.frames]


def test_the_journal_is_beside_the_output() -> None:
    assert journal_of("out/flies.slp") == Path("out/flies.slp.journal")


def test_a_new_journal_has_its_description_and_no_frame(path: Path, description: Any) -> None:
    with open_journal(path, description, {"version": "0.1"}) as journal:
        assert journal.recorded.description == description
        assert journal.recorded.background == {"version": "0.1"}
        assert (journal.recorded.progress, journal.recorded.source) == ({}, None)
        assert not journal.is_finished
        assert list(journal.batches()) == []


def test_the_run_goes_on_where_it_stopped(path: Path, description: Any, batch: Make) -> None:
    filled(path, description, batch, 3, background={"version": "0.1"})

    with open_journal(path, description, {"version": "0.2"}) as journal:
        assert journal.recorded.progress == {0: 12}
        assert journal.recorded.states == {0: b"after batch 2"}
        assert journal.recorded.background == {"version": "0.1"}
        journal.append(batch(3, source=1, new_tracks=["track_0"]))
        assert journal.recorded.progress == {0: 12, 1: 4}
        assert numbers_in(journal) == list(range(16))

    recorded = read_journal(path)
    assert recorded is not None
    assert (recorded.source, recorded.tracks) == (1, ["track_0"])
    assert recorded.instances == 15  # frame f has f % 3


def test_batches_come_back_array_by_array(path: Path, description: Any, batch: Make) -> None:
    filled(path, description, batch, 5)

    with open_journal(path, description) as journal:
        for index, read in enumerate(journal.batches()):
            for name in ARRAYS:
                np.testing.assert_array_equal(getattr(read, name), getattr(batch(index), name))
    assert index == 4


@pytest.mark.parametrize("is_released", [True, False])
def test_wherever_the_file_ends_the_run_goes_on_from_the_last_whole_batch(
    path: Path,
    description: Any,
    batch: Make,
    is_released: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(claims, "is_alive", lambda claim: False)
    filled(path, description, batch, 3)
    whole = path.read_bytes()
    sizes = set(range(0, len(whole), 37)) | set(range(len(whole) - 60, len(whole)))

    for size in sorted(sizes):
        path.write_bytes(whole[:size])
        with open_journal(path, description) as journal:
            done = journal.recorded.progress.get(0, 0)
            assert numbers_in(journal) == list(range(done))
            for index in range(done // 4, 4):
                journal.append(batch(index))
            assert numbers_in(journal) == list(range(16))
            if not is_released:  # as if the process had been killed here
                journal._stream.close()
                journal._stream = None


def test_a_torn_end_of_zeros_is_cut_off(path: Path, description: Any, batch: Make) -> None:
    size = filled(path, description, batch, 2).stat().st_size
    with path.open("ab") as stream:
        stream.write(bytes(5000))  # what some file systems leave after a power failure

    with open_journal(path, description) as journal:
        assert numbers_in(journal) == list(range(8))
        assert path.stat().st_size < size + 5000


def test_another_run_is_refused_with_every_difference(
    path: Path, description: Any, batch: Make
) -> None:
    before = filled(path, description, batch, 1).read_bytes()
    other = {
        "models": [{"path": "models/flies", "sha256": "cd34"}],
        "options": {"peak_threshold": 0.3, "frames": [0, 1, 2]},
    }

    with pytest.raises(JournalError) as error:
        open_journal(path, other)

    assert [fault.path for fault in error.value.faults] == [
        "models[0].sha256",
        "options.peak_threshold",
    ]
    assert "must be 'ab12', as in the journal, got 'cd34'" in str(error.value)
    assert "--overwrite (overwrite=True), which keeps this file aside" in error.value.heading
    assert path.read_bytes() == before


def test_overwriting_keeps_the_former_journal_aside(
    path: Path, description: Any, batch: Make
) -> None:
    before = filled(path, description, batch, 2).read_bytes()

    with open_journal(path, {"other": 1}, overwrite=True) as journal:
        assert numbers_in(journal) == []
    with open_journal(path, {"third": 1}, overwrite=True):
        pass

    assert (path.parent / "flies.slp.1.journal").read_bytes() == before
    second = read_journal(path.parent / "flies.slp.2.journal")
    assert second is not None
    assert second.description == {"other": 1}


@pytest.mark.parametrize("content", [b"", b"POISE jour"])
def test_a_journal_whose_creation_was_killed_begins_anew(
    path: Path, description: Any, batch: Make, content: bytes
) -> None:
    path.write_bytes(content)
    assert read_journal(path) is None

    with open_journal(path, description) as journal:
        journal.append(batch(0))
        assert numbers_in(journal) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x89HDF\r\n\x1a\n" * 9, "must be a journal of Poise, got a file that begins with"),
        (b"POISE journal 2\n" * 9, "must be a journal of format 1, got '2'"),
    ],
)
def test_other_files_are_refused_and_kept(
    path: Path, description: Any, content: bytes, message: str
) -> None:
    path.write_bytes(content)

    with pytest.raises(JournalError, match=message):
        open_journal(path, description)
    assert path.read_bytes() == content
    with open_journal(path, description, overwrite=True):
        assert (path.parent / "flies.slp.1.journal").read_bytes() == content


def test_a_finished_run_is_left_as_it_is(path: Path, description: Any, batch: Make) -> None:
    with open_journal(path, description) as journal:
        journal.append(batch(0))
        journal.finish({"frames": 4, "unreadable": {}})
        assert journal.is_finished
    before = path.read_bytes(), path.stat().st_mtime_ns

    with open_journal(path, description) as journal:
        assert journal.is_finished
        assert journal.recorded.report == {"frames": 4, "unreadable": {}}
        assert numbers_in(journal) == [0, 1, 2, 3]
        with pytest.raises(JournalError, match="must be open to be written, got a journal that"):
            journal.append(batch(1))

    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_record_damaged_in_the_middle_says_what_is_lost(
    path: Path, description: Any, batch: Make
) -> None:
    filled(path, description, batch, 5)
    content = bytearray(path.read_bytes())
    place = content.index(b"after batch 2")
    content[place] ^= 1
    path.write_bytes(bytes(content))

    with pytest.raises(JournalError) as error:
        open_journal(path, description)

    message = str(error.value)
    assert "record 4 is lost: bytes " in message
    assert "(the frames after frame 7 of source 0 and before frame 12 of source 0)" in message
    assert "restore the file from a copy, or start anew with --overwrite" in message
    assert path.read_bytes() == bytes(content)


def test_several_damaged_records_are_counted(path: Path, description: Any, batch: Make) -> None:
    filled(path, description, batch, 5)
    content = bytearray(path.read_bytes())
    start, end = content.index(b"after batch 1"), content.index(b"after batch 3")
    content[start:end] = bytes(end - start)
    path.write_bytes(bytes(content))

    with pytest.raises(JournalError, match="3 records from 3 on are lost"):
        list(reading.Recorded(path=path, end=len(content)).batches())


def test_a_damaged_header_is_an_error(path: Path, description: Any, batch: Make) -> None:
    filled(path, description, batch, 1)
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(bytes(content))

    with pytest.raises(JournalError, match="record 0 is lost"):
        open_journal(path, description)


def test_a_record_of_a_later_version_is_refused(path: Path, description: Any, batch: Make) -> None:
    with open_journal(path, description) as journal:
        journal._append(99, b"{}")  # type: ignore[arg-type]

    with pytest.raises(JournalError, match=r"records of the unknown kind 99\n.*update Poise"):
        open_journal(path, description)


def test_a_process_that_still_writes_keeps_the_second_one_out(
    path: Path, description: Any, batch: Make
) -> None:
    with open_journal(path, description) as first:
        first.append(batch(0))
        for overwrite in (False, True):
            with pytest.raises(JournalError) as error:
                open_journal(path, description, overwrite=overwrite)
            message = str(error.value)
            assert f"got the journal of process {os.getpid()} on " in message
            assert "fix: wait until it ends, or end it" in message
        first.append(batch(1))
        assert numbers_in(first) == list(range(8))


def elsewhere(path: Path, description: Any, batch: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that a process of another machine has not given back."""
    claim = Claim(host="elsewhere", boot="", space="", pid=1, started=0.0)
    with monkeypatch.context() as patch:
        patch.setattr(claims, "own", lambda: claim)
        journal = open_journal(path, description)
        journal.append(batch(0))
        journal._stream.close()


def test_a_dead_process_of_another_machine_is_followed_after_a_wait(
    path: Path, description: Any, batch: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(path, description, batch, monkeypatch)

    with open_journal(path, description, patience=0.05) as journal:
        assert numbers_in(journal) == [0, 1, 2, 3]


def test_a_living_process_of_another_machine_shows_by_the_growing_file(
    path: Path, description: Any, batch: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(path, description, batch, monkeypatch)

    def grow(seconds: float) -> None:
        with path.open("ab") as stream:
            stream.write(b"x")

    monkeypatch.setattr(writing.time, "sleep", grow)
    with pytest.raises(JournalError, match="got the journal of process 1 on elsewhere, which runs"):
        open_journal(path, description, patience=0.05)


@pytest.mark.parametrize("intrusion", ["append", "replace", "remove"])
def test_bytes_of_a_second_writer_are_noticed_at_the_next_record(
    path: Path, description: Any, batch: Make, intrusion: str
) -> None:
    with open_journal(path, description) as journal:
        journal.append(batch(0))
        if intrusion == "append":
            with path.open("ab") as stream:
                stream.write(b"another record")
        else:
            content = path.read_bytes()
            path.rename(path.with_name("moved"))
            if intrusion == "replace":
                path.write_bytes(content)
        with pytest.raises(JournalError, match=r"got bytes of another one|No such file"):
            journal.append(batch(1))


FULL = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from conftest import DESCRIPTION, batch_of
from poise_workflows.journal.writing import open_journal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_journal({path!r}, DESCRIPTION) as journal:
    for index in range(3):
        journal.append(batch_of(index))
    size = Path({path!r}).stat().st_size
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, hard))
    try:
        journal.append(batch_of(3))
    except Exception as error:
        print(type(error).__name__, error)
    assert Path({path!r}).stat().st_size == size
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    journal.append(batch_of(3))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are those of POSIX")
def test_a_full_disk_is_an_error_that_names_the_file_and_costs_no_earlier_batch(
    path: Path, description: Any
) -> None:
    script = dedent(FULL).format(folder=str(Path(__file__).parent), path=str(path))

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.stderr == ""
    assert done.stdout.startswith(f"JournalError {path}: OSError: File too large; every batch")
    assert "fix: make room or give Poise the right to write there" in done.stdout
    with open_journal(path, description) as journal:
        assert numbers_in(journal) == list(range(16))


def test_a_folder_that_is_missing_is_an_error_that_names_the_file(
    tmp_path: Path, description: Any
) -> None:
    path = tmp_path / "gone" / "flies.slp.journal"

    with pytest.raises(
        JournalError, match=r"flies.slp.journal: OSError: No such file or directory"
    ):
        open_journal(path, description)


def test_reading_takes_the_memory_of_one_record(path: Path, description: Any, batch: Make) -> None:
    import tracemalloc

    def peak(count: int) -> int:
        filled(path, description, batch, count, overwrite=path.exists())
        tracemalloc.start()
        with open_journal(path, description) as journal:
            assert sum(len(read) for read in journal.batches()) == 4 * count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(5)  # what is imported and cached at first use
    assert peak(1500) < 1.1 * peak(150)

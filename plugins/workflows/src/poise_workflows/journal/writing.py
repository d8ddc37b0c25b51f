"""Write a journal: open it for a run, append batches, finish.

**Two writers.** A second process is refused if the first one runs on the same machine. If the
first one is on another machine, Poise waits for ``PATIENCE`` seconds and refuses if the journal
grows meanwhile; a first process that needs longer than that for a batch is not noticed then.
Before each record Poise checks that the file is as long as it left it, so that two writers stop
at the next record at the latest. Without locks nothing better can be done.
A queue, whose claims no two workers hold, gives a guard that Poise calls before each record.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from poise.errors import PoiseError
from poise_workflows.journal import claims
from poise_workflows.journal.aside import set_aside
from poise_workflows.journal.batches import Batch, to_bytes
from poise_workflows.journal.descriptions import as_json, differences
from poise_workflows.journal.errors import (
    JournalError,
    JournalInUseError,
    refused,
    unwritable,
)
from poise_workflows.journal.packing import pack
from poise_workflows.journal.reading import ANEW, Recorded, add_batch, read_journal
from poise_workflows.journal.records import MAGIC, Kind, encode

PATIENCE = 10.0
"""Seconds that Poise watches a journal whose last writer is on another machine."""

SYNC_SECONDS = 5.0
"""How much work, in seconds, a power failure may cost. A killed process loses nothing."""

Guard = Callable[[], None]
"""Called before anything is written. It raises ``PoiseError`` if this process may not write."""

_OPENED: weakref.WeakSet[Journal] = weakref.WeakSet()
"""The journals of this process. Where no room was left to give a claim back, they tell."""


class Journal:
    """The journal of a run, open for writing; ``open_journal`` returns it.

    Attributes:
        recorded: what the journal says, brought up to date with every batch.
    """

    def __init__(self, recorded: Recorded, guard: Guard = lambda: None) -> None:
        self.recorded, self._guard = recorded, guard
        self._stream: Any = None
        self._inode = (0, 0)
        self._synced = time.monotonic()
        _OPENED.add(self)

    @property
    def is_finished(self) -> bool:
        """Whether everything is predicted. Then no batch can be appended."""
        return self.recorded.report is not None

    def batches(self) -> Iterator[Batch]:
        """The batches up to now; see ``Recorded.batches``."""
        return self.recorded.batches()

    def append(self, batch: Batch) -> None:
        """Append a batch. When this returns, a process that is killed does not lose it.

        Raises:
            JournalError: the file cannot be written, or another process writes it. Every
                earlier batch is kept.
        """
        self._refuse_finished()
        self._append(Kind.BATCH, to_bytes(batch))
        add_batch(self.recorded, batch)

    def finish(self, report: Mapping[str, Any]) -> None:
        """Mark the run as finished. The journal stays claimed until it is closed.

        Args:
            report: what to say of the run, as JSON.

        Raises:
            JournalError: see ``append``.
        """
        self._refuse_finished()
        self._append(Kind.FINAL, pack({"report": report}), sync=True)
        self.recorded.report = dict(report)

    def record_partial(self, sha256: str) -> None:
        """Keep the checksum of a file of the poses up to now, to know whether a user changes it.

        Raises:
            JournalError: see ``append``.
        """
        self._refuse_finished()
        self._append(Kind.PARTIAL, pack({"sha256": sha256}), sync=True)
        self.recorded.partial = sha256

    def close(self) -> None:
        """Say that this process no longer writes, and close the file."""
        if self._stream is None:
            return
        with suppress(PoiseError):  # the next run finds out that this process has ended
            self._append(Kind.RELEASE, pack({}), sync=True)
        with self._stream:
            self._stream = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def begin(self, background: Mapping[str, Any]) -> None:
        """Write the first record of a new journal. If that fails, there is no file."""
        self._guard()
        recorded = self.recorded
        recorded.background = dict(background)
        header = {"description": recorded.description, "background": recorded.background}
        try:
            with self._closed_on_error():
                self._append(Kind.HEADER, pack(header), lead=MAGIC)
                self._append(Kind.CLAIM, pack(claims.own().to_json()), sync=True)
        except BaseException:
            with suppress(OSError):
                if not recorded.path.stat().st_size:  # else another process has begun it, too
                    recorded.path.unlink()
            raise

    def go_on(self, patience: float = PATIENCE) -> None:
        """Cut off a torn record and claim the journal.

        Args:
            patience: as of ``open_journal``.

        Raises:
            JournalError: another process writes the journal, or it cannot be written.
        """
        refuse_live(self.recorded, patience)
        self._guard()  # before a record that another process may write is cut off as torn
        with self._closed_on_error():
            self._append(Kind.CLAIM, pack(claims.own().to_json()), sync=True)

    def is_open_as(self, inode: tuple[int, int]) -> bool:
        """Whether this is open for writing, and its file has that device and inode."""
        return self._stream is not None and self._inode == inode

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        """Open the file; close it if the block fails."""
        self._open()
        try:
            yield
        except BaseException:
            with self._stream:
                self._stream = None
            raise

    def _refuse_finished(self) -> None:
        if self._stream is None or self.is_finished:
            what = "must be open to be written, got a journal that is closed or finished"
            raise refused(self.recorded.path, what, ANEW)

    def _open(self) -> None:
        path = self.recorded.path
        try:
            self._stream = path.open("ab", buffering=0)
            status = os.fstat(self._stream.fileno())
            self._inode = status.st_dev, status.st_ino
            self._stream.truncate(self.recorded.end)
        except OSError as error:
            raise unwritable(path, error) from None

    def _append(self, kind: Kind, content: bytes, *, sync: bool = False, lead: bytes = b"") -> None:
        recorded = self.recorded
        self._guard()
        self._refuse_second_writer()
        data = lead + encode(kind, recorded.records, content)
        try:
            self._write(data)
            if sync or time.monotonic() - self._synced > SYNC_SECONDS:
                os.fsync(self._stream.fileno())
                self._synced = time.monotonic()
        except BaseException as error:
            with suppress(OSError):  # if this fails, the next run cuts the torn record off
                self._stream.truncate(recorded.end)
            if isinstance(error, OSError):
                raise unwritable(recorded.path, error) from None
            raise
        recorded.records, recorded.end = recorded.records + 1, recorded.end + len(data)

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[self._stream.write(left) :]

    def _refuse_second_writer(self) -> None:
        path = self.recorded.path
        try:
            status = path.stat()
        except OSError as error:
            raise unwritable(path, error) from None
        if (status.st_dev, status.st_ino) != self._inode or status.st_size != self.recorded.end:
            what = "must be written by one process at a time, got bytes of another one"
            raise refused(path, what, "end one of the two, then start the same command again")


def open_journal(
    path: str | os.PathLike[str],
    description: Mapping[str, Any],
    background: Mapping[str, Any] | None = None,
    *,
    overwrite: bool = False,
    patience: float = PATIENCE,
    guard: Guard = lambda: None,
) -> Journal:
    """Open the journal of a run: a new one, or one that the run goes on from.

    A finished journal is opened and left as it is; who writes what is missing of its result
    claims it with ``Journal.go_on``.

    Args:
        path: the file; see ``reading.journal_of``.
        description: what decides the result: models with their checksums, options, sources
            with their identity, frames; as JSON.
        background: what is recorded beside it and may differ when the run goes on.
        overwrite: begin anew, and keep an existing file under a numbered name.
        patience: seconds to watch a journal whose last writer is on another machine.
        guard: called before anything is written; whatever it raises ends the writing.

    Raises:
        JournalError: the journal belongs to a run of another description (every difference
            with its path), is damaged, is in use, or cannot be written.
    """
    place, described = Path(path), as_json(description)
    try:
        if overwrite:
            guard()
            _set_aside(place, patience)
        recorded = read_journal(place) if place.exists() else None
    except OSError as error:
        raise unwritable(place, error) from None
    if recorded is None:
        journal = Journal(Recorded(path=place, description=described), guard)
        journal.begin(as_json(background or {}))
        return journal
    faults = list(differences(recorded.description, described))
    if faults:
        raise JournalError(faults, f"{place} is the journal of another run; repeat it, or {ANEW}")
    journal = Journal(recorded, guard)
    if not journal.is_finished:
        journal.go_on(patience)
    return journal


def _set_aside(path: Path, patience: float) -> None:
    recorded = None
    with suppress(JournalError, FileNotFoundError):  # who begins anew needs no whole journal
        recorded = read_journal(path)
    if recorded is not None:
        refuse_live(recorded, patience)
    set_aside(path)


def refuse_live(recorded: Recorded, patience: float = PATIENCE) -> None:
    """Refuse a journal that another process writes, as far as it can be seen from here.

    Args:
        recorded: what the journal says.
        patience: as of ``open_journal``.

    Raises:
        JournalInUseError: another process writes it.
    """
    claim = recorded.claim
    if claim is None:
        return
    alive = _is_open_here(recorded.path) if claims.is_own(claim) else claims.is_alive(claim)
    if alive is None:
        alive = _grows(recorded, patience)
    if alive:
        what = f"must be written by one process at a time, got the journal of {claim}, which runs"
        error = refused(recorded.path, what, "wait until it ends, or end it")
        raise JournalInUseError(error.faults, error.heading)


def _is_open_here(path: Path) -> bool:
    status = path.stat()
    return any(journal.is_open_as((status.st_dev, status.st_ino)) for journal in _OPENED)


def _grows(recorded: Recorded, patience: float) -> bool:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        time.sleep(min(0.5, patience))
        with recorded.path.open("rb") as stream:  # NFS tells the size when a file is opened
            if os.fstat(stream.fileno()).st_size > recorded.end:
                return True
    return False

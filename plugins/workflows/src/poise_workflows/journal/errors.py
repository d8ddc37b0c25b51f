"""What Poise says when a journal cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

from poise.errors import Fault, FaultsError


class JournalError(FaultsError, ValueError):
    """A journal is damaged, belongs to another run, is in use, or cannot be written."""


class JournalInUseError(JournalError):
    """Another process writes the journal now."""


def refused(path: Path, what: str, fix: str) -> JournalError:
    """The error of a journal: the file, what is wrong with it, and what to do next.

    Args:
        path: the journal.
        what: a clause without a full stop.
        fix: what to do, in the imperative.
    """
    return JournalError([Fault(f"{what}\n  fix: {fix}")], os.fspath(path))


def unwritable(path: Path, error: OSError) -> JournalError:
    """The error of a journal that the system does not let Poise write."""
    reason = error.strerror or type(error).__name__
    return refused(
        path,
        f"OSError: {reason}; every batch before this one is kept",
        "make room or give Poise the right to write there, then start the same command again",
    )

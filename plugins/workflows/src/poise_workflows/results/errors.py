"""What Poise says when a result cannot be written as asked."""

from __future__ import annotations

import os
from pathlib import Path

from poise.errors import Fault, FaultsError
from poise.messages import first_line


class ResultsError(FaultsError, ValueError):
    """A result cannot be written, or a format cannot hold it."""


def refused(path: Path, what: str, fix: str) -> ResultsError:
    """The error of a file: which, what is wrong, and what to do next."""
    return ResultsError([Fault(f"{what}\n  fix: {fix}")], os.fspath(path))


def unwritable(path: Path, error: Exception) -> ResultsError:
    """The error of a file that the system, or HDF5, does not let Poise write.

    Nothing appears under the file's name, and what was there stays.
    """
    reason = getattr(error, "strerror", None) or first_line(error)
    return refused(
        path,
        f"cannot be written: {reason}",
        "make room or name another output; the journal keeps the poses",
    )

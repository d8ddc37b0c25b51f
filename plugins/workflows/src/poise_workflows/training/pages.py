"""The page of a run when it ends, and what becomes of failures to write it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from poise_workflows.reporting.page import failures_noted, write_page
from poise_workflows.training.errors import RunError
from poise_workflows.training.run_folders import RunFolder


def noting(folder: RunFolder) -> Callable[[str], None]:
    """Keeps sentences in the report of a run, each once."""

    def note(sentence: str) -> None:
        with suppress(OSError, RunError):  # a full disk ends the run where it saves
            facts: dict[str, Any] = folder.report()
            if sentence not in facts["notes"]:
                folder.write("report.json", {**facts, "notes": [*facts["notes"], sentence]})

    return note


def write_last(folder: RunFolder) -> None:
    """Write the page of a run that has ended, from what is in its folder."""
    with failures_noted("not written", noting(folder)):
        write_page(folder.path)

"""End a command at a random moment, as a queue of jobs, or the machine's owner, does."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from poise_workflows.journal.reading import journal_of, read_journal

IsTime = Callable[[subprocess.Popen[str]], bool]
"""Waits for the moment at which a process is killed; whether it still runs."""


def killed(folder: Path, command: Sequence[str], output: str, is_time: IsTime) -> int:
    """Start a command in a folder, kill it when it is time, and return how many frames are done."""
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert is_time(process), "it ended too early"
        process.kill()
    assert process.returncode == -9
    journal = journal_of(folder / output)
    recorded = read_journal(journal) if journal.exists() else None
    return sum(recorded.progress.values()) if recorded else 0


def after_seconds(seconds: float) -> IsTime:
    """Some time after its start."""

    def is_time(process: subprocess.Popen[str]) -> bool:
        time.sleep(seconds)
        return process.poll() is None

    return is_time


def after_an_event(seconds: float, of: str = "n_processed") -> IsTime:
    """A moment after the progress stream tells of the next frame, or of another count."""

    def is_time(process: subprocess.Popen[str]) -> bool:
        assert process.stdout is not None
        events = map(json.loads, process.stdout)
        assert next((event for event in events if event.get(of)), None)
        time.sleep(seconds)
        return process.poll() is None

    return is_time

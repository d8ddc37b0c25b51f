"""A worker of a small queue that predicts nothing: what engines are examined with.

It is run as a program, ``python -m poise_workflows.queueing.testing.hands FOLDER MANNER``, and
writes down when it began and ended. Its manner is that of workers at their best and worst.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from poise_workflows.queueing.claiming import Queue
from poise_workflows.queueing.contract import DONE, REFUSED
from poise_workflows.queueing.holding import Claim
from poise_workflows.queueing.owners import this_owner
from poise_workflows.queueing.queue_folders import FOLDER

WILLING, DYING, UNABLE, BUSY = "willing", "dying", "unable", "busy"
"""It works; it is killed at the first video; it can do nothing; a video keeps it for long."""

FILES = "hands"
"""The folder in which each worker has a file."""

SHORT = 0.2
"""Seconds that a worker needs for a video: so long that those that start later find some."""

LONG = 60.0
"""Seconds that a busy worker needs for a video, unless it is ended."""


def main(folder: str, manner: str) -> int:
    """Work, and return the exit status."""
    file = Path(folder) / FILES / f"{os.getpid()}.json"
    facts: dict[str, Any] = {"pid": os.getpid(), "began": time.time()}
    _write(file, facts)
    if manner == UNABLE:
        return REFUSED
    signal.signal(signal.SIGTERM, _exit_by_term)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal; engines send SIGTERM
    try:
        _work(Path(folder), manner)
    finally:
        _write(file, {**facts, "ended": time.time()})
    return DONE


def _work(folder: Path, manner: str) -> None:
    queue = Queue(folder / FOLDER, this_owner())
    try:
        while not queue.is_over():
            claim = queue.take()
            if claim is None:
                time.sleep(0.05)
            else:
                _work_on(claim, manner, folder)
    finally:
        queue.close()


def _work_on(claim: Claim, manner: str, folder: Path) -> None:
    if manner == DYING and _is_first(folder):
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    if manner == BUSY:
        (folder / FILES / f"{os.getpid()}.{BUSY}").touch()
        time.sleep(LONG)
    time.sleep(SHORT)
    claim.finish(1)


def _is_first(folder: Path) -> bool:
    """Whether no worker was killed before."""
    try:
        (folder / FILES / "killed").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _exit_by_term(*details: object) -> None:
    sys.exit(128 + signal.SIGTERM)


def _write(file: Path, facts: dict[str, Any]) -> None:
    draft = file.with_suffix(".part")
    draft.write_text(json.dumps(facts), encoding="utf-8")
    draft.replace(file)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Start workers on this machine: for engines, those of plugins, too."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import attrs

from poise.errors import PoiseError
from poise.files import open_file
from poise_workflows.queueing.cards import VISIBLE, cards_of, shared_out
from poise_workflows.queueing.contract import Work
from poise_workflows.queueing.cores import allowed_cores, shares_of, thread_settings
from poise_workflows.queueing.queue_folders import FOLDER

CORES = 4
"""Cores of a worker, where nobody says how many workers there are: more cores help little."""

LOGS = "logs"

TIED = "poise_workflows.queueing.tied"


@attrs.frozen(kw_only=True, eq=False)
class Slot:
    """What a worker on this machine gets.

    Attributes:
        name: of the worker's log, and for people: ``worker1``.
        device: ``cpu`` or ``gpu:N``.
        environment: variables that differ from those of this process.
        cores: the cores that it may use; empty for all.
    """

    name: str
    device: str
    environment: Mapping[str, str] = attrs.field(factory=dict)
    cores: tuple[int, ...] = ()

    def __str__(self) -> str:
        cores = f", cores {','.join(map(str, self.cores))}" if self.cores else ""
        return f"{self.name} on {self.device}{cores}"


def slots_of(devices: str, jobs: int | None) -> list[Slot]:
    """What each worker on this machine gets: a GPU that it alone sees, or cores.

    Args:
        devices: ``"auto"``, ``"cpu"``, or ``"gpu:0,gpu:2"``.
        jobs: how many workers; by default one for each GPU, or for each ``CORES`` cores.

    Raises:
        QueueError: there are no such devices.
    """
    cards, cores = cards_of(devices), allowed_cores()
    count = jobs or len(cards) or max(1, len(cores) // CORES)
    shares = shares_of(cores, count)
    if cards:
        return [
            Slot(
                name=f"worker{number}",
                device=name,
                environment={VISIBLE: card, **thread_settings(len(share))},
            )
            for number, ((name, card), share) in enumerate(
                zip(shared_out(cards, count), shares, strict=True), start=1
            )
        ]
    return [
        Slot(
            name=f"worker{number}",
            device="cpu",
            environment={VISIBLE: "-1", **thread_settings(len(share))},
            cores=share,
        )
        for number, share in enumerate(shares, start=1)
    ]


def log_of(work: Work, slot: Slot) -> Path:
    """The file that has what a worker said."""
    return work.folder / FOLDER / LOGS / f"{slot.name}.log"


def start_worker(work: Work, slot: Slot) -> subprocess.Popen[bytes]:
    """Start a worker process on this machine. What it says is appended to its log.

    Args:
        work: the queue.
        slot: what the worker gets.

    Raises:
        OSError: it cannot be started.
    """
    log = log_of(work, slot)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        python, option, *words = work.command
        process = subprocess.Popen(  # noqa: S603  # no shell; Poise's own command
            [python, option, TIED, *words],  # else it would go on when this process is killed
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            env={**os.environ, **slot.environment},
        )
    if slot.cores and hasattr(os, "sched_setaffinity"):
        with suppress(OSError):  # it has ended, or the system allows no such choice
            os.sched_setaffinity(process.pid, slot.cores)
    return process


def last_words(work: Work, slot: Slot, lines: int = 12) -> str:
    """The end of a worker's log."""
    with suppress(OSError, PoiseError), open_file(log_of(work, slot)) as stream:
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - 8_000))
        text = stream.read().decode("utf-8", "replace")
        return "\n".join(text.splitlines()[-lines:])
    return ""

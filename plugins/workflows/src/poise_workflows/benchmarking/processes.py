"""A process for each row, so that neither time nor memory of one is that of another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from poise_workflows.benchmarking.asked import Asked
from poise_workflows.benchmarking.results import Row
from poise_workflows.benchmarking.subjects import Subject

MODULE = "poise_workflows.benchmarking.measuring"
LINES = 3
"""How much of what a process said is shown where it failed."""


class ProcessError(Exception):
    """A process has given no figures; the text says why."""


def measure_row(
    asked: Asked, subject: Subject, runtime: str, precision: str, batch: int, export: Path | None
) -> Row:
    """Measure a row.

    Args:
        asked: what is measured.
        subject: the network.
        runtime: its name.
        precision: what the network computes in.
        batch: how many frames a call has.
        export: the folder of the network for the runtime; ``None`` for Keras.
    """
    row = Row(runtime=runtime, precision=precision, batch_size=batch)
    job = {
        "model": str(subject.place),
        "export": None if export is None else str(export),
        "runtime": runtime,
        "precision": precision,
        "batch_size": batch,
        "image": subject.image,
        "device": asked.device,
        "seconds": asked.seconds,
    }
    try:
        figures = _run(job)
    except ProcessError as error:
        return Row(**{**_fields(row), "failed": str(error)})
    return Row(**{**_fields(row), **figures})


def measure_peak(asked: Asked) -> float | None:
    """FLOPs that the machine does in a second at most; ``None`` if Keras cannot measure it."""
    try:
        return float(_run({"runtime": None, "device": asked.device})["flops"])
    except ProcessError:
        return None


def _fields(row: Row) -> dict[str, Any]:
    return {"runtime": row.runtime, "precision": row.precision, "batch_size": row.batch_size}


def _run(job: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603  # this interpreter
        [sys.executable, "-m", MODULE],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()][-LINES:]
        raise ProcessError("; ".join(said) or f"its process ended with {done.returncode}")
    figures: dict[str, Any] = json.loads(lines[-1])
    return figures

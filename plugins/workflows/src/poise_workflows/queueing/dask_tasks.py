"""What runs at the workers of Dask: a worker of the queue, as a process of its own.

Dask's threads cannot be interrupted, and a network that runs out of memory ends its process. So
each task starts the command that a job array would start.
"""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from collections.abc import Sequence

_LINES = 20
"""How many lines of its messages a worker hands back."""

_RUNNING: dict[str, subprocess.Popen[str]] = {}
"""Name of a task → its process, in the processes of Dask's workers."""


def run_worker(name: str, words: Sequence[str]) -> tuple[int, str]:
    """Run a worker of the queue until it ends.

    Args:
        name: of the task, by which ``end_workers`` knows it.
        words: what follows ``python -m`` on its command line.

    Returns:
        Its exit status, negative for a signal, and the end of its messages, which are in the log
        of Dask's worker, too.
    """
    tail: deque[str] = deque(maxlen=_LINES)
    command = [sys.executable, "-m", "poise_workflows.queueing.tied", *words]
    with subprocess.Popen(  # noqa: S603  # no shell; Poise's own command
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        _RUNNING[name] = process
        try:
            assert process.stderr is not None
            for line in process.stderr:
                sys.stderr.write(line)
                tail.append(line)
        finally:
            _RUNNING.pop(name, None)
    return process.returncode, "".join(tail)


def end_workers(names: Sequence[str]) -> None:
    """Ask workers of the queue to end, in the process of Dask's worker that runs them.

    Args:
        names: of their tasks; those that run elsewhere are left out.
    """
    for name in names:
        process = _RUNNING.get(name)
        if process is not None:
            process.terminate()

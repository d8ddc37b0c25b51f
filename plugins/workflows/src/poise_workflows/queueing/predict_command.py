"""``poise predict --jobs N``: the part of the command that is about a queue."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from poise.cli.commands import complain, say
from poise_workflows.queueing.contract import REFUSED, EngineError
from poise_workflows.queueing.errors import QueueError
from poise_workflows.queueing.launching import slots_of
from poise_workflows.queueing.options import PROCESSES, Queued
from poise_workflows.queueing.running_queues import run_queue
from poise_workflows.queueing.saying import lines_of_plan, lines_of_status, text_of_error
from poise_workflows.queueing.statuses import QueueStatus, status_of
from poise_workflows.queueing.workflow import plan_of_call


def predict_queue(
    sources: Sequence[Path],
    models: Sequence[Path],
    output: Path | None,
    options: Mapping[str, Any],
    queued: Queued,
) -> int:
    """Plan a queue, run its engine, and say what became of it.

    Returns:
        The exit status of ``poise predict``.

    Raises:
        KeyboardInterrupt: it was interrupted; all workers have ended.
    """
    is_json = options["progress"] == "json"
    try:
        words = ("poise", *sys.argv[1:])
        planned = plan_of_call(sources, models, output, options, queued, words)
        folder = Path(str(output))
        if not is_json:
            _say_all(lines_of_plan(planned, _workers(queued)))
        if queued.jobs == 0:
            return _end(status_of(planned.plan, folder), is_json=is_json, is_planned=True)
        status = run_queue(planned.plan, folder, queued, options["progress"])
        return _end(status, is_json=is_json)
    except (QueueError, EngineError) as error:
        complain(text_of_error(error))
    except OSError as error:
        what = f"{error.filename or output} must be readable and writable"
        complain(f"{what}, got {error.strerror}")
    return REFUSED


def _end(status: QueueStatus, *, is_json: bool, is_planned: bool = False) -> int:
    if not is_json:
        _say_all(lines_of_status(status))
    return 0 if is_planned else status.exit_status


def _workers(queued: Queued) -> int:
    """How many workers there are, for an estimate."""
    if queued.jobs == "auto":
        return len(slots_of(queued.devices, None)) if queued.engine == PROCESSES else 1
    return queued.jobs


def _say_all(lines: Any) -> None:
    for line in lines:
        say(line)

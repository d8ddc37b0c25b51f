"""``queue``, ``work``, and ``predict`` by a queue."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from poise.files import read_text_of
from poise_workflows.prediction.reports import report_of
from poise_workflows.prediction.runs import Prediction
from poise_workflows.queueing.asking import Asked
from poise_workflows.queueing.engines import faults_of_engine
from poise_workflows.queueing.errors import QueueError
from poise_workflows.queueing.joining import Planned, plan_queue
from poise_workflows.queueing.options import RETRIES, Queued, faults_of_queue
from poise_workflows.queueing.planning import HEADING
from poise_workflows.queueing.queue_folders import Place
from poise_workflows.queueing.row_options import MAP, OF_A_VIDEO, TRACKING, defaults, plain
from poise_workflows.queueing.running_queues import run_queue
from poise_workflows.queueing.statuses import QueueStatus, VideoStatus, status_of

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def queue(
    sources: Paths,
    models: Paths,
    output: str | os.PathLike[str],
    *,
    recursive: bool = False,
    retries: int = RETRIES,
    renew: bool = False,
    **options: Any,
) -> QueueStatus:
    """Plan the prediction of many videos; any number of workers predicts them.

    Everything is checked, and the plan and the queue are written. The same call again finds them.
    ``work(output)`` is a worker, and ``status(output)`` says what became of the videos.

    Args:
        sources: as of ``predict``; a list may be a table with the columns ``video``, ``models``,
            ``output`` and options.
        models: of all videos to which a list gives none.
        output: the folder of the results.
        recursive: take the videos of folders in folders, too.
        retries: attempts without a new frame after which a video is set aside.
        renew: where results or a queue of another run are there, keep them under numbered names.
        options: those of ``predict`` that are about a video.

    Returns:
        What became of each video up to now.

    Raises:
        QueueError: something that is asked for is wrong, or the folder has another queue. The
            error lists all faults.
    """
    from poise_workflows.prediction.options import refuse_unknown

    refuse_unknown(options, (*OF_A_VIDEO, TRACKING, MAP))
    asked = {**defaults(), **options, "renew": renew}
    queued = Queued(0, "processes", {}, "auto", recursive, retries)
    planned = plan_of_call(sources, models, output, asked, queued)
    return status_of(planned.plan, Path(output))


def plan_of_call(
    sources: Paths,
    models: Paths,
    output: Any,
    options: Mapping[str, Any],
    queued: Queued,
    command: Sequence[str] = (),
) -> Planned:
    """The queue of a call of ``predict``.

    Raises:
        QueueError: as of ``queue``, or there is no such engine or device.
    """
    faults = [*faults_of_queue(options, output), *faults_of_engine(queued)]
    if faults:
        raise QueueError(faults, HEADING)
    shared = {name: plain(options[name]) for name in (*OF_A_VIDEO, TRACKING, MAP)}
    return plan_queue(
        Asked(
            sources=_listed(sources),
            models=_listed(models),
            folder=Path(output),
            options=shared,
            recursive=queued.recursive,
            retries=queued.retries,
            renew=options["renew"],
            command=command,
        )
    )


def predict_queue(
    sources: Paths, models: Paths, output: Any, options: Mapping[str, Any], queued: Queued
) -> list[Prediction]:
    """``predict`` by a queue: what became of each video."""
    planned = plan_of_call(sources, models, output, options, queued)
    place = Path(output)
    if queued.jobs == 0:
        return predictions_of(status_of(planned.plan, place))
    status = run_queue(planned.plan, place, queued, options["progress"])
    return predictions_of(status)


def predictions_of(status: QueueStatus) -> list[Prediction]:
    """What became of each video, as ``predict`` says it."""
    return [_prediction(video) for video in status.videos]


def _prediction(video: VideoStatus) -> Prediction:
    report: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        report = json.loads(read_text_of(report_of(video.output)))
    failed = "" if video.state == Place.DONE else video.reason or "not predicted yet"
    return Prediction(output=video.output, report=report, failed=failed)


def _listed(paths: Paths) -> list[str | os.PathLike[str]]:
    return [paths] if isinstance(paths, str | os.PathLike) else list(paths)

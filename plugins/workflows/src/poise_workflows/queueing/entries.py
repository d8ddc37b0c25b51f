"""A video of the plan, as a worker predicts it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from poise_workflows.journal.errors import JournalError
from poise_workflows.journal.reading import journal_of, read_journal
from poise_workflows.journal.writing import Guard
from poise_workflows.prediction.calls import predict_all
from poise_workflows.prediction.runs import Prediction
from poise_workflows.progress.showing import Shown
from poise_workflows.queueing.holding_models import KeptModels
from poise_workflows.queueing.places_of_files import absolute
from poise_workflows.queueing.plans import Plan, Video
from poise_workflows.queueing.row_options import defaults, for_predict


def options_of(plan: Plan, video: Video, folder: Path) -> dict[str, Any]:
    """All options with which a video is predicted, but those of the worker."""
    options = for_predict({**defaults(), **plan.options, **video.options})
    for name in ("merge", "render"):
        if options[name]:
            options[name] = absolute(options[name], folder)
    return {**options, "overwrite": False, "renew": plan.renew}


def predict_video(
    plan: Plan,
    video: Video,
    folder: Path,
    *,
    device: str,
    models: KeptModels,
    show: Shown,
    tell: Any,
    guard: Guard,
) -> Prediction:
    """Predict a video; what is in its journal is not predicted again.

    Args:
        plan: of the queue.
        video: the entry.
        folder: of the results.
        device: as of ``predict``.
        models: loads them.
        show: is told of each batch, and may raise to end the work.
        tell: is called with the device.
        guard: is called before anything is written, and raises if another worker has the video.
    """
    output = absolute(video.output, folder)
    output.parent.mkdir(parents=True, exist_ok=True)
    options: Mapping[str, Any] = options_of(plan, video, folder)
    if options["render"]:
        options["render"].parent.mkdir(parents=True, exist_ok=True)
    (result,) = predict_all(
        [absolute(video.source, folder)],
        [absolute(model, folder) for model in video.models],
        output,
        {**options, "device": device, "progress": "none"},
        command=plan.command,
        tell=tell,
        note=lambda source, text: None,
        loader=models,
        show=show,
        guard=guard,
    )
    return result


def frames_done(video: Video, folder: Path) -> int:
    """How many frames of a video are in its journal.

    Raises:
        OSError: the journal is there, and cannot be read now.
    """
    try:
        recorded = read_journal(journal_of(absolute(video.output, folder)))
    except (FileNotFoundError, JournalError):  # who predicts says what is wrong with it
        return 0
    return sum(recorded.progress.values()) if recorded else 0

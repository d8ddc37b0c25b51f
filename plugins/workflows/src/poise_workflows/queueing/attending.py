"""``work``: be a worker of a queue."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import attrs

from poise.messages import counted
from poise_workflows.frames.path_maps import Maps, path_maps
from poise_workflows.frames.sources import SourceError
from poise_workflows.pipelines import exports
from poise_workflows.progress.showing import shown
from poise_workflows.queueing.cards import see_only
from poise_workflows.queueing.errors import QueueError
from poise_workflows.queueing.joining import make_queue
from poise_workflows.queueing.places_of_files import absolute
from poise_workflows.queueing.plans import Plan, read_plan
from poise_workflows.queueing.queue_folders import FOLDER
from poise_workflows.queueing.row_options import MAP, plain
from poise_workflows.queueing.states import requeue
from poise_workflows.queueing.statuses import QueueStatus, status_of
from poise_workflows.queueing.stops import Stop, seconds_of_text, signals_noted


def work(
    folder: str | os.PathLike[str],
    *,
    device: str = "auto",
    stop_after: str | float | None = None,
    no_wait: bool = False,
    again: bool = False,
    map: Maps | None = None,  # noqa: A002  # the option's name
    progress: str = "auto",
) -> QueueStatus:
    """Predict videos of a queue until none is left.

    Any number of workers may do so, on any machine that sees the folder. A worker that is killed
    loses nothing: another one goes on with its video.

    Args:
        folder: the folder of the results, in which the queue is.
        device: ``"auto"``, ``"cpu"`` or ``"gpu:N"``. The worker sees one GPU and no other, unless
            a backend was imported before.
        stop_after: end after this time, such as ``"55m"``, ``"1h30m"`` or a number of seconds:
            the batch is finished, and the video given back.
        no_wait: end when nothing waits, even if other workers hold videos, which may die.
        again: let videos that were set aside wait again first.
        map: path on another machine → path here, instead of those that the plan says.
        progress: ``"auto"``, ``"rich"``, ``"json"``, ``"lines"`` or ``"none"``.

    Returns:
        What became of the queue.

    Raises:
        QueueError: there is no queue, or nothing can be predicted: models that cannot be used, a
            disk that is full.
        KeyboardInterrupt: a signal has ended the worker, and its video is given back.
    """
    return attend(
        Path(folder),
        prepare=lambda plan: None,
        say=lambda text: None,
        device=device,
        stop_after=stop_after,
        no_wait=no_wait,
        again=again,
        map=map,
        progress=progress,
    )


def attend(
    folder: Path,
    *,
    prepare: Callable[[Plan], None],
    say: Callable[[str], None],
    device: str,
    stop_after: str | float | None,
    no_wait: bool,
    again: bool,
    map: Maps | None,  # noqa: A002  # the option's name
    progress: str,
) -> QueueStatus:
    """The work of ``work``.

    Args:
        folder: as of ``work``.
        prepare: is called with the plan before the first video is predicted.
        say: tells the user a sentence.
        device: as of ``work``.
        stop_after: as of ``work``.
        no_wait: as of ``work``.
        again: as of ``work``.
        map: as of ``work``.
        progress: as of ``work``.
    """
    stop = Stop(seconds_of_text(stop_after))
    plan = _with_maps(read_plan(folder), map)
    with signals_noted(stop), shown(progress) as show:
        seen = see_only(device)
        make_queue(plan, folder)
        if again:
            say(f"{counted(len(requeue(folder / FOLDER)), 'video')} set aside will be tried again")
        from poise_workflows.queueing.working import Worker

        worker = Worker(folder, plan, stop, seen, show, say, prepare)
        worker.run(waits=not no_wait)
    interruption = stop.interruption
    if interruption is not None:
        raise interruption
    return status_of(plan, folder)


def _with_maps(plan: Plan, maps: Maps | None) -> Plan:
    """The plan with the path maps of this machine.

    Raises:
        QueueError: a map is none, or leads nowhere.
    """
    counting = plan.options.get(MAP) if maps is None else plain(maps)
    try:
        path_maps(counting)  # else every video would be set aside
    except SourceError as error:
        raise QueueError(error.faults) from None
    return attrs.evolve(plan, options={**plan.options, MAP: counting})


def needs_keras(plan: Plan, folder: Path) -> bool:
    """Whether any video is predicted by Keras, or compared with it."""
    ways = {({**plan.options, **video.options}["runtime"], video.models) for video in plan.videos}
    return any(
        exports.needs_keras(runtime, [absolute(model, folder) for model in models])
        for runtime, models in ways
    )

"""What is told of a queue, in lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from poise.errors import FaultsError
from poise.messages import counted
from poise_workflows.queueing.queue_folders import Place
from poise_workflows.queueing.statuses import QueueStatus, VideoStatus

if TYPE_CHECKING:  # to look at a queue needs nothing that predicts
    from poise_workflows.queueing.joining import Planned
    from poise_workflows.queueing.plans import Plan

MOST = 20
"""Videos and notes that are shown; ``--json``, and the plan, have all."""


def text_of_error(error: FaultsError) -> str:
    """A heading, and each fault on a line of its own or several."""
    heading = error.heading or "cannot work on the queue"
    lines = [line for fault in error.faults for line in str(fault).splitlines()]
    return "\n".join([f"{heading}:", *(f"  {line}" for line in lines)])


def lines_of_plan(planned: Planned, workers: int = 1) -> Iterator[str]:
    """What is said of a plan before anything is predicted.

    Args:
        planned: the plan.
        workers: how many there will be, at least.
    """
    from poise_workflows.prediction.room import sized

    plan = planned.plan
    yield f"{'planned' if planned.is_new else 'goes on'}  {_sum(plan)}"
    if planned.is_new:
        room, time = sized(plan.disk), in_words(plan.seconds / max(1, workers))
        yield f"  about {room}, and by a rule of thumb {time} on processors"
    unreadable = [video for video in plan.videos if video.fault]
    for video in unreadable[:MOST]:
        yield f"  cannot be read  {video.source}: {video.fault}"
    yield from _more(len(unreadable))
    for note in (*planned.remarks, *plan.notes)[:MOST]:
        yield f"  note  {note}"
    yield from _more(len(planned.remarks) + len(plan.notes))


def _sum(plan: Plan) -> str:
    return f"{counted(len(plan.videos), 'video')}, {counted(plan.frames, 'frame')}"


def lines_of_status(status: QueueStatus) -> Iterator[str]:
    """What is said of a queue."""
    counts = ", ".join(f"{count} {state}" for state, count in status.counts.items())
    yield f"{status.folder}: {counted(len(status.videos), 'video')}: {counts}"
    if status.left:
        rate = f", {status.rate:.1f} frames/s" if status.rate else ""
        eta = f", {in_words(status.eta)} left" if status.eta is not None else ""
        yield f"  {status.frames_done} of {counted(status.frames, 'frame')}{rate}{eta}"
    for worker in status.workers:
        state = {True: "works", False: "has ended", None: "works elsewhere"}[worker.is_alive]
        what = ", ".join(_doing(status.videos[number]) for number in worker.works_on)
        yield f"  {worker.name} on {worker.device} {state}{f': {what}' if what else ''}"
    aside = [video for video in status.videos if video.state == Place.ASIDE]
    for video in aside[:MOST]:
        yield f"  aside  {video.source}: {video.reason}"
    yield from _more(len(aside))
    for step in status.next_steps:
        yield f"  next   {step}"


def _doing(video: VideoStatus) -> str:
    return f"{video.source.name}, {video.frames_done} of {counted(video.frames, 'frame')}"


def _more(count: int) -> Iterator[str]:
    if count > MOST:
        yield f"  … and {count - MOST} more"


def in_words(seconds: float) -> str:
    """Seconds for people: ``2:05:00`` hours."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{timedelta(seconds=round(seconds))} h"

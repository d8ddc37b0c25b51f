"""The same command again goes on with its queue; another one is refused, or begins a new queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from poise.errors import Fault
from poise.messages import argument, argument_path, counted, join_names
from poise_workflows.journal.aside import set_aside
from poise_workflows.journal.descriptions import as_json, differences
from poise_workflows.queueing.asking import Asked
from poise_workflows.queueing.claiming import Queue
from poise_workflows.queueing.errors import QueueError
from poise_workflows.queueing.owners import is_alive, this_owner
from poise_workflows.queueing.planning import Outline, complete, outline
from poise_workflows.queueing.plans import (
    Plan,
    Video,
    numbers_of,
    plan_of,
    read_plan,
    replace_plan,
    write_plan,
)
from poise_workflows.queueing.queue_folders import FOLDER
from poise_workflows.queueing.row_options import MAP
from poise_workflows.queueing.states import read_states


class Planned(NamedTuple):
    """The plan of a queue that is there now.

    Attributes:
        plan: the plan.
        is_new: whether this call made it.
        remarks: what the user should know, a sentence each.
    """

    plan: Plan
    is_new: bool
    remarks: tuple[str, ...]


def plan_queue(asked: Asked) -> Planned:
    """Make a queue, or find the one of the same videos, models and options.

    Raises:
        QueueError: something that is asked for is wrong, or the folder has a queue of others. The
            error lists every difference.
        OSError: the folder cannot be written.
    """
    outlined = outline(asked)
    if not plan_of(asked.folder).exists():
        return _begin(outlined, ())
    former = read_plan(asked.folder)
    faults, fresh, gone = compare(former, outlined.plan)
    if asked.renew and (faults or fresh):
        return _begin(outlined, _keep_aside(asked.folder))
    if faults:
        fix = argument("renew", value="True")
        heading = f"{asked.folder} has the queue of another run; repeat it, name another output, or"
        raise QueueError(faults, f"{heading} pass {fix} to predict anew what differs")
    if former.retries != asked.retries:
        former = attrs.evolve(former, retries=asked.retries)
        replace_plan(former, asked.folder)
    make_queue(former, asked.folder)
    return Planned(former, is_new=False, remarks=tuple(_remarks(fresh, gone)))


def make_queue(plan: Plan, folder: Path) -> None:
    """Create the queue of a plan, unless it is there.

    Raises:
        OSError: the folder cannot be written.
    """
    Queue(folder / FOLDER, this_owner()).create(numbers_of(plan.videos))


def compare(former: Plan, present: Plan) -> tuple[list[Fault], list[Video], list[Video]]:
    """In what a plan differs from the one that is there.

    Returns:
        The differences; the videos that are new; and those that are gone.
    """
    before, now = _by_result(former.videos), _by_result(present.videos)
    common = [output for output in before if output in now]
    former_facts, present_facts = (
        {
            "options": {name: plan.options[name] for name in plan.options if name != MAP},
            "models": _models(plan, [videos[output] for output in common]),
            "videos": {output: _facts(videos[output]) for output in common},
        }
        for plan, videos in ((former, before), (present, now))
    )
    faults = [
        Fault(fault.what.replace("as in the journal", "as in the plan"), fault.path)
        for fault in differences(as_json(former_facts), as_json(present_facts))
    ]
    fresh = [video for output, video in now.items() if output not in before]
    return faults, fresh, [video for output, video in before.items() if output not in now]


def _by_result(videos: Iterable[Video]) -> dict[str, Video]:
    return {video.output: video for video in videos}


def _models(plan: Plan, videos: Iterable[Video]) -> dict[str, Any]:
    """What identifies the models of some videos."""
    names = sorted({name for video in videos for name in video.models})
    return {name: plan.models.get(name) for name in names}


def _facts(video: Video) -> Mapping[str, Any]:
    return {
        "source": video.source,
        "models": list(video.models),
        "options": dict(video.options),
        "size": video.size,
    }


def _begin(outlined: Outline, remarks: tuple[str, ...]) -> Planned:
    folder = outlined.asked.folder
    plan = complete(outlined)
    if not write_plan(plan, folder):  # another process was quicker
        return plan_queue(outlined.asked)
    make_queue(plan, folder)
    return Planned(plan, is_new=True, remarks=remarks)


def _keep_aside(folder: Path) -> tuple[str, ...]:
    """Give the queue that is there another name. Its results stay, and are not predicted again."""
    queue = folder / FOLDER
    workers = read_states(queue).workers if (queue / "waiting").exists() else {}
    alive = [name for name, facts in workers.items() if is_alive(facts)]
    if alive:
        what = f"must be a queue on which nobody works, got {counted(len(alive), 'worker')}"
        fix = f"end them ({join_names(alive)}), then repeat the command"
        raise QueueError([Fault(f"{what}; {fix}", argument_path("renew"))])
    return (f"the queue that was there is {set_aside(queue)} now",)


def _remarks(fresh: list[Video], gone: list[Video]) -> Iterable[str]:
    if fresh:
        names = join_names(video.source for video in fresh)
        fix = argument("renew", value="True")
        yield f"not in the plan: {names}; {fix} takes them, too"
    if gone:
        names = join_names(video.source for video in gone)
        yield f"in the plan, but not named any more: {names}"

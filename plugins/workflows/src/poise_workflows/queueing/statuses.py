"""What became of each video of a queue, as far as it can be seen now."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import argument, counted
from poise_workflows.queueing.contract import ASIDE, DONE, UNFINISHED
from poise_workflows.queueing.errors import QueueError
from poise_workflows.queueing.names import Entry
from poise_workflows.queueing.owners import is_alive
from poise_workflows.queueing.places_of_files import paths_from
from poise_workflows.queueing.plans import Plan, Video, read_plan
from poise_workflows.queueing.queue_folders import FOLDER, Place, QueueFolder
from poise_workflows.queueing.states import States, read_reasons, read_states

MOVING = "moving"
"""The state of a video that moved from place to place each time Poise looked."""


@attrs.frozen(kw_only=True)
class VideoStatus:
    """What became of a video.

    Attributes:
        number: in the plan.
        source: the video.
        output: its result.
        state: ``"waiting"``, ``"claimed"`` (a worker works on it), ``"done"`` (its result is
            whole) or ``"aside"`` (Poise gave it up); ``"moving"`` between two of them.
        frames: how many are predicted when it is done, as the plan says.
        frames_done: how many are in its journal, as far as workers have said.
        tries: attempts in a row that ended without a new frame.
        worker: who works on it; else empty.
        reason: why it was set aside, or why its last attempt failed; else empty.
    """

    number: int
    source: Path
    output: Path
    state: str
    frames: int
    frames_done: int
    tries: int
    worker: str = ""
    reason: str = ""


@attrs.frozen(kw_only=True)
class WorkerStatus:
    """A worker that has a file in the queue.

    Attributes:
        name: its name: machine, process, and a word of its own.
        device: what it predicts on.
        is_alive: whether its process runs; ``None`` if it cannot be seen from here.
        works_on: numbers of its videos.
        rate: frames a second, lately.
    """

    name: str
    device: str
    is_alive: bool | None
    works_on: tuple[int, ...]
    rate: float


@attrs.frozen(kw_only=True)
class QueueStatus:
    """What became of a queue.

    Attributes:
        folder: of the results.
        videos: by their numbers.
        workers: those that have not said that they ended.
        notes: what was skipped when the queue was planned.
    """

    folder: Path
    videos: tuple[VideoStatus, ...]
    workers: tuple[WorkerStatus, ...]
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """State → how many videos have it. The sum is the number of videos."""
        counts = {str(place): 0 for place in Place}
        for video in self.videos:
            counts[video.state] = counts.get(video.state, 0) + 1
        return counts

    @property
    def left(self) -> int:
        """How many videos are neither done nor set aside."""
        return len(self.videos) - self.counts[Place.DONE] - self.counts[Place.ASIDE]

    @property
    def exit_status(self) -> int:
        """0 if all videos are done; 1 if the others are set aside; 3 if some are left."""
        if self.left:
            return UNFINISHED
        return ASIDE if self.counts[Place.ASIDE] else DONE

    @property
    def frames(self) -> int:
        """Of all videos."""
        return sum(video.frames for video in self.videos)

    @property
    def frames_done(self) -> int:
        """How many of them are predicted."""
        return sum(video.frames_done for video in self.videos)

    @property
    def rate(self) -> float:
        """Frames a second of all workers, lately."""
        return round(sum(worker.rate for worker in self.workers if worker.is_alive is not False), 3)

    @property
    def eta(self) -> float | None:
        """Seconds that are left; ``None`` if nobody works."""
        left = sum(
            video.frames - video.frames_done
            for video in self.videos
            if video.state not in (Place.DONE, Place.ASIDE)
        )
        return round(left / self.rate, 1) if self.rate else None

    @property
    def next_steps(self) -> tuple[str, ...]:
        """What the user can do, a sentence each."""
        return tuple(_next_steps(self))

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON. Later versions may add names."""
        return {
            "folder": str(self.folder),
            "counts": self.counts,
            "left": self.left,
            "frames": self.frames,
            "frames_done": self.frames_done,
            "rate": self.rate,
            "eta": self.eta,
            "videos": [_plain(video) for video in self.videos],
            "workers": [_plain(worker) for worker in self.workers],
            "notes": list(self.notes),
            "next_steps": list(self.next_steps),
            "exit_status": self.exit_status,
        }


def _plain(value: Any) -> dict[str, Any]:
    facts = attrs.asdict(value)
    return {name: str(each) if isinstance(each, Path) else each for name, each in facts.items()}


def _next_steps(status: QueueStatus) -> list[str]:
    steps, folder, counts = [], status.folder, status.counts
    works = any(worker.is_alive is not False for worker in status.workers)
    if status.left and not works:
        steps.append(f"nobody works: poise work {folder} goes on")
    if counts[Place.ASIDE]:
        again = f"poise work {folder} --again"
        steps.append(f"mend what the reasons say, then {again} tries those again")
    return steps


def status(folder: str | os.PathLike[str]) -> QueueStatus:
    """What became of each video of a queue.

    Nothing is changed. While workers go on, each video is reported once, where it was seen last.

    Args:
        folder: the folder of the results, in which the queue is.

    Raises:
        QueueError: there is no queue, or its plan is damaged.
        OSError: the folder cannot be read.
    """
    place = Path(folder)
    plan = read_plan(place)
    return status_of(plan, place)


def status_of(plan: Plan, folder: Path) -> QueueStatus:
    """As ``status``, for a plan that has been read."""
    queue = folder / FOLDER
    if QueueFolder(str(queue)).exists():
        states, reasons = read_states(queue), read_reasons(queue)
    else:  # the process that has planned it was killed, and a worker will make it
        waiting = {video.number: (Place.WAITING, Entry(video.number)) for video in plan.videos}
        states, reasons = States(waiting, {}), {}
    missing = [video.number for video in plan.videos if video.number not in states.entries]
    if missing:
        what = f"must be a queue of {counted(len(plan.videos), 'video')}"
        fix = f"repeat the command that made it, with {argument('renew', value='True')}"
        raise QueueError([Fault(f"{what}, got one of {len(states.entries)}; {fix}", str(queue))])
    doing, path_of = _doing(states), paths_from(folder)
    return QueueStatus(
        folder=folder,
        videos=tuple(
            _video(video, states, doing, reasons.get(video.number, []), path_of)
            for video in plan.videos
        ),
        workers=tuple(_worker(name, facts) for name, facts in states.workers.items()),
        notes=plan.notes,
    )


def _doing(states: States) -> dict[int, int]:
    """Number of a video → frames that its workers have said, those that died included."""
    doing: dict[int, int] = {}
    for facts in states.workers.values():
        number, frames = facts.get("video"), facts.get("frames_done", 0)
        if isinstance(number, int):
            doing[number] = max(doing.get(number, 0), int(frames))
    return doing


def _video(
    video: Video,
    states: States,
    doing: Mapping[int, int],
    reasons: list[tuple[Entry, str]],
    path_of: Callable[[str], Path],
) -> VideoStatus:
    place, entry = states.entries[video.number]
    said = doing.get(video.number, 0) if place is Place.CLAIMED else 0
    done = max(entry.frames, said)
    return VideoStatus(
        number=video.number,
        source=path_of(video.source),
        output=path_of(video.output),
        state=MOVING if place is None else str(place),
        frames=done if place is Place.DONE else max(video.frames, done),
        frames_done=done,
        tries=entry.tries,
        worker=entry.owner if place is Place.CLAIMED else "",
        reason=reasons[-1][1] if reasons and place is not Place.DONE else "",
    )


def _worker(name: str, facts: Mapping[str, Any]) -> WorkerStatus:
    return WorkerStatus(
        name=name,
        device=str(facts.get("device", "")),
        is_alive=is_alive(facts),
        works_on=tuple(facts.get("works_on", ())),
        rate=float(facts.get("rate", 0)),
    )

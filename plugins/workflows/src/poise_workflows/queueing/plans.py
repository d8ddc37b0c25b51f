"""The plan of a queue: what each number stands for, in one file that a person can read.

All paths are relative to the folder of the results, by ``/``, so that machines that see it under
other names find the videos and models, too. Poise writes the plan before the queue, and a plan
that is there never changes but as a whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from poise.errors import ConfigError, Fault
from poise.files import read_text_of
from poise.writing.whole_files import write_text
from poise_workflows.queueing.errors import QueueError
from poise_workflows.queueing.queue_folders import FOLDER

FILE = "plan.json"
FORM = "poise-queue 1"
"""What a plan says that it is. The number is the version of the form."""

LARGEST = 200_000_000
"""Bytes of a plan of more videos than a list may have."""


def _texts(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


@attrs.frozen(kw_only=True)
class Video:
    """An entry of the plan.

    Attributes:
        number: in the queue, from 0.
        source: the video, or what else ``poise predict`` reads.
        output: its result, a ``.slp`` file.
        models: its models.
        options: those in which it differs from all others.
        frames: how many are predicted; 0 if it cannot be read.
        size: bytes of the file.
        disk: bytes that journal and result will take, about.
        fault: why it could not be read when the plan was made; else empty.
    """

    number: int
    source: str
    output: str
    models: tuple[str, ...] = attrs.field(converter=_texts)
    options: Mapping[str, Any] = attrs.field(factory=dict)
    frames: int = 0
    size: int = 0
    disk: int = 0
    fault: str = ""


@attrs.frozen(kw_only=True)
class Plan:
    """All videos of a queue, and how they are predicted.

    Attributes:
        videos: by their numbers.
        options: those of ``poise predict`` that all videos share.
        models: path → what identifies the model; the checksums of its files.
        retries: attempts without a new frame after which a video is set aside.
        renew: whether results of other runs are kept under numbered names.
        seconds: how long one worker needs, about, as far as this machine can tell.
        poise: version of Poise.
        started: when the plan was made, as ISO 8601.
        command: the command line; empty in Python.
        notes: what was skipped, and what the user should know besides.
    """

    videos: tuple[Video, ...]
    options: Mapping[str, Any]
    models: Mapping[str, Any]
    retries: int
    renew: bool = False
    seconds: float = 0.0
    poise: str = ""
    started: str = ""
    command: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    notes: tuple[str, ...] = attrs.field(default=(), converter=_texts)

    @property
    def frames(self) -> int:
        """Of all videos."""
        return sum(video.frames for video in self.videos)

    @property
    def disk(self) -> int:
        """Bytes that all videos will take, about."""
        return sum(video.disk for video in self.videos)


def plan_of(folder: str | os.PathLike[str]) -> Path:
    """Where the plan of a folder of results is."""
    return Path(folder) / FOLDER / FILE


def text_of(plan: Plan) -> str:
    """The plan as JSON, with a line for each video."""
    facts = {"form": FORM, **attrs.asdict(plan, recurse=False)}
    videos = facts.pop("videos")
    head = json.dumps(facts, indent=1, ensure_ascii=False).removesuffix("\n}")
    lines = ",\n  ".join(json.dumps(_brief(video), ensure_ascii=False) for video in videos)
    return f'{head},\n "videos": [\n  {lines}\n ]\n}}\n'


def write_plan(plan: Plan, folder: str | os.PathLike[str]) -> bool:
    """Write a plan, which appears as a whole, unless there is one.

    Returns:
        Whether this call wrote it. Of several at once, one does.

    Raises:
        OSError: the folder cannot be written.
    """
    path = plan_of(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.urandom(4).hex()}.part")
    try:
        write_text(draft, text_of(plan))
        try:
            os.link(draft, path)  # unlike a rename, it replaces nothing
        except FileExistsError:
            return False
        except OSError:  # the file system has no second names
            if path.exists():
                return False
            draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return True


def replace_plan(plan: Plan, folder: str | os.PathLike[str]) -> None:
    """Write a plan of the same videos in the place of the former one.

    Raises:
        OSError: the folder cannot be written. The former plan stays.
    """
    write_text(plan_of(folder), text_of(plan))


def read_plan(folder: str | os.PathLike[str]) -> Plan:
    """Read the plan of a folder of results.

    Raises:
        QueueError: there is none, or it is damaged, or of a later version of Poise.
    """
    path = plan_of(folder)
    try:
        facts = json.loads(read_text_of(path, LARGEST))
    except FileNotFoundError:
        what = f"must be the folder of a queue, got {folder}, which has no {FOLDER}/{FILE}"
        fix = "poise predict VIDEOS -m MODEL -o FOLDER --jobs N makes one"
        raise QueueError([Fault(f"{what}; {fix}", str(folder))]) from None
    except (OSError, ConfigError, ValueError) as error:
        raise _damaged(path, str(error)) from None
    return _from_data(path, facts)


def _from_data(path: Path, facts: Any) -> Plan:
    form = facts.pop("form", None) if isinstance(facts, dict) else None
    if form != FORM:
        what = f"must be the plan of a queue, {FORM!r}, got {form!r}"
        fix = "read it with the version of Poise that has written it"
        raise QueueError([Fault(f"{what}; {fix}", str(path))])
    try:
        videos = tuple(Video(**video) for video in facts.pop("videos"))
        return Plan(videos=videos, **facts)
    except (KeyError, TypeError) as error:
        raise _damaged(path, str(error)) from None


def _damaged(path: Path, why: str) -> QueueError:
    fix = f"rename the folder {path.parent}, and repeat the command that made it: results stay"
    return QueueError([Fault(f"must be whole, got a plan that is not ({why}); {fix}", str(path))])


def _brief(video: Video) -> dict[str, Any]:
    """The facts of an entry, without those that say nothing."""
    facts = attrs.asdict(video, recurse=False)
    return {name: value for name, value in facts.items() if name == "number" or value}


def numbers_of(videos: Iterable[Video]) -> list[int]:
    """The numbers of entries."""
    return [video.number for video in videos]

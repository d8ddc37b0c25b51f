"""Make the plan of a queue. Everything is checked, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import attrs

import poise
from poise.errors import Fault
from poise.messages import argument, argument_path, counted
from poise_workflows.frames.opening import open_sources
from poise_workflows.frames.path_maps import PathMaps, path_maps
from poise_workflows.frames.selections import Selection
from poise_workflows.frames.sources import SourceError
from poise_workflows.journal.errors import JournalError
from poise_workflows.pipelines.members import Cast
from poise_workflows.prediction.calls import OF_SOURCES
from poise_workflows.prediction.describing import without_paths
from poise_workflows.prediction.options import OptionsError
from poise_workflows.prediction.outputs import refuse_taken
from poise_workflows.queueing.asking import Asked, casts_of, faults_of_options, models_of
from poise_workflows.queueing.errors import QueueError
from poise_workflows.queueing.estimates import bytes_of, faults_of_room, seconds_of
from poise_workflows.queueing.gathering import common_root, gather
from poise_workflows.queueing.places_of_files import relative
from poise_workflows.queueing.plans import Plan, Video
from poise_workflows.queueing.result_names import results_of
from poise_workflows.queueing.row_options import MAP, plain
from poise_workflows.queueing.tables import Listed

HEADING = "cannot plan the queue"

READERS = 4
"""Videos that are opened at once: on a network each waits for the disk."""


class Outline(NamedTuple):
    """A plan of which no video has been opened.

    Attributes:
        asked: what is to be planned.
        videos: what files, folders and lists name.
        casts: the roles of each set of models.
        plan: the plan without frames and estimates.
        maps: where paths of another machine lead here.
    """

    asked: Asked
    videos: Sequence[Listed]
    casts: Mapping[tuple[Path, ...], Cast]
    plan: Plan
    maps: PathMaps


def outline(asked: Asked) -> Outline:
    """Check everything but the videos themselves.

    Raises:
        QueueError: a source, a model or an option is wrong, or results would share a name. The
            error lists all faults.
    """
    maps = _maps(asked)
    gathered = gather(
        asked.sources, asked.folder, asked.options, recursive=asked.recursive, maps=maps
    )
    faults, videos = gathered.faults, gathered.videos
    casts = casts_of(videos, asked, faults)
    faults += faults_of_options(videos, asked, casts)
    outputs = results_of(videos, asked.folder, common_root(gathered.roots), faults)
    if faults:
        raise QueueError(dict.fromkeys(faults), HEADING)
    plan = Plan(
        videos=tuple(
            _entry(number, video, output, asked)
            for number, (video, output) in enumerate(zip(videos, outputs, strict=True))
        ),
        options=dict(asked.options),
        models=_identities(casts, asked),
        retries=asked.retries,
        renew=asked.renew,
        poise=poise.__version__,
        started=datetime.now().astimezone().isoformat(timespec="seconds"),
        command=tuple(asked.command),
        notes=tuple(dict.fromkeys(gathered.notes)),
    )
    return Outline(asked, videos, casts, plan, maps)


def _maps(asked: Asked) -> PathMaps:
    try:
        return path_maps(asked.options.get(MAP))
    except SourceError as error:
        raise QueueError(error.faults, HEADING) from None


def complete(outlined: Outline) -> Plan:
    """Open each video, count its frames, and estimate time and disk.

    Raises:
        QueueError: none of the videos can be read, a result is there that no such run has
            written, or there is no room. The error lists all faults.
    """
    asked, entries = outlined.asked, list(outlined.plan.videos)
    with ThreadPoolExecutor(READERS) as readers:
        looks = list(
            readers.map(partial(_look_at, asked=asked, maps=outlined.maps), outlined.videos)
        )
    seconds = 0.0
    for number, (selection, fault) in enumerate(looks):
        video = outlined.videos[number]
        roles = outlined.casts[models_of(video, asked)]
        frames = len(selection) if selection else 0
        options = {**asked.options, **video.options}
        entries[number] = attrs.evolve(
            entries[number], frames=frames, disk=bytes_of(frames, roles, options), fault=fault
        )
        seconds += seconds_of(selection, roles) if selection else 0
    faults = list(_faults(entries, outlined))
    if faults:
        raise QueueError(dict.fromkeys(faults), HEADING)
    return attrs.evolve(
        outlined.plan,
        videos=tuple(entries),
        seconds=round(seconds, 1),
        notes=(*outlined.plan.notes, *outlined.maps.notes()),
    )


def _look_at(video: Listed, asked: Asked, maps: PathMaps) -> tuple[Selection | None, str]:
    """The frames of a video, or why they cannot be read."""
    options = {**asked.options, **video.options}
    try:
        opened = open_sources(
            [video.path], **{name: options[name] for name in OF_SOURCES}, maps=maps
        )
    except SourceError as error:
        return None, str(error)
    if len(opened) > 1:
        return None, f"must be one source, got {len(opened)} in {video.path}"
    return opened[0], ""


def _entry(number: int, video: Listed, output: str, asked: Asked) -> Video:
    options = plain(video.options)
    if options.get("merge"):
        options["merge"] = relative(options["merge"], asked.folder)
    return Video(
        number=number,
        source=relative(video.path, asked.folder),
        output=output,
        models=tuple(relative(model, asked.folder) for model in models_of(video, asked)),
        options=options,
        size=video.path.stat().st_size if video.path.is_file() else 0,
    )


def _faults(entries: Sequence[Video], outlined: Outline) -> Iterator[Fault]:
    asked = outlined.asked
    if all(entry.fault for entry in entries):
        yield Fault(f"must be readable, got {counted(len(entries), 'source')}, of which none is")
        for entry, video in zip(entries, outlined.videos, strict=True):
            yield Fault(entry.fault, video.where)
        return
    for entry in entries:
        try:
            refuse_taken(asked.folder / entry.output, overwrite=asked.renew)
        except (OptionsError, JournalError):
            what = f"must be free, got {asked.folder / entry.output}, which no such run has written"
            fix = f"name another folder, or pass {argument('renew', value='True')} to keep it aside"
            yield Fault(f"{what}; {fix}", argument_path("output"))
    yield from faults_of_room(sum(entry.disk for entry in entries), asked.folder)


def _identities(casts: Mapping[tuple[Path, ...], Cast], asked: Asked) -> dict[str, Any]:
    """The path of each model → what identifies it."""
    members = (member for roles in casts.values() for member in roles.members)
    return {relative(each.path, asked.folder): without_paths(each.facts()) for each in members}

"""``suggest``: the frames of predictions that are worth labeling next."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from poise.errors import Fault
from poise.messages import argument, argument_path, counted, join_names
from poise_workflows.frames.label_files import readable_labels
from poise_workflows.frames.label_videos import VideoOpener
from poise_workflows.frames.sources import SourceError
from poise_workflows.prediction.options import OptionsError
from poise_workflows.suggesting.candidates import Clip, clips_of
from poise_workflows.suggesting.choosing import Judged, choose, usual_gap
from poise_workflows.suggesting.contract import SuggesterSpec
from poise_workflows.suggesting.judging import judge, specs_of, suggesters_of
from poise_workflows.suggesting.reading import tables_of
from poise_workflows.suggesting.refusals import option_faults, path_faults
from poise_workflows.suggesting.results import Suggested, Suggestions
from poise_workflows.suggesting.suggestion_files import write_project


def suggest(
    predicted: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    n: int = 50,
    by: str | Sequence[str] | None = None,
    min_gap: int | None = None,
    overwrite: bool = False,
) -> Suggestions:
    """Suggest the frames of predictions that are worth labeling next.

    The project is a copy of the file with more suggestions, which SLEAP's program lists; the
    predictions in it are what is corrected there. Frames that a person has labeled, and those
    that the file suggests already, are not suggested. Neither are frames near them.

    Args:
        predicted: a ``.slp`` file with predictions, which stays as it is.
        output: the project, a new ``.slp`` file.
        n: how many frames, of all videos together. Half of them are shared equally among the
            videos; the others are the worst ones.
        by: which suggesters judge the frames: ``"score"``, ``"jump"``, ``"count"``,
            ``"missing"``, or those of other distributions. Several take turns, each with the
            worst frame that is left. By default the four of Poise.
        min_gap: how many frames suggestions of a video are apart, at least. By default a quarter
            of an even distance, and 25 at most.
        overwrite: keep a file that is there under a numbered name.

    Raises:
        OptionsError: an option is out of its domain, the output is there, or no frame has a
            fault that the suggesters see.
        SourceError: the file cannot be read, or holds no predictions.
        ResultsError: the project cannot be written.
        PluginError: a suggester is broken.
    """
    names, faults = suggesters_of(by)
    faults += option_faults(n, min_gap)
    faults += path_faults(predicted, output, overwrite=overwrite)
    if faults:
        raise OptionsError(faults)
    source, target = Path(predicted), Path(output)
    with readable_labels(source, lazy=True) as (place, labels):
        clips, notes = clips_of(labels, tables_of(labels, source), source)
        videos = _judged(clips, specs_of(names))
        choices = choose(videos, n, _gaps(clips, n, min_gap))
        if not choices:
            raise OptionsError([_nothing(clips, videos, names)])
        notes += [*_fewer(clips, videos, len(choices), n), *_moved(labels, source, target)]
        frames = [(clips[choice.video].index, choice.frame) for choice in choices]
        former = write_project(place, target, frames)
    if former is not None:
        notes.append(f"the former {target.name} is now {former.name}")
    suggested = [
        Suggested(video=clips[each.video].name, frame=each.frame, by=each.by, badness=each.badness)
        for each in choices
    ]
    return Suggestions(output=target, frames=tuple(suggested), by=names, notes=tuple(notes))


def _judged(clips: Sequence[Clip], specs: Sequence[SuggesterSpec]) -> list[Judged]:
    videos = []
    for clip in clips:
        frames = clip.predictions.frames
        seen = {*frames[~clip.is_free].tolist(), *clip.suggested}
        badness = {
            spec.key: np.where(clip.is_free, judge(spec, clip.predictions), np.nan)
            for spec in specs
        }
        videos.append(Judged(frames=frames, badness=badness, seen=sorted(seen)))
    return videos


def _gaps(clips: Sequence[Clip], count: int, min_gap: int | None) -> list[int]:
    share = -(-count // len(clips))
    return [
        usual_gap(len(clip.predictions), share) if min_gap is None else min_gap for clip in clips
    ]


def _nothing(clips: Sequence[Clip], videos: Sequence[Judged], names: Sequence[str]) -> Fault:
    """Why no frame is suggested."""
    if not any(clip.is_free.any() for clip in clips):
        what = "must hold a frame that nobody has labeled or suggested yet, got none"
        return Fault(f"{what}; predict other frames", argument_path("predicted"))
    faulty = sum(video.faulty for video in videos)
    if faulty:
        what = (
            f"must leave a frame to suggest, got {counted(faulty, 'frame')} with faults, all near"
        )
        return Fault(f"{what} frames that people have seen; {_closer()}", argument_path("min_gap"))
    what = f"must find a fault in a frame, got none by {join_names(names)}"
    return Fault(f"{what}; name another suggester", argument_path("by"))


def _closer() -> str:
    gap = argument("min_gap", value="1", option_value="1")
    return f"let suggestions be neighbors with {gap}"


def _fewer(
    clips: Sequence[Clip], videos: Sequence[Judged], chosen: int, count: int
) -> Iterator[str]:
    """Why there are fewer frames than the user asked for."""
    if chosen == count:
        return
    free = sum(int(clip.is_free.sum()) for clip in clips)
    faulty = sum(video.faulty for video in videos)
    yield (
        f"{counted(chosen, 'frame')} instead of {count}: {faulty:,} of {free:,} that may be "
        "suggested show a fault"
    )
    if faulty > chosen:
        yield f"{counted(faulty - chosen, 'frame')} with faults near others: left out; {_closer()}"


def _moved(labels: Any, source: Path, target: Path) -> Iterator[str]:
    """Videos that are found from the predictions and will not be found from the project."""
    if source.parent.resolve() == target.parent.resolve():
        return
    here, there = (VideoOpener(labels, path, "bt601") for path in (source, target))
    for video in labels.videos:
        if _opens(here, video) and not _opens(there, video):
            yield (
                f"SLEAP will ask where {video.filename} is, since it lies beside {source.name}; "
                f"a project in {source.parent} finds it"
            )


def _opens(opener: VideoOpener, video: Any) -> bool:
    if isinstance(video.filename, list):
        return True
    try:
        opener.open(video)
    except SourceError:
        return False
    return True

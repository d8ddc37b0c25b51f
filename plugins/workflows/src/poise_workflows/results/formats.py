"""The formats of results beside ``.slp``: one file for each video."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path, PureWindowsPath
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import suggestion
from poise_workflows.results.analysis import write_analysis
from poise_workflows.results.contents import Results
from poise_workflows.results.csv_files import write_analysis_csv, write_dlc
from poise_workflows.results.errors import ResultsError
from poise_workflows.results.nwb import write_nwb
from poise_workflows.results.sleap_files import Written
from poise_workflows.results.surveys import TRACK, Survey, refuse, survey


def _places(counted: Survey) -> list[Fault]:
    return counted.faults


def _tracks(counted: Survey) -> list[Fault]:
    if counted.most > 1 and not counted.tracks:
        what = f"must have tracks, got {counted.most} animals without one in a frame; {TRACK}"
        return [*counted.faults, Fault(what)]
    return counted.faults


def _nothing(counted: Survey) -> list[Fault]:
    return []


@attrs.frozen
class Format:
    """A format of results.

    Attributes:
        suffix: of its files.
        write: writes the poses of a video.
        faults: why it cannot hold the poses of a video.
    """

    suffix: str
    write: Callable[[Results, Survey, Path, Mapping[str, Any]], None]
    faults: Callable[[Survey], list[Fault]]


FORMATS: Mapping[str, Format] = {
    "analysis": Format("analysis.h5", write_analysis, _places),
    "analysis.csv": Format("analysis.csv", write_analysis_csv, _nothing),
    "dlc": Format("dlc.csv", write_dlc, _places),
    "nwb": Format("nwb", write_nwb, _tracks),
}
"""The formats, by the names that ``--format`` takes."""


def write_format(
    results: Results,
    name: str,
    output: Path,
    provenance: Mapping[str, Any],
    *,
    keep: Collection[Path] = (),
) -> list[Written]:
    """Write the poses of each video to a file of this format.

    Args:
        results: the poses.
        name: one of ``FORMATS``.
        output: the file, if it has the format's suffix and there is one video. Else its name
            begins the files' names, as SLEAP chooses them: ``flies.slp`` with the video
            ``cam.mp4`` becomes ``flies.000_cam.analysis.h5``.
        provenance: what to say of the run, as JSON.
        keep: files that are left alone.

    Returns:
        The files that were written. A video without animals has none.

    Raises:
        ResultsError: there is no such format, or it cannot hold the poses, or a file cannot be
            written. If a video does not fit, no file is written.
    """
    if name not in FORMATS:
        what = f"must be a format of results, got {name!r}; {suggestion(name, FORMATS)}"
        raise ResultsError([Fault(what, "format")])
    form, videos = FORMATS[name], results.contents.videos
    counts = [survey(results, source) for source in range(len(videos))]
    for video, counted in zip(videos, counts, strict=True):
        refuse(name, video.name, form.faults(counted))
    written = []
    for counted in counts:
        path = path_of(output, form, counted.source, [video.name for video in videos])
        if counted.instances and path not in keep:
            form.write(results, counted, path, provenance)
            written.append(Written(path, counted.length, counted.instances))
    return written


def path_of(output: Path, form: Format, source: int, videos: list[str]) -> Path:
    """The path of a video's file; see ``write_format``.

    Args:
        output: what the user asked for.
        form: the format.
        source: index of the video.
        videos: paths of all videos.
    """
    if len(videos) == 1 and output.name.endswith(f".{form.suffix.rpartition('.')[2]}"):
        return output
    stem = output.name.removesuffix(".slp")
    video = PureWindowsPath(videos[source]).stem  # splits at both kinds of slashes
    return output.with_name(f"{stem}.{source:03}_{video}.{form.suffix}")

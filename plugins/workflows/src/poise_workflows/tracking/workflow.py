"""``track``: new tracks for the poses of a label file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

import poise
from poise import editions
from poise.messages import counted
from poise_workflows.frames.label_files import readable_labels
from poise_workflows.frames.label_videos import VideoOpener
from poise_workflows.frames.path_maps import Maps, PathMaps, path_maps
from poise_workflows.frames.sources import Source
from poise_workflows.journal.aside import set_aside
from poise_workflows.prediction.reports import LISTED, report_of, write_report
from poise_workflows.progress.events import Meter
from poise_workflows.progress.showing import shown
from poise_workflows.results.errors import unwritable
from poise_workflows.results.local import write_through
from poise_workflows.results.merging import save_project, ungroup
from poise_workflows.tracking.choosing import Tracking, tracking_of
from poise_workflows.tracking.contract import Setting
from poise_workflows.tracking.differences import RETRACKING
from poise_workflows.tracking.outputs import check_paths, refuse_prediction
from poise_workflows.tracking.poses import LabeledPoses, parts_of, poses_as_sleap, poses_of
from poise_workflows.tracking.retracking import (
    Retracked,
    put_tracks,
    put_tracks_as_sleap,
    retrack,
)

Note = Callable[[str], None]


@attrs.frozen(kw_only=True, eq=False)
class Tracks:
    """What became of a file whose poses were tracked.

    Attributes:
        output: the new ``.slp`` file.
        report: what to say of it, as JSON.
        failed: why it does not count as a success; empty if it does.
    """

    output: Path
    report: Mapping[str, Any]
    failed: str = ""


def track(
    predictions: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    track: str = "simple",
    tracking: Mapping[str, Any] | None = None,
    color_matrix: Any = "bt601",
    map: Maps | None = None,  # noqa: A002  # the option's name
    overwrite: bool = False,
    progress: str = "auto",
) -> Tracks:
    """Give the animals of a label file new tracks, and write a new file.

    Each video is tracked on its own, its frames in order. The new file has everything of the
    old one: what people labeled, suggestions, sessions, videos. Only tracks are new. In edition
    sleap-1.4, frames and file are as SLEAP makes them.

    Args:
        predictions: a ``.slp`` file, which stays as it is.
        output: the new one.
        track: the tracker, such as ``"simple"`` or ``"flow"``.
        tracking: its options by SLEAP's names, as ``{"similarity": "centroid"}``, and
            ``edition``: ``"2026"``, or ``"sleap-1.4"`` for SLEAP's tracks.
        color_matrix: how YUV becomes RGB, for trackers that see images.
        map: path on another machine → path here, for videos whose paths begin so, as
            ``{"/mnt/lab": "/data/lab"}``.
        overwrite: keep files that are there under numbered names.
        progress: ``"auto"``, ``"rich"``, ``"json"``, ``"lines"`` or ``"none"``.

    Raises:
        OptionsError: there is no such tracker or option, or the output is there.
        SourceError: the file cannot be read, or a video that the tracker needs.
        ResultsError: the new file cannot be written.
    """
    return track_file(
        predictions,
        output,
        track,
        tracking,
        color_matrix=color_matrix,
        map=map,
        overwrite=overwrite,
        progress=progress,
    )


def track_file(
    predictions: str | os.PathLike[str],
    output: str | os.PathLike[str],
    track: str = "simple",
    tracking: Mapping[str, Any] | None = None,
    *,
    color_matrix: Any = "bt601",
    map: Maps | None = None,  # noqa: A002  # the option's name
    overwrite: bool = False,
    progress: str = "auto",
    command: Sequence[str] = (),
    note: Callable[[str, str], None] | None = None,
    notes: Sequence[str] = (),
) -> Tracks:
    """The work of ``track``.

    Args:
        predictions: as of ``track``.
        output: as of ``track``.
        track: as of ``track``.
        tracking: as of ``track``.
        color_matrix: as of ``track``.
        map: as of ``track``.
        overwrite: as of ``track``.
        progress: as of ``track``.
        command: the command line; empty in Python.
        note: is called with a name and each sentence that the user should know before the
            first frame; by default the progress shows it.
        notes: sentences for the report.
    """
    source, target, start = Path(predictions), Path(output), time.monotonic()
    refuse_prediction(source, (), target)
    check_paths(source, target, overwrite=overwrite)
    chosen = tracking_of(track, tracking)
    assert chosen is not None
    maps = path_maps(map)
    with shown(progress) as show, readable_labels(source) as (place, labels):
        work = _Work.of(chosen, labels, source, color_matrix, maps)
        notes = [*notes, *maps.notes()]
        (note or show.note)("tracker", str(chosen))
        for text in maps.notes():
            (note or show.note)(source.name, text)
        meter = Meter(source.name, len(work.frames))
        result = work.run(lambda count: show(meter.add(count)))
        report = {**_report(work, result), "notes": list(notes)}
        facts = {
            "poise": poise.__version__,
            "data_path": str(source),
            "command": list(command),
            **report,
        }
        new = _labels(work, result, facts)
        report["seconds"] = {"tracking": round(time.monotonic() - start, 3)}
        if overwrite:
            for path in (target, report_of(target)):
                set_aside(path)
        size = 2 * source.stat().st_size + 1_000_000
        write_through(target, size, lambda draft: save_project(new, place, draft))
    try:
        write_report(report, target)
    except OSError as error:
        raise unwritable(report_of(target), error) from None
    return Tracks(output=target, report=report, failed=_failure(report))


@attrs.frozen(kw_only=True, eq=False)
class _Work:
    """What is tracked, opened and checked."""

    tracking: Tracking
    labels: Any
    path: Path
    parts: tuple[str, ...]
    frames: Sequence[LabeledPoses]
    as_sleap: bool
    sizes: Mapping[int, tuple[int, int] | None]
    sources: Mapping[int, Source]

    @classmethod
    def of(
        cls, tracking: Tracking, labels: Any, path: Path, color_matrix: Any, maps: PathMaps
    ) -> _Work:
        with editions.edition(tracking.edition):
            as_sleap = editions.means_sleap(RETRACKING)
        frames = poses_as_sleap(labels) if as_sleap else poses_of(labels)
        used = sorted({poses.source for poses in frames})
        opener = VideoOpener(labels, path, color_matrix, maps=maps)
        sources: dict[int, Source] = {}
        if tracking.needs_images:
            sources = {index: opener.open(labels.videos[index]) for index in used}
        parts = parts_of(labels, str(path))
        sizes = {
            index: (sources[index].height, sources[index].width)
            if index in sources
            else opener.size_of(labels.videos[index])
            for index in used
        }
        for size in dict.fromkeys(sizes.values()):
            tracking.build(Setting(parts=parts, image_size=size))
        return cls(
            tracking=tracking,
            labels=labels,
            path=path,
            parts=parts,
            frames=frames,
            as_sleap=as_sleap,
            sizes=sizes,
            sources=sources,
        )

    def run(self, tell: Callable[[int], None]) -> Retracked:
        return retrack(self.tracking, self.frames, self.parts, self.sizes, self.sources, tell)


def _labels(work: _Work, result: Retracked, facts: Mapping[str, Any]) -> Any:
    """The labels of the new file."""
    labels = work.labels
    if work.as_sleap:
        labels = put_tracks_as_sleap(labels, result)
    else:
        ungroup(labels, {id(animal) for animal in put_tracks(labels, result)})
    labels.provenance.setdefault("tracked", []).append(dict(facts))
    return labels


def _report(work: _Work, result: Retracked) -> dict[str, Any]:
    tracks = [track for _, frame in result.frames for track in frame.tracks.tolist()]
    unreadable = [
        {"source": work.sources[poses.source].title, "frame": poses.number, "reason": reason}
        for poses, reason in result.unreadable
    ]
    return {
        "frames": len(result.frames),
        "instances": len(tracks),
        "tracks": len(set(tracks) - {-1}),
        "untracked": tracks.count(-1),
        "dropped": dict(result.dropped),
        "tracking": work.tracking.facts(),
        "holes": len(unreadable),
        "unreadable": unreadable[:LISTED],
    }


def _failure(report: Mapping[str, Any]) -> str:
    if not report["holes"]:
        return ""
    frames = counted(report["holes"], "frame")
    return f"{frames} cannot be read; their animals have no track"

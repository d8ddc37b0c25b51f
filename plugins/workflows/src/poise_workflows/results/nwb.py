"""NWB files, written by sleap-io.

sleap-io needs all poses of the video in memory, about 12 kB a frame. It writes a rate in whole
frames a second, so Poise puts the times of the frames in its place.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import poise
from poise_workflows.journal.packing import Array
from poise_workflows.results.contents import Results
from poise_workflows.results.hdf5 import open_hdf5
from poise_workflows.results.local import write_through
from poise_workflows.results.sleap_files import size_of_tables
from poise_workflows.results.sleap_objects import add_frames, labels_without_frames
from poise_workflows.results.surveys import Survey, frames_of

Times = Mapping[tuple[str, str], Array]


def write_nwb(results: Results, counted: Survey, path: Path, provenance: Mapping[str, Any]) -> None:
    """Write the poses of a video as NWB, which appears when it is whole.

    Times are in seconds; in frames, if nobody knows the video's frames a second.

    Raises:
        ResultsError: the file cannot be written.
    """
    video = results.contents.videos[counted.source]
    rate = float(video.backend.get("fps") or 1)
    labels = labels_without_frames(_only(results, counted.source), provenance)
    for _, frame in frames_of(results, counted):
        add_frames(labels, attrs.evolve(frame, source=0))

    def write(place: Path) -> None:
        from sleap_io.io.nwb_predictions import write_nwb as write_labels

        metadata = {
            "video_timestamps": np.arange(counted.length) / rate,
            "scorer": "Poise",
            "source_software": "Poise",
            "source_software_version": poise.__version__,
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the formats that pynwb leaves behind
            write_labels(labels, str(place), pose_estimation_metadata=metadata)
        _write_times(place, _times(results, counted, rate))

    write_through(path, 1_000_000 + 4 * size_of_tables(results), write)


def _only(results: Results, source: int) -> Results:
    """The same results, whose only video is this one."""
    contents = attrs.evolve(results.contents, videos=[results.contents.videos[source]])
    return attrs.evolve(results, contents=contents)


def _times(results: Results, counted: Survey, rate: float) -> Times:
    """Track and part → the times at which the part is there."""
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, frame in frames_of(results, counted):
        for points, track in zip(frame.points, frame.tracks, strict=True):
            name = results.tracks[track] if track >= 0 else ""
            for part, is_missing in zip(
                results.contents.skeleton.parts, np.isnan(points).any(axis=-1), strict=True
            ):
                if not is_missing:
                    numbers[name, part].append(number)
    return {key: np.array(frames) / rate for key, frames in numbers.items()}


def _write_times(place: Path, times: Times) -> None:
    with open_hdf5(place, "r+") as file:
        for name, video in file["processing"].items():
            if not name.startswith("SLEAP_VIDEO"):
                continue
            for animal, parts in video.items():
                track = animal.removeprefix("track=").removeprefix("untracked")
                for part, series in parts.items():
                    if (track, part) in times:
                        _replace_times(series, times[track, part])


def _replace_times(series: Any, times: Array) -> None:
    for name in ("starting_time", "timestamps"):
        if name in series:
            del series[name]
    series["timestamps"] = times
    series["timestamps"].attrs.update({"interval": 1, "unit": "seconds"})

"""The poses of a ``.slp`` file, by video and frame; a frame is in memory while it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import argument, described
from poise_workflows.frames.slp_labels import load_labels
from poise_workflows.frames.sources import SourceError
from poise_workflows.rendering.errors import refused
from poise_workflows.results.local import readable


@attrs.frozen(kw_only=True, eq=False)
class Poses:
    """The poses of one video.

    Attributes:
        labels: the ``sleap_io.Labels``, which read a frame when it is asked for.
        video_index: which of their videos.
        rows: number of a frame → its place among the frames of the labels.
    """

    labels: Any
    video_index: int
    rows: Mapping[int, int]


@contextmanager
def open_poses(path: Path, video_index: int | None = None) -> Iterator[Poses]:
    """Open the poses of a video.

    Args:
        path: a ``.slp`` file.
        video_index: which of its videos; by default the only one that has frames.

    Raises:
        SourceError: the file cannot be read, or has no frames.
        RenderingError: there is no such video, or several have frames and none is chosen.
    """
    with ExitStack() as files:
        labels = _load(path, files)
        rows: dict[int, dict[int, int]] = {}
        places = {id(video): index for index, video in enumerate(labels.videos)}
        for row, frame in enumerate(labels.labeled_frames):
            rows.setdefault(places[id(frame.video)], {})[int(frame.frame_idx)] = row
        chosen = _chosen(path, len(labels.videos), sorted(rows), video_index)
        yield Poses(labels=labels, video_index=chosen, rows=rows.get(chosen, {}))


def _load(path: Path, files: ExitStack) -> Any:
    try:
        place = files.enter_context(readable(path))
        return load_labels(place, lazy=True)
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001  # sleap-io raises errors of many classes
        what = f"must be a label file of SLEAP, got {path.name} ({described(error)})"
        raise SourceError([Fault(what, str(path))]) from None


def _chosen(path: Path, count: int, filled: list[int], video_index: int | None) -> int:
    if video_index is not None:
        if not 0 <= video_index < count:
            what = f"must be a video of {path.name}, from 0 to {count - 1}, got {video_index}"
            raise refused(what, "video_index")
        return video_index
    if not filled:
        what = f"must hold a frame, got none; predict frames of {path.name} first"
        raise SourceError([Fault(what, str(path))])
    if len(filled) > 1:
        names = ", ".join(map(str, filled))
        fix = f"pass {argument('video_index', value=str(filled[0]))}"
        raise refused(
            f"must be one of the videos {names} of {path.name}, got none; {fix}", "video_index"
        )
    return filled[0]

"""What is in a label file: counts, videos, tracks, and how its predictions came about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from poise_workflows.sleap_commands.analysis_files import video_name
from poise_workflows.sleap_commands.label_sources import opened


@attrs.frozen(kw_only=True)
class VideoFacts:
    """What is labeled of a video.

    Attributes:
        name: its path, as the labels have it.
        frames: the numbers of its labeled frames.
        user_frames: how many of them a person labeled.
        tracks: how many tracks have an animal in it.
        most_instances: of a frame.
        corners: of each frame, the top left corners of its animals, ``^`` before a predicted one;
            empty if nobody asked.
    """

    name: str
    frames: tuple[int, ...]
    user_frames: int
    tracks: int
    most_instances: int
    corners: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Lines for people."""
        yield f"labeled frames: {len(self.frames)}"
        if self.frames:
            yield f"from frame {min(self.frames)} to {max(self.frames)}"
        yield f"user labeled frames: {self.user_frames}"
        yield f"tracks: {self.tracks}"
        yield f"most instances in a frame: {self.most_instances}"
        for number, corners in zip(self.frames, self.corners, strict=False):
            yield f"frame {number}: {corners}".rstrip(": ")


@attrs.frozen(kw_only=True)
class LabelFacts:
    """What is in a label file.

    Attributes:
        frames: how many frames are labeled.
        user_frames: how many of them a person labeled.
        tracks: how many tracks there are, used or not.
        videos: each video.
        provenance: what programs noted about the file and its predictions, by name.
    """

    frames: int
    user_frames: int
    tracks: int
    videos: tuple[VideoFacts, ...]
    provenance: dict[str, Any]

    def lines(self) -> Iterator[str]:
        """Lines for people."""
        yield f"labeled frames: {self.frames}"
        yield f"tracks: {self.tracks}"
        for index, video in enumerate(self.videos):
            yield f"video {index}: {video.name}"
            yield from (f"  {line}" for line in video.lines())
        yield f"user labeled frames in all: {self.user_frames}"
        for key, value in self.provenance.items():
            yield f"provenance {key}: {value}"

    def as_data(self) -> dict[str, Any]:
        """Plain data for programs."""
        videos = [attrs.asdict(video) for video in self.videos]
        return {**attrs.asdict(self, recurse=False), "videos": videos}


def label_facts(path: str, *, with_corners: bool = False) -> LabelFacts:
    """Read what is in a label file.

    Args:
        path: the file.
        with_corners: whether every frame is described.

    Raises:
        ConversionError: the labels cannot be read.
    """
    with opened(path) as labels:
        videos = tuple(_videos(labels, path, with_corners))
        return LabelFacts(
            frames=len(labels.labeled_frames),
            user_frames=sum(video.user_frames for video in videos),
            tracks=len(labels.tracks),
            videos=videos,
            provenance={
                key: value
                for key, value in labels.provenance.items()
                if key != "filename"  # sleap-io's, of the file that it has read
            },
        )


@attrs.define
class _Counts:
    frames: list[int] = attrs.field(factory=list)
    user: int = 0
    tracks: set[int] = attrs.field(factory=set)
    most: int = 0
    corners: list[str] = attrs.field(factory=list)


def _videos(labels: Any, path: str, with_corners: bool) -> Iterator[VideoFacts]:
    counts = [_Counts() for _ in labels.videos]
    places = {id(video): index for index, video in enumerate(labels.videos)}
    for frame in labels.labeled_frames:
        _count(frame, counts[places[id(frame.video)]], with_corners)
    for index, video in enumerate(counts):
        yield VideoFacts(
            name=video_name(labels, index, path),
            frames=tuple(video.frames),
            user_frames=video.user,
            tracks=len(video.tracks),
            most_instances=video.most,
            corners=tuple(video.corners),
        )


def _count(frame: Any, video: _Counts, with_corners: bool) -> None:
    instances = frame.instances
    video.frames.append(int(frame.frame_idx))
    video.user += any(not _is_predicted(instance) for instance in instances)
    video.tracks |= {id(instance.track) for instance in instances if instance.track}
    video.most = max(video.most, len(instances))
    if with_corners:
        video.corners.append(", ".join(map(_corner, instances)))


def _corner(instance: Any) -> str:
    """The top left corner of an instance; ``^`` marks a prediction."""
    points = instance.numpy()
    points = points[~np.isnan(points).any(axis=1)]
    mark = "^" if _is_predicted(instance) else ""
    if not len(points):
        return f"{mark}(no part)"
    x, y = points.min(axis=0)
    return f"{mark}({x:.1f}, {y:.1f})"


def _is_predicted(instance: Any) -> bool:
    import sleap_io

    return isinstance(instance, sleap_io.PredictedInstance)

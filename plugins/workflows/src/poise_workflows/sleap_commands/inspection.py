"""What ``sleap-inspect`` told of labels and of models, as lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np

import poise
from poise.files import read_text_of
from poise.messages import counted
from poise_workflows.sleap_commands.analysis_files import video_name
from poise_workflows.sleap_commands.label_sources import opened

CONFIG = "training_config.json"
SPLITS = ("train", "val", "test")


@attrs.define(kw_only=True)
class _Video:
    """What is counted of a video."""

    frames: list[int] = attrs.field(factory=list)
    user: int = 0
    tracks: set[int] = attrs.field(factory=set)
    most: int = 0
    lines: list[str] = attrs.field(factory=list)


def lines_of(path: str, *, verbose: bool = False) -> Iterator[str]:
    """What to say of a path; nothing of what is neither labels nor a model of SLEAP.

    Args:
        path: a ``.slp`` file, or a model folder.
        verbose: whether every frame has a line.

    Raises:
        ConversionError: the labels cannot be read.
        ConfigError: the model's configuration has faults.
    """
    if path.endswith(".slp"):
        with opened(path) as labels:
            yield from _of_labels(labels, path, verbose)
    elif (Path(path) / CONFIG).is_file():
        yield from _of_model(Path(path))


def _of_labels(labels: Any, path: str, verbose: bool) -> Iterator[str]:
    yield f"labeled frames: {len(labels.labeled_frames)}"
    yield f"tracks: {len(labels.tracks)}"
    videos = _counted(labels, verbose)
    for index, video in enumerate(videos):
        yield f"video {index}: {video_name(labels, index, path)}"
        yield f"  labeled frames: {len(video.frames)}"
        if video.frames:
            yield f"  from frame {min(video.frames)} to {max(video.frames)}"
        yield f"  user labeled frames: {video.user}"
        yield f"  tracks: {len(video.tracks)}"
        yield f"  most instances in a frame: {video.most}"
        yield from video.lines
    yield f"user labeled frames in all: {sum(video.user for video in videos)}"
    for key, value in labels.provenance.items():
        if key != "filename":  # sleap-io's, of the file that it has read
            yield f"provenance {key}: {value}"


def _counted(labels: Any, verbose: bool) -> list[_Video]:
    videos = [_Video() for _ in labels.videos]
    places = {id(video): index for index, video in enumerate(labels.videos)}
    for frame in labels.labeled_frames:
        video, instances = videos[places[id(frame.video)]], frame.instances
        video.frames.append(int(frame.frame_idx))
        video.user += any(not _is_predicted(instance) for instance in instances)
        video.tracks |= {id(instance.track) for instance in instances if instance.track}
        video.most = max(video.most, len(instances))
        if verbose:
            corners = ", ".join(map(_corner, instances))
            video.lines.append(f"  frame {frame.frame_idx}: {corners}".rstrip(": "))
    return videos


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


def _of_model(folder: Path) -> Iterator[str]:
    config = poise.read(folder).config
    yield f"head: {config.heads.which_oneof_attrib_name()}"
    yield f"backbone: {config.backbone.which_oneof_attrib_name()}"
    for name, value in sorted(_filled(folder).items()):
        yield f"  {name}: {value}"
    for split in SPLITS:
        labels = folder / f"labels_gt.{split}.slp"
        if labels.is_file():
            yield f"{split}: {_size(labels)}"
        metrics = folder / f"metrics.{split}.npz"
        if metrics.is_file():
            yield (
                f"{split}: {metrics.name} is a pickle, which can run code when it is opened; "
                "Poise does not"
            )


def _filled(folder: Path) -> dict[str, Any]:
    """The fields of the backbone, as the file has them."""
    data = json.loads(read_text_of(folder / CONFIG))
    sections = data.get("model", {}).get("backbone", {})
    return next((fields for fields in sections.values() if isinstance(fields, dict)), {})


def _size(path: Path) -> str:
    with opened(str(path)) as labels:
        frames = labels.labeled_frames
        instances = sum(len(frame.instances) for frame in frames)
        return f"{counted(len(frames), 'frame')}, {counted(instances, 'instance')}"

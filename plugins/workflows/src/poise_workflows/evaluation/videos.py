"""Which video of the predictions is which of the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import PureWindowsPath
from typing import Any

from poise_workflows.frames.path_maps import NO_MAPS, PathMaps

Name = tuple[Any, str]


def title_of(video: Any) -> str:
    """The path of a video; of embedded images, that of the video they were taken from."""
    while getattr(video, "source_video", None) is not None:
        video = video.source_video
    name = video.filename
    return str(name[0] if isinstance(name, list) and name else name)


def same_videos(
    truth: Sequence[Any], predicted: Sequence[Any], maps: PathMaps = NO_MAPS
) -> tuple[dict[int, int], list[str]]:
    """Match videos: by what they are, by path, by name, and single ones with each other.

    Args:
        truth: the videos of the truth.
        predicted: those of the predictions.
        maps: where paths of another machine lead here.

    Returns:
        ``id`` of a predicted video → index of the video of the truth, without those that have
        none; and what the user should know, a sentence each.
    """
    matches: dict[int, int] = {}
    for of in (_identities, partial(_paths, maps=maps), _names):
        table = _unique(truth, of)
        for video in predicted:
            keys = [key for key in of(video) if key in table]
            if keys and id(video) not in matches:
                matches[id(video)] = table[keys[0]]
    notes = []
    if not matches and len(truth) == len(predicted) == 1:
        matches[id(predicted[0])] = 0
        names = f"{title_of(truth[0])} and {title_of(predicted[0])}"
        notes.append(f"the videos are taken for the same, as each file has one: {names}")
    return matches, notes


def _unique(videos: Sequence[Any], of: Any) -> Mapping[Any, int]:
    """Key → the index of the only video that has it."""
    owners: dict[Any, set[int]] = {}
    for index, video in enumerate(videos):
        for key in of(video):
            owners.setdefault(key, set()).add(index)
    return {key: min(indices) for key, indices in owners.items() if len(indices) == 1}


def _identities(video: Any) -> Iterator[int]:
    yield id(video)


def _paths(video: Any, maps: PathMaps = NO_MAPS) -> Iterator[Name]:
    """The path and dataset of a video, and of those that its images were taken from."""
    while video is not None:
        name = video.filename
        names = name if isinstance(name, list) else [name]
        here = tuple(str(maps.mapped(each) or each) for each in names)
        path = here if isinstance(name, list) else here[0]
        yield path, str((video.backend_metadata or {}).get("dataset") or "")
        video = getattr(video, "source_video", None)


def _names(video: Any) -> Iterator[Name]:
    """The same without folders, which differ between machines."""
    for path, dataset in _paths(video):
        paths = path if isinstance(path, tuple) else (path,)
        yield tuple(PureWindowsPath(each).name for each in paths), dataset

"""Where a frame is: its file and its number there, also of images that were taken from a video.

By it a frame is known again in other labels, whatever they call their videos.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from poise_workflows.frames.path_maps import NO_MAPS, PathMaps

Place = tuple[str, str, int]
"""Path of a video or of an image, dataset in it, and number of the frame."""


def files_of(
    video: Any, folders: Sequence[Path], numbers: Iterable[int], maps: PathMaps = NO_MAPS
) -> list[dict[str, Any]]:
    """The file of a video, and those from which its images were taken, as JSON.

    Args:
        video: a ``sleap_io.Video``.
        folders: that of the label file, then others where files are looked for by their names.
        numbers: which frames count; of lists of images only these are kept.
        maps: where paths of another machine lead here.
    """
    files: list[dict[str, Any]] = []
    numbers = list(numbers)
    while video is not None:
        name = video.filename
        if isinstance(name, list):
            images = {str(n): _paths(str(name[n]), folders, maps) for n in numbers if n < len(name)}
            files.append({"images": images})
        else:
            dataset = str((video.backend_metadata or {}).get("dataset") or "")
            files.append({"paths": _paths(str(name), folders, maps), "dataset": dataset})
        video = getattr(video, "source_video", None)
    return files


def _paths(name: str, folders: Sequence[Path], maps: PathMaps) -> list[str]:
    """The path as the labels say it, and where the file is now."""
    plain = Path(name.replace("\\", "/"))
    mapped = maps.mapped(name)
    if mapped is not None:
        return list(dict.fromkeys((name, str(mapped.resolve()))))
    places = (Path(name), plain, folders[0] / plain, *(each / plain.name for each in folders))
    there = next((str(place.resolve()) for place in places if place.is_file()), name)
    return list(dict.fromkeys((name, there)))


def places_in(files: Sequence[Mapping[str, Any]], number: int) -> Iterator[Place]:
    """Every place of a frame.

    Args:
        files: what ``files_of`` says of its video.
        number: of the frame in the video.
    """
    for file in files:
        if "images" in file:
            yield from ((path, "", 0) for path in file["images"].get(str(number), ()))
        else:
            yield from ((path, file["dataset"], number) for path in file["paths"])


def places_of(
    videos: Sequence[Any],
    folder: Path,
    frames: Iterable[tuple[int, int]],
    maps: PathMaps = NO_MAPS,
) -> list[frozenset[Place]]:
    """The places of each frame.

    Args:
        videos: of the labels.
        folder: of their file.
        frames: index of the video, and number.
        maps: where paths of another machine lead here.
    """
    frames = list(frames)
    files = {
        video: files_of(videos[video], [folder], [n for v, n in frames if v == video], maps)
        for video in {video for video, _ in frames}
    }
    return [frozenset(places_in(files[video], number)) for video, number in frames]


def certain(places: Iterable[Place]) -> frozenset[Place]:
    """The places that lead to one file alone: a relative path may mean any."""
    return frozenset(place for place in places if _is_absolute(place[0]))


def _is_absolute(path: str) -> bool:
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def by_name(place: Place) -> Place:
    """A place without folders, which differ between machines; images of lists keep the last one."""
    path, dataset, number = place
    parts = PureWindowsPath(path).parts
    kept = parts[-2:] if PureWindowsPath(path).suffix.lower() in _IMAGES else parts[-1:]
    return "/".join(kept), dataset, number


_IMAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"}

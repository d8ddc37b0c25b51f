"""The images of labeled frames, decoded once: in memory, or in a file where they do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise.errors import Fault
from poise.messages import counted, join_names
from poise.writing.drafts import remove
from poise_workflows.examples.splitting import FrameKey
from poise_workflows.frames.sources import Source, SourceError
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.memory_limits import free_memory
from poise_workflows.training.sets import LabeledSets

Array = npt.NDArray[Any]

SHARE = 0.5
"""The part of free memory that images may take."""

_CACHE = "images-"


@attrs.frozen(kw_only=True, eq=False)
class Videos:
    """The opened videos of a training.

    Attributes:
        sources: by the number of the video among those of all files.
        numbers: which frames are needed of each, ascending.
    """

    sources: dict[int, Source]
    numbers: dict[int, list[int]]

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Height and width of each."""
        return [(source.height, source.width) for source in self.sources.values()]

    @property
    def channels(self) -> int:
        """Of the first."""
        return next(iter(self.sources.values())).channels

    @property
    def bytes(self) -> int:
        """Memory that the images take, at one byte a value."""
        return sum(
            source.height * source.width * source.channels * len(self.numbers[video])
            for video, source in self.sources.items()
        )


def open_videos(sets: LabeledSets) -> Videos:
    """Open every video that has a labeled frame.

    Raises:
        SourceError: videos are missing or cannot be read; lists all of them.
        TrainingError: a labeled frame is beyond the end of its video.
    """
    sources: dict[int, Source] = {}
    numbers: dict[int, list[int]] = {}
    faults: list[Fault] = []
    for file in sets.files:
        for video in sorted({example.key.video for example in file.examples.frames}):
            frames = sorted(
                each.key.frame for each in file.examples.frames if each.key.video == video
            )
            try:
                sources[video] = file.opener.open(file.labels.videos[video - file.first])
            except SourceError as error:
                faults += error.faults
                continue
            numbers[video] = frames
            if frames[-1] >= sources[video].count:
                what = f"must have the labeled frame {frames[-1]}, got {sources[video].title} with "
                what += counted(sources[video].count, "frame")
                faults.append(Fault(what, str(file.path)))
    if faults:
        raise TrainingError(dict.fromkeys(faults))
    return Videos(sources=sources, numbers=numbers)


def fits(videos: Videos) -> bool:
    """Whether the images fit into memory and leave room for training."""
    return videos.bytes <= SHARE * free_memory()


def read_pictures(videos: Videos, folder: Path | None = None) -> dict[FrameKey, Array]:
    """Decode every labeled frame once.

    Args:
        videos: the opened videos.
        folder: where images are kept instead of in memory.

    Returns:
        ``(H, W, C)`` by key, as the source has it.

    Raises:
        TrainingError: labeled frames cannot be read; lists each with its reason.
    """
    pictures: dict[FrameKey, Array] = {}
    unread: list[str] = []
    for video, source in videos.sources.items():
        stored = None if folder is None else _store(folder, video, source, videos.numbers[video])
        with closing(source.read(videos.numbers[video])) as frames:
            for row, frame in enumerate(frames):
                key = FrameKey(video, frame.number)
                if frame.image is None:
                    unread.append(f"{source.title}, frame {frame.number}: {frame.reason}")
                elif stored is None:
                    pictures[key] = frame.image
                else:
                    stored[row] = frame.image
                    pictures[key] = stored[row]
    if unread:
        what = f"must be readable, got {counted(len(unread), 'labeled frame')} that cannot be read"
        fix = "mend the videos, or delete the labels of these frames"
        raise TrainingError([Fault(f"{what}: {join_names(unread, 5)}; {fix}", "labels")])
    return pictures


@contextmanager
def kept_images(folder: Path, *, is_needed: bool) -> Iterator[Path | None]:
    """A folder for images in the folder of a run, as long as the run lasts; ``None`` without need.

    Images that a killed process has left there are removed.
    """
    for left in folder.glob(f"{_CACHE}*"):
        remove(left)
    if not is_needed:
        yield None
        return
    with TemporaryDirectory(prefix=_CACHE, dir=folder) as place:
        yield Path(place)


def _store(folder: Path, video: int, source: Source, numbers: Sequence[int]) -> Array:
    shape = len(numbers), source.height, source.width, source.channels
    return np.lib.format.open_memmap(
        folder / f"video-{video}.npy", mode="w+", dtype=_dtype(source, numbers), shape=shape
    )


def _dtype(source: Source, numbers: Iterable[int]) -> Any:
    with closing(source.read(list(numbers)[:1])) as frames:
        return next((image.dtype for image in _images(frames)), np.dtype(np.uint8))


def _images(frames: Iterable[Any]) -> Iterator[Array]:
    return (frame.image for frame in frames if frame.image is not None)

"""What a result is about: skeleton, videos, and the tracks that are known from the start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from poise import Skeleton
from poise_workflows.journal.batches import Batch
from poise_workflows.journal.reading import Recorded


@attrs.frozen(kw_only=True)
class VideoFacts:
    """A video as a ``.slp`` file describes it.

    Attributes:
        filename: its path as it was given; the paths of the images of a stack.
        backend: what SLEAP's files say of it under ``backend``: type, shape, and so on.
    """

    filename: str | list[str]
    backend: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The path, or that of the first image."""
        return self.filename if isinstance(self.filename, str) else self.filename[0]

    @property
    def length(self) -> int | None:
        """The number of frames; ``None`` if nobody counted them."""
        shape = self.backend.get("shape")
        return int(shape[0]) if shape else None


def media_video(filename: str, shape: Sequence[int] | None, fps: float | None = None) -> VideoFacts:
    """The facts of a video file.

    Args:
        filename: its path as it was given.
        shape: frames, height, width, channels.
        fps: frames a second.
    """
    backend = {
        "type": "MediaVideo",
        "shape": None if shape is None else [int(length) for length in shape],
        "filename": filename,
        "grayscale": None if shape is None else shape[3] == 1,
        "bgr": True,
        "dataset": "",
        "input_format": "",
        "fps": fps,
    }
    return VideoFacts(filename=filename, backend=backend)


def _videos(videos: Iterable[VideoFacts]) -> tuple[VideoFacts, ...]:
    return tuple(videos)


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


@attrs.frozen(kw_only=True)
class Contents:
    """What a result is about.

    Attributes:
        skeleton: the parts of the animals, in the order of the points.
        videos: the run's videos; batches count them from 0.
        tracks: names of the tracks that exist before the first batch, such as a model's
            classes.
    """

    skeleton: Skeleton
    videos: tuple[VideoFacts, ...] = attrs.field(converter=_videos)
    tracks: tuple[str, ...] = attrs.field(converter=_names, default=())

    def to_json(self) -> dict[str, Any]:
        """The contents as JSON, for a journal; ``contents_of`` is the inverse."""
        return attrs.asdict(self)


def contents_of(facts: Mapping[str, Any]) -> Contents:
    """The contents that ``Contents.to_json`` returned, also after a journey through JSON."""
    return Contents(
        skeleton=Skeleton(**facts["skeleton"]),
        videos=[VideoFacts(**video) for video in facts["videos"]],
        tracks=facts["tracks"],
    )


@attrs.frozen(kw_only=True, eq=False)
class Results:
    """The poses of a run: what they are about, and where they are.

    Attributes:
        contents: skeleton, videos, tracks.
        recorded: the journal.
    """

    contents: Contents
    recorded: Recorded

    @property
    def tracks(self) -> tuple[str, ...]:
        """Names of all tracks, in the order of their indexes."""
        return (*self.contents.tracks, *self.recorded.tracks)

    def batches(self, source: int | None = None) -> Iterator[Batch]:
        """The batches of all videos, or of one of them, one after the other."""
        batches: Iterable[Batch] = self.recorded.batches()
        return (batch for batch in batches if source in (None, batch.source))

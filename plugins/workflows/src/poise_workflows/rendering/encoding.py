"""Images to a video file, one after the other, through PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Colorspace

from poise.writing.whole_files import whole_draft
from poise_workflows.frames.drawn import TAG
from poise_workflows.frames.sources import Array

CONTAINERS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska", ".avi": "avi"}
"""Suffix → FFmpeg's name of the container."""

_QUALITY = {"crf": "20", "preset": "fast"}
_IN_ORDER = {"avi": {"bf": "0"}}
"""AVI knows no frames that are shown in another order than they are decoded."""
_BT709 = 1


class Film:
    """A video that is being written.

    Args:
        file: an open container of PyAV.
        fps: frames a second.
    """

    def __init__(self, file: Any, fps: float) -> None:
        self._file = file
        rate = Fraction(fps).limit_denominator(10_000)
        options = {**_QUALITY, **_IN_ORDER.get(file.format.name, {})}
        self._stream = file.add_stream("libx264", rate=rate, options=options)
        self._stream.pix_fmt = "yuv420p"  # the only one that all players show
        self._stream.codec_context.colorspace = _BT709

    def add(self, image: Array) -> None:
        """Add an image ``(H, W, 3)``, uint8. H.264 needs even sizes: an edge is repeated."""
        height, width = image.shape[:2]
        even = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
        if not self._stream.codec_context.is_open:
            self._stream.height, self._stream.width = even.shape[:2]
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(even))
        self._file.mux(
            self._stream.encode(
                picture.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
            )
        )

    def end(self) -> None:
        """Write the images that the encoder still holds."""
        self._file.mux(self._stream.encode())


@contextmanager
def whole_film(path: Path, fps: float) -> Iterator[Film]:
    """Write a video, which appears when it is whole.

    Raises:
        OSError: the file cannot be written. An existing file stays unchanged.
        av.FFmpegError: the images cannot be encoded.
    """
    container = CONTAINERS[path.suffix.lower()]
    with whole_draft(path) as draft, av.open(str(draft), "w", format=container) as file:
        file.metadata.update([TAG])
        film = Film(file, fps)
        yield film
        film.end()

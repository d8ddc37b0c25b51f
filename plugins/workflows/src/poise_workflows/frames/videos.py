"""Video files, read by FFmpeg through PyAV."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import attrs
import av
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter

from poise.errors import Fault
from poise.messages import described
from poise_workflows.frames.containers import examine, re_encoding
from poise_workflows.frames.decoding import Decoded, Decoder
from poise_workflows.frames.results import result_video
from poise_workflows.frames.sources import (
    Array,
    Frame,
    Provenance,
    SourceError,
    as_seen,
    channels_of,
    checked,
)
from poise_workflows.frames.timetable import Timetable, read_timetable

ColorMatrix = Literal["bt601", "bt709", "file"]
"""How YUV becomes RGB. ``"bt601"`` is what OpenCV up to 4.12 does, and so SLEAP, whatever the file
says; ``"file"`` obeys the file."""

_COLORSPACES = {"bt601": Colorspace.ITU601, "bt709": Colorspace.ITU709, "file": None}


@attrs.frozen(eq=False, kw_only=True)
class VideoFile:
    """A video file as a :class:`~poise_workflows.frames.sources.Source`.

    Attributes:
        timetable: when each frame is shown.
        color_matrix: how YUV becomes RGB.
        original: the ``sleap_io.Video`` of a label file that this is; results refer to it.
    """

    path: Path
    timetable: Timetable
    height: int
    width: int
    channels: int
    color_matrix: ColorMatrix = "bt601"
    notes: tuple[str, ...] = ()
    original: Any = None

    @property
    def title(self) -> str:
        return self.path.name

    @property
    def count(self) -> int:
        return self.timetable.count

    @property
    def provenance(self) -> Provenance:
        return Provenance(reader="PyAV", version=av.__version__, color_matrix=self.color_matrix)

    def read(self, numbers: Iterable[int]) -> Generator[Frame, None, None]:
        size = self.height, self.width
        with closing(_read(self.path, self.timetable, numbers, self.color_matrix)) as frames:
            for frame in frames:
                if frame.image is None:
                    yield frame
                else:
                    image = as_seen(frame.image, self.channels)
                    yield checked(frame.number, image, size, frame.reason)

    def last_readable(self) -> int:
        last = len(self.timetable.times) - 1
        # Each keyframe starts a stretch. The first that has a picture at its end ends the search.
        for first in (int(number) for number in self.timetable.keyframes[::-1]):
            with closing(Decoder(self.path, self.timetable)) as decoder:
                frames = map(decoder.decode, range(first, last + 1))
                readable = [frame.number for frame in frames if frame.picture is not None]
            if readable:
                return readable[-1]
            last = first - 1
        return -1

    def video(self) -> Any:
        if self.original is not None:
            return self.original
        stored = {"bgr": True, "dataset": "", "input_format": "", "fps": float(self.timetable.rate)}
        return result_video(self, "MediaVideo", stored)


def open_video(
    path: Path, *, color_matrix: ColorMatrix = "bt601", channels: int | None = None
) -> VideoFile:
    """Open a video file, and check that frames can be read.

    Args:
        path: the file.
        color_matrix: how YUV becomes RGB.
        channels: 1 or 3, where a label file decides this; by default the first frame does.

    Raises:
        SourceError: nothing can be read from the file.
    """
    try:
        timetable = read_timetable(path)
    except SourceError:
        raise
    except (av.FFmpegError, OSError, ValueError) as error:
        raise _refusal(path, described(error)) from None
    numbers = range(len(timetable.times))
    with closing(_read(path, timetable, numbers, color_matrix)) as frames:
        image = next((frame.image for frame in frames if frame.image is not None), None)
    if image is None:
        raise _refusal(path, "none of its frames can be decoded" if numbers else "it has no frame")
    return VideoFile(
        path=path,
        timetable=timetable,
        height=image.shape[0],
        width=image.shape[1],
        channels=channels or channels_of(image),
        color_matrix=color_matrix,
        notes=examine(path, timetable),
    )


def _refusal(path: Path, why: str) -> SourceError:
    fix = f"copy the file again, or re-encode it: {re_encoding(path)}"
    what = f"must be a video that FFmpeg can decode, got {path.name} ({why}); {fix}"
    return SourceError([Fault(what, str(path))])


def _read(
    path: Path, timetable: Timetable, numbers: Iterable[int], color_matrix: ColorMatrix
) -> Generator[Frame, None, None]:
    """Frames with three channels."""
    decoder, reformatter = Decoder(path, timetable), VideoReformatter()
    try:
        for number in numbers:
            if number >= len(timetable.times):
                yield Frame(number, None, _after_the_end(timetable))
                continue
            decoded = decoder.decode(number)
            image = _image_of(decoded, reformatter, color_matrix)
            yield Frame(number, image, decoded.reason)
    finally:
        decoder.close()


def _after_the_end(timetable: Timetable) -> str:
    reason = f"the file ends after frame {len(timetable.times) - 1}"
    return f"{reason}: {timetable.ends}" if timetable.ends else reason


def _image_of(decoded: Decoded, reformatter: Any, color_matrix: ColorMatrix) -> Array | None:
    picture = decoded.picture
    if picture is None:
        return None
    space = _COLORSPACES[color_matrix]
    # One thread: images are small, and several threads cost more than they save.
    rgb = reformatter.reformat(
        picture, format="rgb24", src_colorspace=space, dst_colorspace=space, threads=1
    )
    # SLEAP's reader turns pictures of cameras that were held upright, too.
    turns = round(picture.rotation / 90) % 4
    image = rgb.to_ndarray()
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image

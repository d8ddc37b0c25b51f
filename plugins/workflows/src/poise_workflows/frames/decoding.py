"""Decode frames of a video file by number.

Consecutive frames are decoded without a seek. For any other frame, decoding starts at the
keyframe before it, and goes on until the frame's timestamp comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import av

from poise.messages import described
from poise_workflows.frames.timetable import Timetable, time_of, video_stream

DAMAGED = "some of it is damaged, and the decoder made it up from other frames"


@attrs.frozen(eq=False)
class Decoded:
    """A frame of the file.

    Attributes:
        number: of the frame.
        picture: an ``av.VideoFrame``; ``None`` if it cannot be decoded.
        reason: why not, or what is wrong with it; else empty.
    """

    number: int
    picture: Any
    reason: str = ""


class Decoder:
    """An open file, and the position in it.

    Args:
        path: the file.
        timetable: of the same file.
    """

    def __init__(self, path: Path, timetable: Timetable) -> None:
        self._path = path
        self._timetable = timetable
        self._container: Any = None
        self._pictures: Iterator[Decoded] = iter(())
        # The next frame that the decoder gave; those between it and _before are holes.
        self._latest = self._end()
        self._before = len(timetable.times)
        self._hole = -1
        self._complaint = ""
        self._threads = True

    def close(self) -> None:
        """Close the file."""
        self._pictures, self._latest = iter(()), self._end()
        self._before = len(self._timetable.times)
        if self._container is not None:
            self._container.close()
            self._container = None

    def decode(self, number: int) -> Decoded:
        """Decode a frame.

        Args:
            number: of the frame, below the timetable's length.
        """
        if not self._is_ahead(number):
            self._start_before(number)
        frame = self._forward_to(number)
        if frame.reason and self._threads:
            # What a decoder makes of damaged parts depends on how its threads run. One thread
            # makes the same of them in each run.
            self.close()
            self._threads = False
            return self.decode(number)
        return frame

    def _end(self) -> Decoded:
        return Decoded(len(self._timetable.times), None)

    def _is_ahead(self, number: int) -> bool:
        """Whether decoding on reaches the frame without a detour."""
        if number <= self._before:
            return False
        latest = self._latest.number
        return number <= latest or self._timetable.keyframe_before(number) <= latest + 1

    def _start_before(self, number: int) -> None:
        """Go to the last keyframe up to the frame at which decoding can start."""
        keyframe = self._timetable.keyframe_before(number)
        while keyframe > 0:
            # Seeks of some containers are late, and a damaged keyframe starts nothing.
            if self._seek(keyframe) and self._is_whole(keyframe):
                return
            keyframe = self._timetable.keyframe_before(keyframe - 1)
        self._reopen()
        self._begin(0)

    def _is_whole(self, keyframe: int) -> bool:
        frame = self._forward_to(keyframe)
        return frame.picture is not None and not frame.reason

    def _seek(self, keyframe: int) -> bool:
        if self._container is None:
            self._reopen()
        stream = video_stream(self._container)
        try:
            self._container.seek(int(self._timetable.times[keyframe]), stream=stream)
        except av.FFmpegError:
            return False
        self._begin(keyframe)
        return True

    def _reopen(self) -> None:
        self.close()
        self._container = av.open(str(self._path))
        video_stream(self._container).thread_type = "AUTO" if self._threads else "SLICE"

    def _begin(self, keyframe: int) -> None:
        self._pictures = self._decoded(video_stream(self._container))
        self._before, self._hole = keyframe - 1, -1
        self._latest = next(self._pictures, self._end())
        self._note_hole()

    def _decoded(self, stream: Any) -> Iterator[Decoded]:
        """The frames from here on; errors of the decoder leave out theirs."""
        for packet in self._packets(stream):
            try:
                pictures = packet.decode()
            except av.FFmpegError as error:
                self._complaint = described(error)
                continue
            for picture in pictures:
                number = self._timetable.number_at(time_of(picture))
                if number is not None:
                    yield Decoded(number, picture, DAMAGED if picture.is_corrupt else "")

    def _packets(self, stream: Any) -> Iterator[Any]:
        try:
            yield from self._container.demux(stream)
        except av.FFmpegError as error:
            self._complaint = described(error)

    def _forward_to(self, number: int) -> Decoded:
        while self._latest.number < number:
            self._before = max(self._before, self._latest.number)
            self._latest = next(self._pictures, self._end())
            self._note_hole()
        if self._latest.number == number:
            return self._doubted(self._latest)
        return Decoded(number, None, self._complaint or "the decoder made no picture of it")

    def _note_hole(self) -> None:
        if self._latest.number > self._before + 1:
            self._hole = self._latest.number - 1

    def _doubted(self, frame: Decoded) -> Decoded:
        """The frame; with a reason if one that it may be coded from is missing."""
        if frame.reason or not self._timetable.keyframe_before(frame.number) <= self._hole:
            return frame
        reason = f"it may be wrong: frame {self._hole}, which it may need, cannot be decoded"
        return attrs.evolve(frame, reason=reason)

"""Decode frames of a video file by number.

Consecutive frames are decoded without a seek. For any other frame, decoding starts at the
keyframe before it, and goes on until the frame's timestamp comes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import av

from poise.messages import described
from poise_workflows.frames.opened_videos import open_container
from poise_workflows.frames.timetable import Timetable, time_of, video_stream

FARTHEST = 16
"""How many frames after a frame at most one is shown from which it was coded, in H.264 and HEVC."""

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

    What a decoder makes of damaged parts depends on what it decoded before, on old pictures in its
    memory, and on how its threads run. After the first damage, Poise therefore uses one thread and
    opens the file anew at each keyframe: a frame is then the same in each run, wherever reading
    began.

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
        self._start = -1  # the keyframe at which decoding began
        self._hole = -1
        self._complaint = ""
        self._is_damaged = False
        self._is_careful = False
        self._useless: set[int] = set()  # keyframes at which decoding cannot start

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
        if self._is_damaged and not self._is_careful:
            self.close()
            self._is_careful = True
            return self.decode(number)
        return frame

    def _end(self) -> Decoded:
        return Decoded(len(self._timetable.times), None)

    def _is_ahead(self, number: int) -> bool:
        """Whether decoding on reaches the frame without a detour."""
        if number <= self._before:
            return False
        start = self._start_of(number)
        return start == self._start or (not self._is_careful and start <= self._latest.number + 1)

    def _start_of(self, number: int) -> int:
        """The last keyframe up to the frame at which decoding can start, as far as is known."""
        keyframe = self._timetable.keyframe_before(number)
        while keyframe in self._useless:
            keyframe = self._timetable.keyframe_before(keyframe - 1)
        return keyframe

    def _start_before(self, number: int) -> None:
        while (keyframe := self._start_of(number)) > 0:
            # Seeks of some containers are late, and a damaged keyframe starts nothing.
            if self._seek(keyframe) and self._is_whole(keyframe):
                return
            self._useless.add(keyframe)
        self._reopen()
        self._begin(0)

    def _is_whole(self, keyframe: int) -> bool:
        frame = self._forward_to(keyframe)
        return frame.picture is not None and not frame.reason

    def _seek(self, keyframe: int) -> bool:
        if self._container is None or self._is_careful:
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
        self._container = open_container(self._path)
        stream = video_stream(self._container)
        stream.thread_type = "AUTO"
        if self._is_careful:
            stream.codec_context.thread_count = 1

    def _begin(self, keyframe: int) -> None:
        stream = video_stream(self._container)
        # Damage must be noticed before a frame is given away that was coded from a later one.
        depth = FARTHEST if stream.codec_context.has_b_frames and not self._is_careful else 0
        self._pictures = _held_back(self._decoded(stream), depth)
        self._start, self._before, self._hole = keyframe, keyframe - 1, -1
        self._advance()

    def _decoded(self, stream: Any) -> Iterator[Decoded]:
        """The frames from here on; errors of the decoder leave out theirs."""
        for packet in self._packets(stream):
            try:
                pictures = packet.decode()
            except av.FFmpegError as error:
                self._complain(error)
                continue
            for picture in pictures:
                number = self._timetable.number_at(time_of(picture))
                self._is_damaged |= picture.is_corrupt
                if number is not None:
                    yield Decoded(number, picture, DAMAGED if picture.is_corrupt else "")

    def _packets(self, stream: Any) -> Iterator[Any]:
        try:
            yield from self._container.demux(stream)
        except av.FFmpegError as error:
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        self._complaint, self._is_damaged = described(error), True

    def _forward_to(self, number: int) -> Decoded:
        while self._latest.number < number:
            self._before = max(self._before, self._latest.number)
            self._advance()
        if self._latest.number == number:
            return self._doubted(self._latest)
        return Decoded(number, None, self._complaint or "the decoder made no picture of it")

    def _advance(self) -> None:
        self._latest = next(self._pictures, self._end())
        if self._latest.number > self._before + 1:
            self._hole = self._latest.number - 1
        self._is_damaged |= self._hole >= 0

    def _doubted(self, frame: Decoded) -> Decoded:
        """The frame; with a reason if one that it may be coded from is missing."""
        if frame.reason or not self._timetable.keyframe_before(frame.number) <= self._hole:
            return frame
        reason = f"it may be wrong: frame {self._hole}, which it may need, cannot be decoded"
        return attrs.evolve(frame, reason=reason)


def _held_back(frames: Iterator[Decoded], depth: int) -> Iterator[Decoded]:
    """The frames, each after so many more were decoded."""
    held: deque[Decoded] = deque()
    for frame in frames:
        held.append(frame)
        if len(held) > depth:
            yield held.popleft()
    yield from held

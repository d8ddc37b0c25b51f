"""When each frame of a video file is shown: what makes its number exact.

A container is read once without decoding, which takes 10 to 60 µs a frame. The number of a frame
is the rank of its timestamp, so a frame that cannot be decoded leaves a hole, and shifts none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import av
import numpy as np
import numpy.typing as npt

from poise.errors import Fault
from poise.messages import described
from poise_workflows.frames.limits import MISSING
from poise_workflows.frames.opened_videos import open_container
from poise_workflows.frames.sources import SourceError

Times = npt.NDArray[np.int64]


@attrs.frozen(eq=False, kw_only=True)
class Timetable:
    """The frames that a container holds, in the order in which they are shown.

    Attributes:
        times: ``(N,)``, ascending: when each frame is shown, in units of ``time_base``.
        keyframes: ``(K,)``, ascending: numbers of the frames at which decoding can start, 0 first.
        time_base: in seconds.
        start: the time of the container's beginning, in units of ``time_base``.
        rate: frames a second, as the container says.
        promised: how many frames the container says that it has.
        reordered: how many frames that are shown after another one are decoded before it, at most.
        ends: why no packets could be read after the last frame; empty at a regular end.
    """

    times: Times
    keyframes: Times
    time_base: Fraction
    start: int
    rate: Fraction
    promised: int
    reordered: int = 0
    ends: str = ""

    @property
    def count(self) -> int:
        """How many frames there may be: those that it holds or promises."""
        return max(self.promised, len(self.times))

    def number_at(self, time: int | None) -> int | None:
        """The number of the frame that is shown at a time, or ``None``."""
        if time is None:
            return None
        number = int(self.times.searchsorted(time))
        return number if number < len(self.times) and self.times[number] == time else None

    def keyframe_before(self, number: int) -> int:
        """The number of the last keyframe up to a frame."""
        return int(self.keyframes[self.keyframes.searchsorted(number, side="right") - 1])


def read_timetable(path: Path) -> Timetable:
    """Read when each frame of a file is shown, without decoding.

    Raises:
        av.FFmpegError: no container that FFmpeg can read.
        ValueError: there is no video in it.
        SourceError: its frames are too large, or it promises far more of them than it holds.
    """
    with open_container(path) as container:
        stream = video_stream(container)
        packets, ends = _packets(container, stream)
        times, keyframes = _shown(packets, bool(stream.frames))
        promised = _promised(container, stream)
        _refuse_promise(path, promised, len(times))
        return Timetable(
            times=times,
            keyframes=np.searchsorted(times, keyframes),
            time_base=stream.time_base or Fraction(1, 1),
            start=stream.start_time or 0,
            rate=_rate(stream),
            promised=promised,
            reordered=_reordered(packets, times),
            ends=ends,
        )


def _refuse_promise(path: Path, promised: int, held: int) -> None:
    """Refuse a promise of frames that would be awaited for hours."""
    if promised - held > MISSING:
        what = (
            f"must promise at most {MISSING:,} frames more than it holds, {held:,}, "
            f"got {promised:,}; copy the file again, or re-encode it"
        )
        raise SourceError([Fault(what, str(path))])


def video_stream(container: Any) -> Any:
    """The stream that OpenCV reads, too: the first one of video."""
    if not container.streams.video:
        raise ValueError("there is no video in it")
    return container.streams.video[0]


def shown_packets(container: Any, stream: Any) -> Iterator[Any]:
    """The packets of a stream whose frames are shown, in the order of decoding."""
    for packet in container.demux(stream):
        if packet.size and not packet.is_discard:
            yield packet


def time_of(packet_or_frame: Any) -> int | None:
    """The timestamp of a packet or of a frame, in units of its stream."""
    time = packet_or_frame.pts if packet_or_frame.pts is not None else packet_or_frame.dts
    return None if time is None else int(time)


def _packets(container: Any, stream: Any) -> tuple[list[tuple[int, bool]], str]:
    """Time and keyframe of each packet; and why there are no more, if that is irregular."""
    packets: list[tuple[int, bool]] = []
    try:
        for packet in shown_packets(container, stream):
            time = time_of(packet)
            if time is not None:
                packets.append((time, packet.is_keyframe))
    except av.FFmpegError as error:
        return packets, described(error)
    return packets, ""


def _shown(packets: list[tuple[int, bool]], has_count: bool) -> tuple[Times, Times]:
    """Times of frames, and of those at which decoding can start.

    A recording that was cut begins with frames that nobody can decode, and readers count from the
    first keyframe on. A container with a count of frames counts them all, damaged or not.
    """
    keyframes = {time for time, is_key in packets if is_key}
    times = {time for time, _ in packets if has_count or time >= min(keyframes, default=time + 1)}
    first = min(times, default=0)
    starts = {first, *(time for time in keyframes if time >= first)} if times else ()
    return _times(times), _times(starts)


def _reordered(packets: list[tuple[int, bool]], times: Times) -> int:
    """How many frames that are shown after another one are decoded before it, at most.

    A frame that is decoded at place i and shown at place r has i - r such frames if all that are
    shown before it are decoded before it, which is so for the one that has most.
    """
    shown = set(times.tolist())
    decoded = [time for time in dict.fromkeys(time for time, _ in packets) if time in shown]
    ranks = np.searchsorted(times, np.array(decoded, dtype=np.int64))
    return int((np.arange(len(ranks)) - ranks).max(initial=0))


def _times(times: Iterable[int]) -> Times:
    return np.array(sorted(times), dtype=np.int64)


def _rate(stream: Any) -> Fraction:
    """Frames a second, as OpenCV guesses them."""
    return Fraction(stream.guessed_rate or stream.average_rate or stream.base_rate or 25)


def _promised(container: Any, stream: Any) -> int:
    """The count of frames as OpenCV states it, which SLEAP took for the length of the video."""
    if stream.frames:
        return int(stream.frames)
    if container.duration:
        seconds = Fraction(container.duration, 1_000_000)
    elif stream.duration and stream.time_base:
        seconds = stream.duration * stream.time_base
    else:
        return 0
    return math.floor(seconds * _rate(stream) + Fraction(1, 2))

"""Check a container: files in which programs disagree on the number of a frame.

SLEAP's program shows a frame by computing its time from its number and seeking there. Where that
leads to another frame than reading in order, it shows predicted points on the wrong picture.
"""

from __future__ import annotations

import shlex
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from poise.messages import counted
from poise_workflows.frames.opened_videos import open_container
from poise_workflows.frames.timetable import Times, Timetable, shown_packets, time_of, video_stream

PROBES = 20
"""How many seeks are tried, evenly over the file."""

REACH = 16
"""How many frames before a frame OpenCV seeks at first."""

LONGEST_GAP = 1.5
"""A rate is variable if a frame lasts so many times the median, or the median so many times it."""


def examine(path: Path, timetable: Timetable) -> tuple[str, ...]:
    """What the user should know about a container, a sentence each."""
    notes = []
    if timetable.promised > len(timetable.times):
        notes.append(_broken_promise(timetable))
    if has_variable_rate(timetable):
        notes.append(_variable_rate(path, timetable))
    elif disagreeing := disagreeing_seeks(path, timetable):
        notes.append(_disagreement(path, timetable, disagreeing))
    return tuple(notes)


def has_variable_rate(timetable: Timetable) -> bool:
    """Whether frames last longer or shorter than others, more than rounding explains."""
    gaps = _gaps(timetable)
    if not len(gaps):
        return False
    median = float(np.median(gaps))
    # Containers that count milliseconds round each time by half a unit.
    return bool(gaps.max() > LONGEST_GAP * median + 1 or gaps.min() < median / LONGEST_GAP - 1)


def disagreeing_seeks(path: Path, timetable: Timetable, probes: int = PROBES) -> list[int]:
    """Frames that a seek by number does not lead to, out of some evenly over the file.

    Nothing is decoded: a seek leads to a keyframe, from which readers count on. The frame is
    missed if that keyframe comes after it, or if its own number, computed from its time, is off.
    """
    count = len(timetable.times)
    numbers = sorted({round(number) for number in np.linspace(0, count - 1, probes)})
    with open_container(path) as container:
        stream = video_stream(container)
        return [number for number in numbers if not _is_met(container, stream, timetable, number)]


def re_encoding(path: Path, rate: str = "") -> str:
    """The command that re-encodes a file so that each frame keeps its number.

    Args:
        path: the file.
        rate: frames a second of the new file; by default, as the file says.
    """
    target = path.with_name(f"{path.stem}.reencoded.mp4")
    timing = f'-vf "setpts=N/{rate}/TB" -r {rate} ' if rate else ""
    codec = "-c:v libx264 -crf 18 -pix_fmt yuv420p -an"
    return f"ffmpeg -i {shlex.quote(str(path))} {timing}{codec} {shlex.quote(str(target))}"


def _is_met(container: Any, stream: Any, timetable: Timetable, number: int) -> bool:
    """Whether a reader that works as OpenCV's arrives at the frame.

    It seeks some frames before the frame, and further if it lands after it. Then it computes the
    number of the frame where it landed, and counts on.
    """
    back = REACH
    while True:
        landing = _landing(container, stream, timetable, max(0, number - back))
        keyframe = timetable.number_at(landing)
        if landing is not None and keyframe is not None and keyframe <= number:
            seconds = (landing - timetable.start) * timetable.time_base
            return int(seconds * timetable.rate + Fraction(1, 2)) == keyframe
        if back >= number:
            return False
        back *= 2


def _landing(container: Any, stream: Any, timetable: Timetable, number: int) -> int | None:
    """The time of the keyframe to which a seek to a frame's computed time leads."""
    offset = int(number / timetable.rate / timetable.time_base)
    try:
        container.seek(timetable.start + offset, stream=stream)
        packets = shown_packets(container, stream)
        return next((time_of(packet) for packet in packets if packet.is_keyframe), None)
    except av.FFmpegError:
        return None


def _mean_rate(timetable: Timetable) -> str:
    """Frames a second, to three digits after the point."""
    if len(timetable.times) < 2:
        return _as_decimal(timetable.rate)
    span = int(timetable.times[-1] - timetable.times[0]) * timetable.time_base
    return _as_decimal((len(timetable.times) - 1) / span)


def _as_decimal(rate: Fraction) -> str:
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def _gaps(timetable: Timetable) -> Times:
    """How long each frame lasts, in units of the time base."""
    gaps = np.diff(timetable.times)
    # In a file that was cut off, later packets may be missing that are shown earlier.
    is_cut_off = timetable.promised > len(timetable.times)
    return gaps[: len(gaps) - timetable.reordered] if is_cut_off else gaps


def _broken_promise(timetable: Timetable) -> str:
    held = len(timetable.times)
    note = f"the container promises {counted(timetable.promised, 'frame')} and holds {held}"
    return f"{note} ({timetable.ends})" if timetable.ends else note


def _variable_rate(path: Path, timetable: Timetable) -> str:
    gaps = _gaps(timetable)
    shortest, longest = (
        float(gap * timetable.time_base * 1000) for gap in (gaps.min(), gaps.max())
    )
    return (
        f"the frame rate is variable (frames last {shortest:.0f} to {longest:.0f} ms), so SLEAP's "
        f"program may show points on other frames; re-encode the file and predict on the new one: "
        f"{re_encoding(path, _mean_rate(timetable))}"
    )


def _disagreement(path: Path, timetable: Timetable, numbers: list[int]) -> str:
    return (
        f"seeks lead to other frames than reading in order (frame {numbers[0]} and "
        f"{len(numbers) - 1} more of {PROBES} tried), so SLEAP's program may show points on other "
        f"frames; re-encode the file and predict on the new one: "
        f"{re_encoding(path, _mean_rate(timetable))}"
    )

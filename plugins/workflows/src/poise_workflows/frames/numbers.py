"""Which frames: the text of ``--frames``, and the check that the source has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain

from poise.errors import Fault
from poise.messages import argument_path, counted, short_repr
from poise_workflows.frames.sources import SourceError

FORM = "numbers and ranges separated by commas, as 0-99,200"

# `0,-99` is SLEAP's second spelling of `0-99`, for terminals that take a hyphen for an option.
_PART = re.compile(r"\s*(\d{1,12})\s*(?:,?\s*-\s*(\d{1,12})\s*)?(?:,(?=\s*\d)|$)", re.ASCII)

Ranges = tuple[range, ...]


def parse_frames(frames: str | Iterable[int] | None) -> Ranges | None:
    """Read which frames are asked for.

    Args:
        frames: numbers from 0 and inclusive ranges, ``"0-99,200"`` or ``"0,-99"``; or numbers.
            ``None`` and an empty text mean all.

    Returns:
        The frames in the order in which they are named, repetitions included; ``None`` for all.

    Raises:
        SourceError: the text has another form, or a range ends before it starts.
    """
    if frames is None:
        return None
    if not isinstance(frames, str):
        return tuple(_single(number) for number in frames)
    return tuple(_ranges(frames.strip())) or None


def select_numbers(ranges: Ranges | None, count: int) -> Sequence[int]:
    """The numbers of the frames that are asked for, of a source of ``count`` frames.

    Raises:
        SourceError: the source does not have one of the frames.
    """
    if ranges is None:
        return range(count)
    beyond = next((part[-1] for part in ranges if part[-1] >= count), None)
    if beyond is not None:
        raise SourceError(
            [Fault(beyond_the_end("the video", count, beyond), argument_path("frames"))]
        )
    return ranges[0] if len(ranges) == 1 else list(chain.from_iterable(ranges))


def beyond_the_end(title: str, count: int, number: int) -> str:
    """What is wrong with the number of a frame that a video does not have."""
    held = counted(count, "frame")
    return f"must be a frame from 0 to {count - 1}, got {number}; {title} has {held}"


def _single(number: int) -> range:
    if isinstance(number, bool) or not hasattr(number, "__index__") or number < 0:
        raise _refusal(number)
    return range(int(number), int(number) + 1)


def _ranges(text: str) -> list[range]:
    ranges, position = [], 0
    while position < len(text):
        part = _PART.match(text, position)
        if part is None:
            raise _refusal(text)
        first, last = int(part[1]), int(part[2] or part[1])
        if last < first:
            raise _refusal(text, f"; {first}-{last} ends before it starts")
        ranges.append(range(first, last + 1))
        position = part.end()
    return ranges


def _refusal(value: object, why: str = "") -> SourceError:
    return SourceError(
        [Fault(f"must be {FORM}, got {short_repr(value)}{why}", argument_path("frames"))]
    )

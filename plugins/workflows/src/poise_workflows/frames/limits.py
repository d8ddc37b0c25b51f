"""How much a file with frames or labels may make a reader do, and the door to such files.

A file of a few bytes can promise a picture of gigabytes, or more frames than anyone can film.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from poise.errors import ConfigError, Fault
from poise.files import check_file
from poise.settings import MAX_PIXELS
from poise_workflows.frames.sources import SourceError

PIXELS = 36_000_000
"""Most pixels of a frame; 8K has 33 million."""

MISSING = 1_000_000
"""Most frames that a container may promise beyond those that it holds."""

LISTED = 50_000
"""Most lines of a list of paths."""


def check_source(path: Path) -> int:
    """Check a file before a library opens it by its path; how many bytes it has.

    Raises:
        OSError: there is no such file.
        SourceError: a pipe, a device or a folder is in its place.
    """
    try:
        return check_file(path)
    except ConfigError as error:
        raise SourceError(Fault(fault.what, str(path)) for fault in error.faults) from None


def refuse_pixels(size: Sequence[int], path: Path) -> None:
    """Refuse a frame that is too large, before it is decoded.

    Args:
        size: its height and width.
        path: the file.

    Raises:
        SourceError: it has more pixels than the limit.
    """
    if math.prod(size) > pixels_allowed():
        raise too_large(" × ".join(f"{side:,}" for side in size), path)


def too_large(got: str, path: Path) -> SourceError:
    """The error of a frame that has too many pixels.

    Args:
        got: its size in words.
        path: the file.
    """
    what = f"a frame must have at most {pixels_allowed():,} pixels, got {got}"
    fix = f"make the frames smaller, or set {MAX_PIXELS} to a higher limit"
    return SourceError([Fault(f"{what}; {fix}", str(path))])


def pixels_allowed() -> int:
    """The limit that ``POISE_MAX_PIXELS`` sets, or ``PIXELS`` if it is not set.

    Raises:
        SourceError: the variable is not a positive integer.
    """
    text = MAX_PIXELS.text()
    if not text:
        return PIXELS
    if text.isdecimal() and int(text) > 0:
        return int(text)
    what = f"must be a number of pixels above 0, got {text!r}"
    raise SourceError([Fault(what, MAX_PIXELS.name)])

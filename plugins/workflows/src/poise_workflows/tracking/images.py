"""Images as trackers see them."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise.errors import PoiseError
from poise_workflows.frames.preparation import with_channels
from poise_workflows.frames.sources import Source
from poise_workflows.tracking.contract import Image


class ImageError(PoiseError):
    """A frame that a tracker needs again cannot be read any more."""


def seen_image(image: Any, channels: int) -> Image:
    """A frame in its own size, gray or RGB as the network sees it, as whole numbers.

    Args:
        image: ``(H, W, C)``, uint8 from 0 to 255, or floats from 0 to 1.
        channels: of the network's images.
    """
    seen = with_channels(image, channels)
    if seen.dtype.kind == "f":
        seen = np.rint(seen * 255)
    return np.asarray(seen, np.uint8)


def read_image(source: Source, number: int, channels: int) -> Image:
    """Read a frame again.

    Raises:
        ImageError: it cannot be read.
    """
    frame = next(iter(source.read([number])))
    if frame.image is None:
        what = f"must be readable for the tracker to go on, got {frame.reason}"
        raise ImageError(f"frame {number} of {source.title} {what}")
    return seen_image(frame.image, channels)

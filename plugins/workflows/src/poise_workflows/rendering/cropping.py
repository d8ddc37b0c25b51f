"""What is cut out of frames: a rectangle, or one that follows the animals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from poise_workflows.rendering.errors import RenderingError, refused

Crop = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels; right and bottom are outside."""


class Cut:
    """What is cut out of the frames of a video.

    Args:
        value: left, top, right, bottom in pixels, or width and height of a rectangle that
            follows the middle of the animals; as text, separated by commas. ``None`` for all.
        size: height and width of the frames.

    Raises:
        RenderingError: it is none of these, or not within the frames.
    """

    def __init__(self, value: str | Sequence[int] | None, size: tuple[int, int]) -> None:
        edges = _edges(value)
        self._fixed = _fixed(edges, size) if len(edges) == 4 else None
        self._size = size
        self._window: tuple[int, int] | None = None
        if len(edges) == 2:
            width, height = edges
            self._window = min(width, size[1]), min(height, size[0])
        self._middle = np.array([size[1] / 2, size[0] / 2])

    def of(self, animals: Sequence[Any]) -> Crop | None:
        """What is cut out of a frame.

        Args:
            animals: those of the frame, as ``sleap_io`` has them. Without any, the rectangle
                stays where it was.
        """
        if self._window is None:
            return self._fixed
        points = np.concatenate([animal.numpy() for animal in animals] or [np.zeros((0, 2))])
        points = points[~np.isnan(points).any(axis=1)]
        if len(points):
            self._middle = (points.min(axis=0) + points.max(axis=0)) / 2
        corner = np.round(self._middle - np.array(self._window) / 2).astype(int)
        left, top = np.clip(corner, 0, np.array(self._size[::-1]) - self._window).tolist()
        return left, top, left + self._window[0], top + self._window[1]


def _edges(value: str | Sequence[int] | None) -> list[int]:
    if value is None:
        return []
    try:
        edges = [int(edge) for edge in (value.split(",") if isinstance(value, str) else value)]
    except (TypeError, ValueError):
        raise _refusal(value) from None
    if len(edges) not in (2, 4) or (len(edges) == 2 and min(edges) < 1):
        raise _refusal(value)
    return edges


def _refusal(value: object) -> RenderingError:
    what = f"must be left, top, right and bottom in pixels, as 0,0,64,64, got {value!r}"
    return refused(f"{what}; width and height alone, as 64,64, follow the animals", "crop")


def _fixed(edges: Sequence[int], size: tuple[int, int]) -> Crop:
    left, top, right, bottom = edges
    if not (0 <= left < right <= size[1] and 0 <= top < bottom <= size[0]):
        what = f"must be within frames of {size[1]} × {size[0]} pixels, got {left},{top},"
        fix = "name left, top, right and bottom"
        raise refused(f"{what}{right},{bottom}; {fix}", "crop")
    return left, top, right, bottom

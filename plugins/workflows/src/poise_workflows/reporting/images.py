"""Small pictures as text, so that a page needs no other file."""

from __future__ import annotations

import base64
import io
import math
from functools import cache
from typing import Any

import numpy as np

from poise_workflows.reporting.cases import Array

LARGEST = 256
"""Pixels of the longer side of a picture, at most."""

MOST_CELLS = 96
"""Cells of the longer side of a map, at most."""

MARGIN, LEAST = 0.35, 64
"""Margin around animals, as a part of their extent, and the least side of what is shown."""

QUALITY = 82
LEVELS = 48
"""Colors of a map: more cannot be told apart, and take more room."""

Window = tuple[int, int, int, int]
"""Left, top, width and height of a part of the network's input, in its pixels."""

Place = tuple[float, float, float, float]
"""Left, top, width and height of a picture, in the same pixels."""


def window_of(truth: Array, size: tuple[int, int]) -> Window:
    """The part of an image that is shown: a square with all labeled animals, or all of it.

    Args:
        truth: ``(I, P, 2)``, NaN where a part is not labeled.
        size: height and width of the image.
    """
    height, width = size
    if not truth.size or np.isnan(truth).all():
        return 0, 0, width, height
    low, high = np.nanmin(truth, axis=(0, 1)), np.nanmax(truth, axis=(0, 1))
    side = max(LEAST, float((high - low).max()) * (1 + 2 * MARGIN))
    spans = []
    for middle, limit in zip((low + high) / 2, (width, height), strict=True):
        length = min(math.ceil(side), limit)
        start = int(np.clip(round(float(middle) - length / 2), 0, limit - length))
        spans.append((start, length))
    (left, columns), (top, rows) = spans
    return left, top, columns, rows


def picture_uri(image: Array, window: Window) -> str:
    """A part of an image as a JPEG in a URI of its own.

    Args:
        image: ``(H, W, C)`` from 0 to 1. Three channels are colors; of others the first is shown.
        window: the part.
    """
    from PIL import Image

    left, top, width, height = window
    cut = image[top : top + height, left : left + width]
    cut = cut if cut.shape[-1] == 3 else cut[..., 0]
    levels = np.round(np.nan_to_num(cut).clip(0, 1) * 255).astype(np.uint8)
    picture = Image.fromarray(levels)
    longest = max(width, height)
    if longest > LARGEST:
        sides = [max(1, round(side * LARGEST / longest)) for side in (width, height)]
        picture = picture.resize((sides[0], sides[1]), Image.Resampling.BOX)
    return _uri(picture, "JPEG", quality=QUALITY)


def map_uri(values: Array, stride: int, window: Window, highest: float) -> tuple[str, Place]:
    """A part of a map as a PNG in a URI of its own: of each cell the strongest channel.

    Args:
        values: ``(h, w, C)``.
        stride: pixels for a cell; cell ``(row, column)`` has its middle at the pixel
            ``(column · stride, row · stride)``.
        window: the part, in pixels.
        highest: what has the brightest color.

    Returns:
        The URI, and left, top, width and height of the picture in pixels.
    """
    from PIL import Image

    left, top, width, height = window
    rows = slice(max(0, top // stride), math.ceil((top + height) / stride) + 1)
    columns = slice(max(0, left // stride), math.ceil((left + width) / stride) + 1)
    strongest = np.abs(np.nan_to_num(values[rows, columns])).max(axis=-1)
    count = strongest.shape
    strongest, step = _pooled(strongest)
    part = (strongest / highest if highest > 0 else strongest).clip(0, 1)
    picture = Image.fromarray(np.round(part * (LEVELS - 1)).astype(np.uint8), mode="P")
    picture.putpalette(_palette())
    x, y = ((part.start - 0.5) * stride for part in (columns, rows))
    width, height = (math.ceil(length / step) * step * stride for length in count[::-1])
    return _uri(picture, "PNG", optimize=True), (x, y, width, height)


def _pooled(values: Array) -> tuple[Array, int]:
    """A map of fewer cells, that keeps its peaks; and how many cells became one along a side."""
    step = math.ceil(max(values.shape) / MOST_CELLS)
    if step == 1:
        return values, 1
    rows, columns = (-length % step for length in values.shape)
    padded = np.pad(values, ((0, rows), (0, columns)))
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step)
    return blocks.max(axis=(1, 3)), step


@cache
def _palette() -> bytes:
    """Colors whose brightness rises with the value, for every kind of color vision."""
    from matplotlib import colormaps

    colors = colormaps["inferno"](np.linspace(0, 1, LEVELS))[:, :3]
    return np.round(colors * 255).astype(np.uint8).tobytes()


def _uri(picture: Any, kind: str, **options: Any) -> str:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    text = base64.b64encode(stream.getvalue()).decode("ascii")
    return f"data:image/{kind.lower()};base64,{text}"

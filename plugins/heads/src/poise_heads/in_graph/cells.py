"""Reading cells of maps within a graph, wherever they are.

Shapes: ``N`` images, ``H`` rows, ``W`` columns, ``C`` channels. All but ``N`` are known when the
graph is made.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from keras import ops

from poise.missing import ABSURD
from poise.specs import Tensor

INDEX = "int32"
NAN = float("nan")


def usable(maps: Tensor) -> Tensor:
    """The same maps with 0 where they are NaN, infinite or absurdly large, as on the host."""
    return ops.where(ops.abs(maps) <= ABSURD, maps, 0.0)


def numbers(count: int) -> npt.NDArray[Any]:
    """Indices from 0, ``(count,)``, of the type that indices have within a graph."""
    return np.arange(count, dtype=INDEX)


def values_at(maps: Tensor, rows: Tensor, columns: Tensor, channels: Tensor) -> Tensor:
    """The values of cells.

    Maps are read as one long row: runtimes have this operation, and it needs no loop.

    Args:
        maps: ``(N, H, W, C)``.
        rows: indices ``(N, …)``.
        columns: indices; broadcast with ``rows``.
        channels: indices; broadcast with ``rows``.

    Returns:
        ``(N, …)``.
    """
    _, height, width, depth = maps.shape
    axes = max(len(index.shape) for index in (rows, columns, channels))
    images = ops.arange(ops.shape(maps)[0], dtype=INDEX)
    images = ops.reshape(images, (-1, *(1,) * (axes - 1)))
    places = ((images * height + rows) * width + columns) * depth + channels
    return ops.take(ops.reshape(maps, (-1,)), places)


def masked(values: Tensor, present: Tensor) -> Tensor:
    """The same values with NaN where nothing is present."""
    return ops.where(present, values, NAN)

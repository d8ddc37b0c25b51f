"""Parts of decoding by the plain formulas, vectorized as anybody would write them in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

CHUNK = 2**17


def highest_cells(maps: Any) -> tuple[Any, Any, Any]:
    """Row, column and value ``(N, P)`` of the highest cell of each map ``(N, H, W, P)``."""
    image, part = np.indices((maps.shape[0], maps.shape[-1]))
    row = maps.max(axis=2).argmax(axis=1)
    column = maps.max(axis=1).argmax(axis=1)
    return row, column, maps[image, row, column, part]


def scores(
    pafs: Any,
    points: Any,
    pairs: Any,
    *,
    stride: int,
    n_points: int = 10,
    max_edge_length_ratio: float = 0.25,
    dist_penalty_weight: float = 1.0,
) -> Any:
    """The same as ``poise_heads.pafs.scoring.scores``: one axis each for pairs, points, x and y."""
    longest = np.float32(max_edge_length_ratio * stride * max(pafs.shape[1:3]))
    fields = pafs.reshape(*pafs.shape[:-1], -1, 2)
    along = np.linspace(0, 1, n_points, dtype=np.float32)[:, None]
    of_pairs = [np.zeros(0, np.float32)]
    for start in range(0, len(pairs), CHUNK):
        some = slice(start, start + CHUNK)
        source, destination = points[pairs.source[some]], points[pairs.destination[some]]
        vector = destination - source
        line = source[:, None] + along * vector[:, None]
        line[:, -1] = destination
        size = np.array(pafs.shape[2:0:-1])
        cells = np.clip(np.rint(line / stride), 0, size - 1).astype(np.int64)
        image, edge = pairs.image[some, None], pairs.edge[some, None]
        values = fields[image, cells[..., 1], cells[..., 0], edge]
        length = np.sqrt((vector**2).sum(axis=-1, keepdims=True))
        unit = np.where(length > 0, vector / np.where(length > 0, length, 1), 0)
        agreement = (values * unit[:, None]).sum(axis=-1).mean(axis=-1)
        with np.errstate(divide="ignore"):
            penalty = np.minimum(longest / length[:, 0] - 1, 0)
        of_pairs.append((agreement + np.float32(dist_penalty_weight) * penalty).astype(np.float32))
    return np.concatenate(of_pairs)

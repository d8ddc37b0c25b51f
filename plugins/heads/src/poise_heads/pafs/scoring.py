"""Scores of candidates: how well the field along the line between two peaks agrees with it."""

from __future__ import annotations

import numpy as np

from poise.editions import means_sleap
from poise_heads.confmaps.peaks import Floats, Integers
from poise_heads.differences import (
    CELLS_OUTSIDE_OF_THE_MAP,
    CHANNELS_COUNT_AS_LENGTH,
    COINCIDING_PEAKS,
)
from poise_heads.pafs.candidates import Candidates

CHUNK = 2**17
"""Candidates whose lines are sampled at once: memory does not grow with their number."""


def scores(
    pafs: Floats,
    points: Floats,
    pairs: Candidates,
    *,
    stride: int,
    n_points: int = 10,
    max_edge_length_ratio: float = 0.25,
    dist_penalty_weight: float = 1.0,
) -> Floats:
    """The score of each candidate, at most 1 where fields are no longer than 1.

    Args:
        pafs: ``(N, H, W, 2 · E)``, x then y of each edge.
        points: ``(K, 2)``: where the peaks are, in pixels of the model's input.
        pairs: ``M`` candidates.
        stride: stride of the fields.
        n_points: at how many points of the line the field is read, both ends among them.
        max_edge_length_ratio: edges up to this fraction of the map's longer side have no penalty.
        dist_penalty_weight: the largest penalty of longer edges.

    Returns:
        ``(M,)``: the mean of the field along the line, less the penalty of its length.
    """
    longest = longest_edge(pafs.shape[1:], stride, max_edge_length_ratio)
    of_chunks = [
        line_scores(
            line_fields(pafs, source, destination, image, edge, stride=stride, n_points=n_points),
            destination - source,
            longest,
            dist_penalty_weight,
        )
        for image, edge, source, destination in (
            (
                pairs.image[chunk],
                pairs.edge[chunk],
                points[pairs.source[chunk]],
                points[pairs.destination[chunk]],
            )
            for chunk in (slice(at, at + CHUNK) for at in range(0, len(pairs), CHUNK))
        )
    ]
    return np.concatenate(of_chunks) if of_chunks else np.zeros(0, dtype=np.float32)


def read_beyond(pafs: Floats, points: Floats, pairs: Candidates, *, stride: int) -> Integers:
    """Which peaks the lines of candidates leave the fields at, if the edition reads nothing there.

    The cells of a line lie between those of its ends, so that only the ends are looked at.

    Args:
        pafs: ``(N, H, W, 2 · E)``.
        points: ``(K, 2)``: where the peaks are, in pixels of the model's input.
        pairs: the candidates.
        stride: stride of the fields.

    Returns:
        Indices of peaks, ascending.
    """
    ends = np.union1d(pairs.source, pairs.destination)
    nothing = np.zeros(len(ends), dtype=np.int64)
    _, inside = read_cells(pafs, nothing, points[ends] / stride)
    return np.asarray(ends[~inside])


def longest_edge(shape: tuple[int, ...], stride: int, ratio: float) -> float:
    """The longest edge without a penalty, in pixels of the model's input.

    Args:
        shape: ``(H, W, 2 · E)`` of the fields.
        stride: stride of the fields.
        ratio: the part of the map's longer side.
    """
    sides = shape if means_sleap(CHANNELS_COUNT_AS_LENGTH) else shape[:2]
    return ratio * stride * max(sides)


def line_fields(
    pafs: Floats,
    source: Floats,
    destination: Floats,
    image: Integers,
    edge: Integers,
    *,
    stride: int,
    n_points: int,
) -> Floats:
    """The fields of edges along lines.

    Args:
        pafs: ``(N, H, W, 2 · E)``.
        source: ``(M, 2)``, where the lines begin, in pixels of the model's input.
        destination: ``(M, 2)``, where they end.
        image: ``(M,)``.
        edge: ``(M,)``.
        stride: stride of the fields.
        n_points: the number of points on each line.

    Returns:
        ``(M, n_points, 2)``, x then y.
    """
    along = np.linspace(0, 1, n_points, dtype=np.float32)[:, None]
    line = source[:, None] + along * (destination - source)[:, None]
    line[:, -1] = destination  # as it is, whatever rounding made of it
    values, inside = read_cells(
        pafs.reshape(*pafs.shape[:-1], -1, 2), image[:, None], line / stride, edge[:, None]
    )
    return np.where(inside[..., None], values, 0)


def read_cells(
    maps: Floats, image: Integers, places: Floats, channel: Integers | None = None
) -> tuple[Floats, Integers]:
    """What maps are at the cells nearest to places.

    Args:
        maps: ``(N, H, W, …)``.
        image: indices of images, of a shape that fits the places.
        places: ``(…, 2)``, x then y in cells; halves are rounded to even.
        channel: indices into the fourth axis, as ``image``; ``None`` for all of it.

    Returns:
        The values, and whether they count: in edition sleap-1.4 those beyond the map do not,
        in edition 2026 they are those of the nearest cell.
    """
    size = np.array(maps.shape[2:0:-1])
    nearest = np.rint(np.nan_to_num(places, nan=-1))
    cells = np.clip(nearest, 0, size - 1).astype(np.int64)
    inside = np.ones(cells.shape[:-1], dtype=bool)
    if means_sleap(CELLS_OUTSIDE_OF_THE_MAP):
        inside = (cells == nearest).all(axis=-1)
    index = (image, cells[..., 1], cells[..., 0])
    values = maps[index] if channel is None else maps[(*index, channel)]
    return values, inside


def line_scores(
    fields: Floats, vectors: Floats, longest: float, dist_penalty_weight: float
) -> Floats:
    """The mean agreement of fields with the lines that they were read along.

    Args:
        fields: ``(M, n_points, 2)``.
        vectors: ``(M, 2)``, from source to destination, in pixels.
        longest: the longest edge without a penalty, in pixels.
        dist_penalty_weight: the largest penalty of longer edges.

    Returns:
        ``(M,)``.
    """
    lengths = np.sqrt((vectors**2).sum(axis=-1, keepdims=True))
    apart = lengths > 0
    if means_sleap(COINCIDING_PEAKS):
        apart |= True
    with np.errstate(invalid="ignore", divide="ignore"):
        units = np.where(apart, vectors / np.where(apart, lengths, 1), 0)
        penalty = length_penalty(lengths[:, 0], longest, dist_penalty_weight)
    agreement = (fields * units[:, None]).sum(axis=-1).mean(axis=-1)
    return np.asarray(agreement + penalty, dtype=np.float32)


def length_penalty(lengths: Floats, longest: float, weight: float) -> Floats:
    """0 for edges up to ``longest``, down to ``-weight`` for ever longer ones.

    Args:
        lengths: in pixels, of any shape.
        longest: the longest edge without a penalty, in pixels.
        weight: the largest penalty.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.float32(longest) / lengths - 1
    return np.asarray(np.float32(weight) * np.minimum(ratio, 0))

"""Scores of candidates: how well the field along the line between two peaks agrees with it."""

from __future__ import annotations

import numpy as np

from poise.editions import means_sleap
from poise_heads.confmaps.peaks import Flags, Floats, Integers
from poise_heads.differences import (
    CELLS_OUTSIDE_OF_THE_MAP,
    CHANNELS_COUNT_AS_LENGTH,
    COINCIDING_PEAKS,
)
from poise_heads.pafs.candidates import Candidates

ROOM = 2**17
"""Places in the fields that are read at once. They stay in the processor's cache, and memory
grows neither with the number of candidates nor with that of points."""


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
    of_pairs = np.empty(len(pairs), dtype=np.float32)
    chunk = max(1, ROOM // n_points)
    for start in range(0, len(pairs), chunk):
        some = slice(start, start + chunk)
        source, destination = points[pairs.source[some]], points[pairs.destination[some]]
        fields = line_fields(
            pafs,
            source,
            destination,
            pairs.image[some],
            pairs.edge[some],
            stride=stride,
            n_points=n_points,
        )
        of_pairs[some] = line_scores(fields, destination - source, longest, dist_penalty_weight)
    return of_pairs


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
    is_end = np.zeros(len(points), dtype=bool)
    is_end[pairs.source] = is_end[pairs.destination] = True
    ends = np.flatnonzero(is_end)
    *_, inside = nearest_cells(pafs.shape, points[ends] / stride)
    return ends[~inside]


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
    _, height, width, channels = pafs.shape
    # Both components of a field are read at once, as one complex number.
    vectors = np.ascontiguousarray(pafs, dtype=np.float32).view(np.complex64).reshape(-1)
    along = np.linspace(0, 1, n_points, dtype=np.float32)[:, None]
    x, y = np.stack([source.T, destination.T], axis=1)  # each as begin and end
    columns, beyond_columns = _on_the_map(_nearest_cells(x, along, stride), width)
    rows, beyond_rows = _on_the_map(_nearest_cells(y, along, stride), height)
    places = (rows + image * height) * width
    places += columns
    places *= channels // 2
    places += edge
    values = vectors.take(places)
    for beyond in (beyond_columns, beyond_rows):
        if beyond is not None:
            values[beyond] = 0
    # The points of a line are apart in memory, and those of all lines beside each other.
    components = values.view(np.float32).reshape(n_points, len(source), 2)
    return np.asarray(components.transpose(1, 0, 2))


def _nearest_cells(ends: Floats, along: Floats, stride: int) -> Floats:
    """The cells nearest to points of lines, on one axis, rounded.

    Args:
        ends: ``(2, M)``, where the lines begin and end on this axis, in pixels.
        along: ``(n_points, 1)``, from 0 to 1.
        stride: stride of the fields.

    Returns:
        ``(n_points, M)``: NumPy computes each point of all lines, a long row, quickly.
    """
    begin, end = ends
    line: Floats = along * (end - begin)
    line += begin
    line[-1] = end  # as it is, whatever rounding made of it
    line /= stride
    np.rint(line, out=line)
    return line


def _on_the_map(nearest: Floats, size: int) -> tuple[Integers, Flags | None]:
    """Cells of an axis of a map: those beyond it become the nearest of the map.

    Args:
        nearest: rounded, of any shape; NaN is beyond the map.
        size: how many cells the axis has.

    Returns:
        Indices, and which cells do not count: in edition sleap-1.4 those beyond the map.
        ``None`` if all count.
    """
    if nearest.size and nearest.min() >= 0 and nearest.max() < size:  # NaN is neither
        return nearest.astype(np.int64), None
    nearest = np.nan_to_num(nearest, nan=-1)
    cells = np.clip(nearest, 0, size - 1)
    beyond = cells != nearest if means_sleap(CELLS_OUTSIDE_OF_THE_MAP) else None
    return cells.astype(np.int64), beyond


def nearest_cells(shape: tuple[int, ...], places: Floats) -> tuple[Integers, Integers, Flags]:
    """The cells of maps that are nearest to places.

    Args:
        shape: ``(N, H, W, …)`` of the maps.
        places: ``(K, 2)``, x then y in cells; halves are rounded to even.

    Returns:
        Rows ``(K,)``, columns ``(K,)``, and whether they count ``(K,)``: in edition sleap-1.4
        those of places beyond the map do not.
    """
    rows, beyond_rows = _on_the_map(np.rint(places[:, 1]), shape[1])
    columns, beyond_columns = _on_the_map(np.rint(places[:, 0]), shape[2])
    counts = np.ones(len(places), dtype=bool)
    for beyond in (beyond_rows, beyond_columns):
        if beyond is not None:
            counts &= ~beyond
    return rows, columns, counts


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
    agreement = (fields.mean(axis=1) * units).sum(axis=-1)  # a mean of products, in less steps
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

"""Quick decoding gives what the plain formulas give, and its costs do not grow beyond theirs."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from poise import editions
from poise.editions import EDITIONS, Edition
from poise_heads.confmaps.peaks import global_peaks
from poise_heads.pafs import scoring
from poise_heads.pafs.candidates import Candidates, candidates, group_peaks
from poise_heads.pafs.scoring import longest_edge, read_beyond, scores

in_both_editions = pytest.mark.parametrize("edition", EDITIONS)

SHAPES = [(1, 1, 1, 1), (2, 1, 7, 3), (2, 7, 1, 3), (3, 5, 4, 2), (2, 16, 33, 13), (0, 4, 4, 2)]
MOST_MB = 16


def maps_of(kind: str, shape: tuple[int, ...]) -> Any:
    random = np.random.default_rng(5)
    if kind == "without ties":
        return random.standard_normal(shape).astype(np.float32)
    maps = random.integers(0, 3, shape).astype(np.float32)
    if kind == "with NaN":
        maps[random.random(shape) < 0.2] = np.nan
    return np.zeros_like(maps) if kind == "all equal" else maps


def plain_global_peaks(maps: Any, edition: Edition) -> tuple[Any, Any]:
    """Row and column ``(N, P)``, one map at a time."""
    images, _, width, parts = maps.shape
    row, column = np.zeros((2, images, parts), np.int64)
    for image, part in np.ndindex(images, parts):
        plane = maps[image, :, :, part]
        first = int(plane.argmax())
        row[image, part] = first // width
        of_columns = plane.max(axis=0).argmax()
        column[image, part] = of_columns if edition == "sleap-1.4" else first % width
    return row, column


@in_both_editions
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", ["without ties", "with ties", "all equal", "with NaN"])
def test_the_highest_cell_is_that_of_each_map_by_itself_also_among_equal_cells_and_nan(
    kind: str, shape: tuple[int, ...], edition: Edition
) -> None:
    maps = maps_of(kind, shape)
    with editions.edition(edition):
        peaks = global_peaks(maps)

    row, column = plain_global_peaks(maps, edition)
    np.testing.assert_array_equal(peaks.row, row.ravel())
    np.testing.assert_array_equal(peaks.column, column.ravel())
    np.testing.assert_array_equal(
        peaks.value, maps[peaks.image, row.ravel(), column.ravel(), peaks.part]
    )
    assert list(zip(peaks.image, peaks.part, strict=True)) == list(np.ndindex(shape[0], shape[3]))


class Counted(np.ndarray):
    """An array that counts the numbers that NumPy's arithmetic reads of it and of its views."""

    numbers = 0

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [
            value.view(np.ndarray) if isinstance(value, Counted) else value for value in inputs
        ]
        Counted.numbers += sum(value.size for value in inputs if isinstance(value, Counted))
        return getattr(ufunc, method)(*plain, **options)


@in_both_editions
def test_every_cell_is_read_once_for_the_highest_of_each_map(edition: Edition) -> None:
    maps = maps_of("without ties", (4, 64, 64, 13))
    Counted.numbers = 0
    with editions.edition(edition):
        global_peaks(maps.view(Counted))

    assert maps.size <= Counted.numbers < 1.1 * maps.size


def peaks_and_pairs(random: Any, side: int, stride: int, inside: bool) -> tuple[Any, Candidates]:
    """Points ``(K, 2)`` of two images in fields of this many cells, some halfway between cells."""
    count, parts = 60, 4
    reach = (0, side - 1) if inside else (-3, side + 3)
    cells = random.uniform(*reach, (count, 2)).astype(np.float32)
    cells[::3] = np.floor(cells[::3] * 2) / 2
    image, part = random.integers(0, 2, count), random.integers(0, parts, count)
    pairs = candidates(group_peaks(image, part, 2, parts), np.array([[0, 1], [1, 2], [3, 0]]))
    if not inside:  # two parts in one place, and a part that is nowhere
        cells[pairs.source[0]] = cells[pairs.destination[0]]
        cells[pairs.source[-1]] = np.nan
    return cells * np.float32(stride), pairs


def plain_scores(
    pafs: Any, points: Any, pairs: Candidates, stride: int, n_points: int, edition: Edition
) -> Any:
    """The mean of the products of field and unit vector, one pair and one place at a time."""
    size, as_sleap = np.array(pafs.shape[2:0:-1]), edition == "sleap-1.4"
    with editions.edition(edition):
        longest = longest_edge(pafs.shape[1:], stride, 0.25)
    of_pairs = np.zeros(len(pairs), np.float32)
    for pair in range(len(pairs)):
        source, destination = points[pairs.source[pair]], points[pairs.destination[pair]]
        vector = destination - source
        length = np.sqrt((vector**2).sum())
        if length == 0:
            of_pairs[pair] = np.nan if as_sleap else 0
            continue
        places = source + np.linspace(0, 1, n_points, dtype=np.float32)[:, None] * vector
        places[-1] = destination
        total = 0.0
        for place in places / stride:
            nearest = np.rint(np.nan_to_num(place, nan=-1))
            x, y = np.clip(nearest, 0, size - 1).astype(int)
            if as_sleap and (nearest != (x, y)).any():
                continue
            edge = 2 * pairs.edge[pair]
            total += pafs[pairs.image[pair], y, x, edge : edge + 2] @ (vector / length)
        of_pairs[pair] = total / n_points + min(longest / length - 1, 0)
        if np.isnan(length):
            of_pairs[pair] = np.nan
    return of_pairs


@in_both_editions
@pytest.mark.parametrize("inside", [True, False], ids=["in the fields", "beyond them, too"])
@pytest.mark.parametrize(("stride", "n_points"), [(1, 2), (4, 10), (3, 7)])
def test_scores_of_pairs_are_those_of_each_pair_by_itself(
    stride: int, n_points: int, inside: bool, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(stride)
    pafs = random.normal(0, 0.5, (2, 20, 20, 6)).astype(np.float32)
    points, pairs = peaks_and_pairs(random, 20, stride, inside)
    expected = plain_scores(pafs, points, pairs, stride, n_points, edition)
    assert len(pairs) > 100
    for room in (scoring.ROOM, 40, 1):  # all at once, some, and one by one
        monkeypatch.setattr(scoring, "ROOM", room)
        with editions.edition(edition):
            computed = scores(pafs, points, pairs, stride=stride, n_points=n_points)
        np.testing.assert_allclose(computed, expected, atol=1e-6)


@in_both_editions
def test_fields_that_do_not_lie_in_a_row_are_read_as_they_are(edition: Edition) -> None:
    random = np.random.default_rng(0)
    pafs = random.normal(0, 0.5, (2, 12, 20, 6)).astype(np.float32)
    points, pairs = peaks_and_pairs(random, 12, 2, inside=True)
    aside = np.ascontiguousarray(pafs.transpose(3, 0, 2, 1)).transpose(1, 3, 2, 0)
    assert not aside.flags.c_contiguous
    with editions.edition(edition):
        both = [scores(fields, points, pairs, stride=2) for fields in (pafs, aside)]
    np.testing.assert_array_equal(*both)


def test_memory_grows_neither_with_pairs_nor_with_points_on_their_lines() -> None:
    random = np.random.default_rng(0)
    pafs = np.zeros((2, 20, 20, 6), np.float32)
    points, pairs = peaks_and_pairs(random, 20, 4, inside=True)
    scores(pafs, points, pairs, stride=4)
    tracemalloc.start()
    try:
        scores(pafs, points, pairs, stride=4, n_points=20_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_MB * 2**20


def test_peaks_beyond_the_fields_are_told_without_reading_these() -> None:
    points = np.array([[5, 5], [90, 5], [-9, 8], [30, 30], [99, 99]], np.float32)
    nothing = np.array([0, 0])
    pairs = Candidates(nothing, nothing, nothing, np.array([1, 2]), nothing, nothing)
    fields = np.broadcast_to(np.float32(0), (1, 20, 20, 2 << 40))  # petabytes, if read
    with editions.edition("sleap-1.4"):
        assert read_beyond(fields, points, pairs, stride=4).tolist() == [1, 2]
    with editions.edition("2026"):
        assert read_beyond(fields, points, pairs, stride=4).tolist() == []

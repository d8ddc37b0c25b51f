"""CSV files: SLEAP's analysis CSV, and the tables that DeepLabCut writes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from poise.writing.whole_files import whole_file
from poise_workflows.journal.batches import Batch
from poise_workflows.results.contents import Results
from poise_workflows.results.errors import unwritable
from poise_workflows.results.slots import slot_count, slot_names, slots_of
from poise_workflows.results.surveys import Survey, frames_of

Row = list[Any]


def write_analysis_csv(
    results: Results, counted: Survey, path: Path, provenance: Mapping[str, Any]
) -> None:
    """Write a row for each animal, which appears when it is whole.

    Columns are ``track``, ``frame_idx``, ``instance.score``, then x, y and score of each part
    in the order of the skeleton. Frames ascend, and tracks within a frame. ``track`` is empty
    for an animal without one.

    Raises:
        ResultsError: the file cannot be written.
    """
    write_rows(path, _analysis_rows(results, counted))


def write_dlc(results: Results, counted: Survey, path: Path, provenance: Mapping[str, Any]) -> None:
    """Write DeepLabCut's table of a video: a row for each frame of the video.

    The header has the rows scorer, individuals, bodyparts and coords; individuals only if
    there are several. Parts have the order of the skeleton.

    Raises:
        ResultsError: the file cannot be written.
    """
    write_rows(path, _dlc_rows(results, counted))


def _analysis_rows(results: Results, counted: Survey) -> Iterator[Row]:
    parts = results.contents.skeleton.parts
    columns = [f"{part}.{value}" for part in parts for value in ("x", "y", "score")]
    yield ["track", "frame_idx", "instance.score", *columns]
    for number, frame in frames_of(results, counted):
        for index in np.argsort(frame.tracks, kind="stable"):
            track = int(frame.tracks[index])
            name = "" if track < 0 else results.tracks[track]
            yield [name, number, float(frame.scores[index]), *_cells(frame, int(index))]


def _dlc_rows(results: Results, counted: Survey) -> Iterator[Row]:
    parts, slots = results.contents.skeleton.parts, slot_count(counted)
    names = slot_names(counted, results.tracks)
    count = slots * len(parts) * 3
    yield ["scorer", *["Poise"] * count]
    if names:
        yield ["individuals", *[name for name in names for _ in range(len(parts) * 3)]]
    yield ["bodyparts", *[part for part in parts for _ in range(3)] * slots]
    yield ["coords", *["x", "y", "likelihood"] * (count // 3)]
    following = 0
    for number, frame in frames_of(results, counted):
        yield from ([empty, *[""] * count] for empty in range(following, number))
        cells: Row = [""] * count
        for index, slot in enumerate(slots_of(counted, frame)):
            start = int(slot) * len(parts) * 3
            cells[start : start + len(parts) * 3] = _cells(frame, index)
        yield [number, *cells]
        following = number + 1
    yield from ([empty, *[""] * count] for empty in range(following, counted.length))


def _cells(frame: Batch, index: int) -> Row:
    """x, y and score of each part of an animal; empty where a part is missing."""
    values = np.column_stack([frame.points[index], frame.point_scores[index]]).astype(float)
    return ["" if np.isnan(row).any() else value for row in values for value in row.tolist()]


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as CSV, which appears when it is whole.

    Raises:
        ResultsError: the file cannot be written.
    """
    try:
        with whole_file(path) as stream:
            text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
            csv.writer(text, lineterminator="\n").writerows(rows)
            text.detach()
    except OSError as error:
        raise unwritable(path, error) from None

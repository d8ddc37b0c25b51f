"""SLEAP's analysis files of labels, as ``sleap-convert`` wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from poise import Skeleton
from poise_workflows.results.analysis import Block, describe
from poise_workflows.results.csv_files import Row, write_rows
from poise_workflows.results.hdf5 import open_hdf5, whole_hdf5
from poise_workflows.sleap_commands.placing import Placed, Places, Placing


def video_name(labels: Any, index: int, labels_path: str) -> str:
    """The path of a video as SLEAP names it.

    Args:
        labels: the ``sleap_io.Labels``.
        index: of the video.
        labels_path: their file, which is the video of images inside it.
    """
    video = labels.videos[index]
    name = video.backend_metadata.get("filename") or video.filename
    if name == ".":
        return labels_path
    return str(name if isinstance(name, str) else name[0])


def write_h5(labels: Any, placing: Placing, places: Places, path: Path, labels_path: str) -> None:
    """Write a video's animals as analysis HDF5, which appears when it is whole.

    Args:
        labels: the ``sleap_io.Labels``.
        placing: their places.
        places: those of the video.
        path: the file.
        labels_path: the file of the labels, as the user named it.

    Raises:
        ResultsError: the file cannot be written.
    """
    skeleton = parts_and_edges(labels)
    parts = len(skeleton.parts)
    sizes = {"frame": places.length, "track": places.count, "node": parts, "xy": 2}
    size = 1_000_000 + places.length * places.count * 8 * (3 * parts + 3)
    origin = {name: value for name, value in labels.provenance.items() if name != "filename"}
    with whole_hdf5(path, size) as draft, open_hdf5(draft, "w") as file:
        block = Block(file, sizes)
        for frame in placing.frames(places):
            block.add(frame.number, frame.slots, frame)
        block.flush()
        describe(
            file,
            skeleton,
            tracks=places.tracks,
            labels_path=labels_path,
            video_path=video_name(labels, places.video, labels_path),
            video_index=places.video,
            provenance=origin,
        )


def write_csv(labels: Any, placing: Placing, places: Places, path: Path) -> bool:
    """Write a video's animals as analysis CSV, which appears when it is whole.

    Args:
        labels: the ``sleap_io.Labels``.
        placing: their places.
        places: those of the video.
        path: the file.

    Returns:
        Whether there is a file: SLEAP writes none without a row.

    Raises:
        ResultsError: the file cannot be written.
    """
    if not any(rows for frame in placing.frames(places) for rows in _rows(places, frame)):
        return False
    parts = labels.skeletons[0].node_names
    columns = [f"{part}.{value}" for part in parts for value in ("x", "y", "score")]
    header: Row = ["track", "frame_idx", "instance.score", *columns]
    rows = (row for frame in placing.frames(places) for row in _rows(places, frame))
    write_rows(path, _with_header(header, rows))
    return True


def parts_and_edges(labels: Any) -> Skeleton:
    """The first skeleton of labels, which is that of SLEAP's files."""
    skeleton = labels.skeletons[0]
    names = [(str(edge.source.name), str(edge.destination.name)) for edge in skeleton.edges]
    return Skeleton(tuple(map(str, skeleton.node_names)), names)


def _with_header(header: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield header
    yield from rows


def _rows(places: Places, frame: Placed) -> Iterator[Row]:
    """A row for each animal of a frame that has a part."""
    for index, slot in enumerate(frame.slots):
        if not np.isnan(frame.points[index]).all():
            name = places.tracks[slot] if places.tracks else ""
            cells = np.column_stack([frame.points[index], frame.point_scores[index]])
            values = [frame.scores[index], *cells.ravel()]
            yield [
                name,
                frame.number,
                *("" if np.isnan(value) else float(value) for value in values),
            ]

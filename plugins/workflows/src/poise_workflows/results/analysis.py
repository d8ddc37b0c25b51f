"""SLEAP's analysis HDF5: places by frames, as MATLAB reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from poise_workflows.journal.batches import Batch
from poise_workflows.journal.packing import Array
from poise_workflows.results.contents import Results
from poise_workflows.results.hdf5 import open_hdf5, whole_hdf5
from poise_workflows.results.slots import slot_count, slot_names, slots_of
from poise_workflows.results.surveys import Survey, frames_of

BLOCK = 512
"""Frames that are collected before they are compressed and written."""

_AXES = {
    "track_occupancy": ("frame", "track"),
    "tracks": ("track", "xy", "node", "frame"),
    "point_scores": ("track", "node", "frame"),
    "instance_scores": ("track", "frame"),
    "tracking_scores": ("track", "frame"),
}


class _Block:
    """The arrays of ``BLOCK`` frames, and where they go."""

    def __init__(self, file: Any, sizes: Mapping[str, int]) -> None:
        self.first = 0
        self._sizes = sizes
        self._datasets = {name: _dataset(file, name, sizes) for name in _AXES}
        self._clear()

    def add(self, number: int, frame: Batch, slots: Array) -> None:
        """Put the animals of a frame into their places. Frame numbers ascend."""
        while number >= self.first + BLOCK:
            self.flush()
        column, arrays = number - self.first, self._arrays
        missing = np.isnan(frame.points).any(axis=-1)
        arrays["track_occupancy"][column, slots] = 1
        arrays["tracks"][slots, :, :, column] = frame.points.transpose(0, 2, 1)
        arrays["point_scores"][slots, :, column] = np.where(missing, 0, frame.point_scores)
        arrays["instance_scores"][slots, column] = frame.scores
        arrays["tracking_scores"][slots, column] = frame.tracking_scores

    def flush(self) -> None:
        """Write the frames, and go on to the next ones."""
        count = min(BLOCK, self._sizes["frame"] - self.first)
        for name, axes in _AXES.items() if count > 0 else ():
            here, there = [slice(None)] * len(axes), [slice(None)] * len(axes)
            here[axes.index("frame")] = slice(count)
            there[axes.index("frame")] = slice(self.first, self.first + count)
            self._datasets[name][tuple(there)] = self._arrays[name][tuple(here)]
        self.first += BLOCK
        self._clear()

    def _clear(self) -> None:
        self._arrays = {
            name: np.full(_shape(axes, {**self._sizes, "frame": BLOCK}), _fill(name))
            for name, axes in _AXES.items()
        }


def write_analysis(
    results: Results, counted: Survey, path: Path, provenance: Mapping[str, Any]
) -> None:
    """Write the poses of a video as analysis HDF5, which appears when it is whole.

    Arrays have SLEAP's names and axes: ``tracks`` is ``(tracks, 2, nodes, frames)``, NaN where
    nothing is, with as many frames as the video has.

    Raises:
        ResultsError: the file cannot be written.
    """
    parts, tracks = len(results.contents.skeleton.parts), slot_count(counted)
    sizes = {"frame": counted.length, "track": tracks, "node": parts, "xy": 2}
    size = 1_000_000 + counted.length * tracks * 8 * (3 * parts + 3)
    with whole_hdf5(path, size) as draft, open_hdf5(draft, "w") as file:
        block = _Block(file, sizes)
        for number, frame in frames_of(results, counted):
            block.add(number, frame, slots_of(counted, frame))
        block.flush()
        _describe(file, results, counted, provenance)


def _describe(file: Any, results: Results, counted: Survey, provenance: Mapping[str, Any]) -> None:
    skeleton = results.contents.skeleton
    edges = [[skeleton.parts.index(part) for part in edge] for edge in skeleton.edges]
    file["track_names"] = _encoded(slot_names(counted, results.tracks))
    file["node_names"] = _encoded(skeleton.parts)
    file["edge_names"] = _encoded([part for edge in skeleton.edges for part in edge], 2)
    file["edge_inds"] = np.array(edges, dtype=np.int64).reshape(-1, 2)
    file["labels_path"] = str(provenance.get("output_path", ""))
    file["video_path"] = results.contents.videos[counted.source].name
    file["video_ind"] = counted.source
    file["provenance"] = json.dumps(dict(provenance))
    # What sleap-io knows the format by.
    file.attrs["format"], file.attrs["preset"] = "analysis", "matlab"
    for name, axes in _AXES.items():
        file[name].attrs["dims"] = json.dumps(axes)


def _encoded(names: Any, columns: int = 0) -> Array:
    """Names as bytes. No names are an empty array of numbers, as SLEAP writes them."""
    array = np.array([name.encode() for name in names]) if names else np.zeros(0)
    return array.reshape(-1, columns) if columns else array


def _dataset(file: Any, name: str, sizes: Mapping[str, int]) -> Any:
    axes, fill = _AXES[name], _fill(name)
    chunk = {**sizes, "frame": min(BLOCK, max(sizes["frame"], 1))}
    return file.create_dataset(
        name,
        _shape(axes, sizes),
        fill.dtype,
        chunks=_shape(axes, chunk),
        compression="gzip",
        compression_opts=9,
        fillvalue=fill,
    )


def _shape(axes: tuple[str, ...], sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(sizes[axis] for axis in axes)


def _fill(name: str) -> Any:
    return np.uint8(0) if name == "track_occupancy" else np.float64(np.nan)

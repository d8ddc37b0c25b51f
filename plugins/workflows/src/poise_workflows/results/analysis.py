"""SLEAP's analysis HDF5: places by frames, as MATLAB reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from poise import Skeleton
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


class Block:
    """The arrays of ``BLOCK`` frames, and where they go.

    Args:
        file: an open HDF5 file, in which the datasets are made.
        sizes: lengths of the axes ``frame``, ``track``, ``node`` and ``xy``.
    """

    def __init__(self, file: Any, sizes: Mapping[str, int]) -> None:
        self.first = 0
        self._sizes = sizes
        self._datasets = {name: _dataset(file, name, sizes) for name in _AXES}
        self._clear()

    def add(self, number: int, slots: Array, animals: Any) -> None:
        """Put the animals of a frame into their places. Frame numbers ascend.

        Args:
            number: of the frame.
            slots: ``(N,)``, the place of each animal.
            animals: an object with their ``points``, ``point_scores``, ``scores`` and
                ``tracking_scores``, such as a ``Batch`` of one frame.
        """
        while number >= self.first + BLOCK:
            self.flush()
        column, arrays = number - self.first, self._arrays
        arrays["track_occupancy"][column, slots] = 1
        arrays["tracks"][slots, :, :, column] = animals.points.transpose(0, 2, 1)
        arrays["point_scores"][slots, :, column] = animals.point_scores
        arrays["instance_scores"][slots, column] = animals.scores
        arrays["tracking_scores"][slots, column] = animals.tracking_scores

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
        block = Block(file, sizes)
        for number, frame in frames_of(results, counted):
            missing = np.isnan(frame.points).any(axis=-1)
            scores = np.where(missing, 0, frame.point_scores)
            block.add(number, slots_of(counted, frame), attrs.evolve(frame, point_scores=scores))
        block.flush()
        describe(
            file,
            results.contents.skeleton,
            tracks=slot_names(counted, results.tracks),
            labels_path=str(provenance.get("output_path", "")),
            video_path=results.contents.videos[counted.source].name,
            video_index=counted.source,
            provenance=provenance,
        )
        # What sleap-io knows the format by.
        file.attrs["format"], file.attrs["preset"] = "analysis", "matlab"
        for name, axes in _AXES.items():
            file[name].attrs["dims"] = json.dumps(axes)


def describe(
    file: Any,
    skeleton: Skeleton,
    *,
    tracks: Sequence[str],
    labels_path: str,
    video_path: str,
    video_index: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write what the arrays are about.

    Args:
        file: an open HDF5 file.
        skeleton: of the animals.
        tracks: the name of each place; none if a place is no track.
        labels_path: the ``.slp`` file.
        video_path: the video, as the ``.slp`` file names it.
        video_index: its index there.
        provenance: what to say of the file, as JSON.
    """
    edges = [[skeleton.parts.index(part) for part in edge] for edge in skeleton.edges]
    file["track_names"] = _encoded(tracks)
    file["node_names"] = _encoded(skeleton.parts)
    file["edge_names"] = _encoded([part for edge in skeleton.edges for part in edge], 2)
    file["edge_inds"] = np.array(edges, dtype=np.int64).reshape(-1, 2)
    file["labels_path"], file["video_path"] = labels_path, video_path
    file["video_ind"] = video_index
    file["provenance"] = json.dumps(dict(provenance))


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

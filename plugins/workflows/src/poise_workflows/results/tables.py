"""The tables of a ``.slp`` file, appended in pieces."""

from __future__ import annotations

from typing import Any

import numpy as np

from poise_workflows.journal.batches import Batch
from poise_workflows.journal.packing import Array

ROWS = 2048
"""Rows that are collected before they are written, and rows of a chunk in the file."""

PREDICTED = 1
"""The type of an instance that a model predicted; 0 is a user's."""


class Tables:
    """Frames, instances and points of a ``.slp`` file that is being written.

    Args:
        file: an open ``h5py.File`` with the empty tables that sleap-io writes. Their types are
            kept, so that the file has the form of the sleap-io that is installed.
        empty_frames: whether frames without instances are written.

    Attributes:
        frames: how many frames were added.
        instances: how many instances were added.
        points: how many points were added.
    """

    def __init__(self, file: Any, *, empty_frames: bool = True) -> None:
        self.frames = self.instances = self.points = 0
        self._empty_frames = empty_frames
        self._tables = {
            name: _resizable(file, name) for name in ("frames", "instances", "pred_points")
        }
        self._waiting: dict[str, list[Array]] = {name: [] for name in self._tables}

    def add(self, batch: Batch) -> None:
        """Add the frames of a batch."""
        counts = np.diff(batch.row_splits)
        kept = np.ones(len(counts), bool) if self._empty_frames else counts > 0
        frames = self._frames(batch, counts, kept)
        instances = self._instances(batch, np.repeat(frames["frame_id"], counts[kept]))
        self._write("frames", frames)
        self._write("instances", instances)
        self._write("pred_points", self._points(batch))
        self.frames += len(frames)
        self.instances += len(instances)
        self.points += batch.points[..., 0].size

    def flush(self) -> None:
        """Write what was collected."""
        for name, table in self._tables.items():
            rows = self._waiting[name]
            count = sum(map(len, rows))
            if count:
                table.resize(len(table) + count, axis=0)
                table[-count:] = np.concatenate(rows)
                rows.clear()

    def _write(self, name: str, rows: Array) -> None:
        self._waiting[name].append(rows)
        if sum(map(len, self._waiting[name])) >= ROWS:
            self.flush()

    def _frames(self, batch: Batch, counts: Array, kept: Array) -> Any:
        rows: Any = np.zeros(int(kept.sum()), self._tables["frames"].dtype)
        rows["frame_id"] = self.frames + np.arange(len(rows))
        rows["video"] = batch.source
        rows["frame_idx"] = batch.frames[kept]
        rows["instance_id_end"] = self.instances + np.cumsum(counts[kept])
        rows["instance_id_start"] = rows["instance_id_end"] - counts[kept].astype(np.uint64)
        return rows

    def _instances(self, batch: Batch, frame_ids: Array) -> Any:
        count, parts = batch.point_scores.shape
        rows: Any = np.zeros(count, self._tables["instances"].dtype)
        rows["instance_id"] = self.instances + np.arange(count)
        rows["instance_type"] = PREDICTED
        rows["frame_id"] = frame_ids
        rows["track"] = batch.tracks
        rows["from_predicted"] = -1
        rows["score"] = batch.scores
        rows["point_id_start"] = self.points + np.arange(count) * parts
        rows["point_id_end"] = self.points + (np.arange(count) + 1) * parts
        rows["tracking_score"] = batch.tracking_scores
        return rows

    def _points(self, batch: Batch) -> Any:
        """A row for every part; a missing one has no place and no score, but is visible."""
        missing = np.asarray(np.isnan(batch.points).any(axis=-1))
        rows: Any = np.zeros(missing.size, self._tables["pred_points"].dtype)
        rows["x"], rows["y"] = np.where(missing[..., None], np.nan, batch.points).reshape(-1, 2).T
        rows["visible"] = True
        rows["score"] = np.where(missing, 0, batch.point_scores).ravel()
        return rows


def _resizable(file: Any, name: str) -> Any:
    """Replace an empty table by one that can grow."""
    dtype = file[name].dtype
    del file[name]
    return file.create_dataset(name, (0,), dtype, maxshape=(None,), chunks=(ROWS,))

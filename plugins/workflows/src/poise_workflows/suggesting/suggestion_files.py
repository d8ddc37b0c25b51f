"""Write a copy of a label file with more suggestions. Everything else stays byte for byte."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from poise.messages import first_line
from poise.writing.room import reserve
from poise.writing.whole_files import whole_draft
from poise_workflows.journal.aside import kept
from poise_workflows.results.errors import ResultsError, refused
from poise_workflows.results.hdf5 import open_hdf5

TABLE = "suggestions_json"
"""The dataset of suggestions in SLEAP's files, a JSON text each."""

ROW = 200
"""Bytes that a suggestion takes, at most."""


def write_project(source: Path, output: Path, frames: Sequence[tuple[int, int]]) -> Path | None:
    """Write a copy of a label file with more suggestions, which appears when it is whole.

    Args:
        source: the file, which stays as it is.
        output: the copy. A file that is there keeps its content under a numbered name.
        frames: index of the video and number of each frame that is suggested.

    Returns:
        The numbered name; ``None`` if there was no file.

    Raises:
        ResultsError: the copy cannot be written. What was there stays.
    """
    former = None
    try:
        former = kept(output)
        with whole_draft(output) as draft:
            reserve(draft, source.stat().st_size + ROW * len(frames) + 100_000)
            shutil.copyfile(source, draft)
            with open_hdf5(draft, "r+") as file:
                _append(file, frames)
    except (OSError, RuntimeError, KeyError) as error:  # h5py raises any of them
        if former is not None:
            former.unlink()
        raise _unwritable(output, error) from None
    return former


def _append(file: Any, frames: Sequence[tuple[int, int]]) -> None:
    import h5py

    attributes, rows = {}, []
    if TABLE in file:
        before = file[TABLE]
        attributes = dict(before.attrs)
        rows = [bytes(row) for row in before[()]] if before.shape else []
        del file[TABLE]
    for video, number in frames:
        row = {"video": str(video), "frame_idx": number, "group": 0}
        rows.append(json.dumps(row, separators=(",", ":")).encode())
    table = file.create_dataset(TABLE, data=rows, dtype=h5py.string_dtype(), maxshape=(None,))
    for name, value in attributes.items():
        table.attrs[name] = value


def _unwritable(path: Path, error: Exception) -> ResultsError:
    reason = getattr(error, "strerror", None) or first_line(error)
    return refused(path, f"cannot be written: {reason}", "make room or name another output")

"""Write a ``.slp`` file from a journal, in pieces.

sleap-io writes everything but the poses: format, skeleton, videos, tracks, provenance. Poise
appends the tables. A frame takes 12 kB as objects of sleap-io, so a long video would not fit.
"""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from poise.errors import Fault
from poise.messages import described
from poise.writing.room import reserve
from poise_workflows.journal.batches import Batch
from poise_workflows.results.contents import Contents, Results
from poise_workflows.results.errors import ResultsError
from poise_workflows.results.hdf5 import open_hdf5, whole_hdf5
from poise_workflows.results.sleap_objects import labels_of, labels_without_frames
from poise_workflows.results.tables import ROWS, Tables


class Written(NamedTuple):
    """What is in a file.

    Attributes:
        path: the file.
        frames: how many frames have a row in it.
        instances: how many animals.
    """

    path: Path
    frames: int
    instances: int


def write_slp(
    results: Results,
    path: Path,
    provenance: Mapping[str, Any],
    *,
    empty_frames: bool = True,
) -> Written:
    """Write the poses of a run to a ``.slp`` file, which appears when it is whole.

    Args:
        results: the poses.
        path: the file; an existing one is replaced.
        provenance: what to say of the run, as JSON; see ``provenance_of``.
        empty_frames: whether frames without animals are kept. Frames that could not be read
            are empty, too.

    Raises:
        ResultsError: the file cannot be written. What was there stays.
        JournalError: the journal is damaged.
    """
    around = _size_around(results.contents, results.tracks, provenance)
    with whole_hdf5(path, around + size_of_tables(results)) as draft:
        _write_surroundings(results, draft, provenance, around)
        with open_hdf5(draft, "r+") as file:
            tables = Tables(file, empty_frames=empty_frames)
            spawned = [0] * len(results.contents.tracks)
            for batch in results.batches():
                tables.add(batch)
                spawned += _spawned(batch, len(spawned))
            tables.flush()
            _write_tracks(file, spawned, results.tracks)
    return Written(path, tables.frames, tables.instances)


def check_writer(contents: Contents) -> None:
    """Write a file without poses, and remove it: a run may take a night, and writes at its end.

    Args:
        contents: what the result will be about.

    Raises:
        ResultsError: sleap-io is missing, or cannot write the file.
    """
    with TemporaryDirectory(prefix="poise-") as folder:
        path = Path(folder) / "trial.slp"
        try:
            reserve(path, _size_around(contents, contents.tracks, {}))
        except OSError:  # HDF5 would crash, and a full disk says nothing of the library
            return
        try:
            _save(labels_of(contents, contents.tracks, {}), path)
        except Exception as error:
            what = f"must be a sleap-io that writes {path.suffix} files, got {described(error)}"
            fix = "run pip install --upgrade sleap-io; nothing is predicted yet"
            raise ResultsError([Fault(f"{what}\n  fix: {fix}")]) from error


def size_of_tables(results: Results) -> int:
    """Bytes that the poses take in a ``.slp`` file, with a part of a chunk that is not full."""
    recorded, parts = results.recorded, len(results.contents.skeleton.parts)
    return bytes_of_tables(sum(recorded.progress.values()), recorded.instances, parts)


def bytes_of_tables(frames: int, instances: int, parts: int) -> int:
    """Bytes that so many poses take, at most."""
    return 40 * (frames + ROWS) + 64 * (instances + ROWS) + 32 * (instances * parts + ROWS)


def _size_around(contents: Contents, tracks: Sequence[str], provenance: Mapping[str, Any]) -> int:
    described = json.dumps([contents.to_json(), tracks, provenance])
    return 100_000 + 8 * len(described)


def _write_surroundings(
    results: Results, draft: Path, provenance: Mapping[str, Any], size: int
) -> None:
    # In a local folder, since sleap-io locks what it writes.
    with TemporaryDirectory(prefix="poise-") as folder:
        written = Path(folder) / "surroundings.slp"
        reserve(written, size)
        _save(labels_without_frames(results, provenance), written)
        shutil.copyfile(written, draft)


def _save(labels: Any, path: Path) -> None:
    import sleap_io

    with warnings.catch_warnings():
        # A large provenance has a dataset of its own and is left out of an attribute.
        warnings.filterwarnings("ignore", message="Labels metadata JSON")
        # Videos inside a .pkg.slp file stay there.
        sleap_io.save_slp(
            labels, str(path), embed=False, restore_original_videos=False, verbose=False
        )


def _spawned(batch: Batch, first: int) -> list[int]:
    """The frame in which each new track of a batch begins."""
    frames = np.repeat(batch.frames, np.diff(batch.row_splits))
    starts = [frames[batch.tracks == first + new] for new in range(len(batch.new_tracks))]
    return [int(start[0]) if len(start) else int(batch.frames[0]) for start in starts]


def _write_tracks(file: Any, spawned: list[int], tracks: tuple[str, ...]) -> None:
    """Write the tracks with the frames in which they begin, which sleap-io does not keep."""
    import h5py

    rows = [json.dumps(row, separators=(",", ":")) for row in zip(spawned, tracks, strict=True)]
    if rows:
        del file["tracks_json"]  # in older versions of sleap-io its rows have one length
        file.create_dataset("tracks_json", data=rows, dtype=h5py.string_dtype(), maxshape=(None,))

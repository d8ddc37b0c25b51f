"""The files in ``RUN/report``: what the page of a run shows of the epochs before.

Each is written whole. A run that goes on has those of the epochs that are done; one that is
damaged is left out, and the page says so.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs

from poise.errors import PoiseError
from poise.files import read_text_of
from poise.writing.whole_files import write_text
from poise_workflows.reporting.epochs import thinned
from poise_workflows.reporting.records import Kept, Record

FOLDER, STILL = "report", "examples.json"
_MOST = 1 << 26


def read_kept(run: Path, epochs: int) -> Kept:
    """Read what a run keeps for its page.

    Args:
        run: its folder.
        epochs: how many are done; a killed process may have left records of a later one.
    """
    notes: list[str] = []
    still = _still(_read(run / FOLDER / STILL, notes), run / FOLDER / STILL, notes)
    records = []
    for path in sorted((run / FOLDER).glob("epoch-*.json")):
        record = _record(_read(path, notes), path, notes)
        if record is not None and record.epoch <= epochs:
            records.append(record)
    records.sort(key=lambda record: record.epoch)
    return attrs.evolve(still, records=tuple(records), notes=tuple(notes))


def write_still(run: Path, kept: Kept) -> None:
    """Keep what stays the same over all epochs."""
    (run / FOLDER).mkdir(exist_ok=True)
    stills = [attrs.asdict(still) for still in kept.stills]
    _write(run / FOLDER / STILL, {"stills": stills, "edges": kept.edges})


def write_record(run: Path, record: Record) -> None:
    """Keep the record of an epoch; too many are thinned."""
    (run / FOLDER).mkdir(exist_ok=True)
    _write(_path_of(run, record.epoch), attrs.asdict(record))


def with_record(run: Path, kept: Kept, record: Record) -> Kept:
    """Add a record to what is kept, in the folder and here; too many are thinned."""
    write_record(run, record)
    before = {each.epoch: each for each in kept.records if each.epoch < record.epoch}
    records = {**before, record.epoch: record}
    chosen = thinned(records)
    for epoch in records.keys() - set(chosen):
        _path_of(run, epoch).unlink(missing_ok=True)
    return attrs.evolve(kept, records=tuple(records[epoch] for epoch in chosen))


def _path_of(run: Path, epoch: int) -> Path:
    return run / FOLDER / f"epoch-{epoch:06}.json"


def _write(path: Path, data: Any) -> None:
    write_text(path, json.dumps(data, allow_nan=False, separators=(",", ":")) + "\n")


def _read(path: Path, notes: list[str]) -> Any:
    try:
        return json.loads(read_text_of(path, _MOST))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError, PoiseError):
        notes.append(_unread(path))
        return None


def _still(data: Any, path: Path, notes: list[str]) -> Kept:
    if data is None:
        return Kept()
    try:
        return Kept(stills=data["stills"], edges=data["edges"])
    except (TypeError, ValueError, LookupError, AttributeError):
        notes.append(_unread(path))
        return Kept()


def _record(data: Any, path: Path, notes: list[str]) -> Record | None:
    if data is None:
        return None
    try:
        return Record(**data)
    except (TypeError, ValueError, AttributeError):
        notes.append(_unread(path))
        return None


def _unread(path: Path) -> str:
    return f"{FOLDER}/{path.name} cannot be read; what it had is missing here"

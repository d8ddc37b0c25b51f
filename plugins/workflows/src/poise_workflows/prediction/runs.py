"""A run that is about to start, what became of it, and what ends it early."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from poise.errors import PoiseError
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps
from poise_workflows.frames.selections import Selection
from poise_workflows.journal.writing import Guard
from poise_workflows.prediction.loading import Predictor
from poise_workflows.prediction.recordings import Part

SLP = "slp"
"""The format that every result has."""


class UnreadableFrameError(PoiseError):
    """A frame cannot be read, and the run is strict."""


class StoppedError(PoiseError):
    """The journal cannot be written any more; it keeps every batch before."""


@attrs.frozen(kw_only=True, eq=False)
class Run:
    """A run that is about to start.

    Attributes:
        predictor: the models and the options of decoding.
        selection: the frames.
        output: the ``.slp`` file.
        options: everything that the user asked for, as JSON, for the provenance.
        command: the command line; empty in Python.
        no_empty_frames: whether frames without animals are left out of the file.
        overwrite: whether what is there is kept aside, and all is predicted anew.
        renew: whether this is done only where what is there is of another run.
        strict: whether the first frame that cannot be read ends the run.
        allow_unreadable: how many holes are no failure.
        format: which files are written beside the ``.slp`` file; ``"slp"`` for none.
        merge: a project, of which a copy with the poses is written instead.
        notes: sentences for the report.
        maps: where paths of another machine, which the project names, lead here.
        before: the files of the same recording whose tracks go on in this one, in order.
        guard: called before anything is written; it raises if another process has the run.
    """

    predictor: Predictor
    selection: Selection
    output: Path
    options: Mapping[str, Any]
    command: tuple[str, ...] = ()
    no_empty_frames: bool = False
    overwrite: bool = False
    renew: bool = False
    strict: bool = False
    allow_unreadable: int = 0
    format: str = SLP
    merge: Path | None = None
    notes: tuple[str, ...] = ()
    maps: PathMaps = NO_MAPS
    before: tuple[Part, ...] = ()
    guard: Guard = lambda: None


@attrs.frozen(kw_only=True, eq=False)
class Prediction:
    """What became of a run.

    Attributes:
        output: the ``.slp`` file.
        report: what to say of it, as JSON; see ``reports.Report``.
        was_finished: whether an earlier process had finished it; then nothing was touched.
        failed: why the run does not count as successful; empty if it does.
        files: of another format, and the drawing, if they were asked for.
        remarks: which of these are not there, and why, a sentence each.
    """

    output: Path
    report: Mapping[str, Any]
    was_finished: bool = False
    failed: str = ""
    files: tuple[Path, ...] = ()
    remarks: tuple[str, ...] = ()


def partial_of(output: Path) -> Path:
    """Where poses go of a run that was interrupted: ``flies.partial.slp``."""
    return output.with_suffix(f".partial{output.suffix}")

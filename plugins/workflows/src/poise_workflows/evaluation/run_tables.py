"""Runs beside each other: what each trained, how good it became, and what it cost."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

import poise
from poise.errors import Fault, PoiseError
from poise.messages import argument_path, described
from poise_workflows.evaluation.errors import EvaluationError
from poise_workflows.evaluation.results import plain
from poise_workflows.training.evaluating import METRICS, metrics_of
from poise_workflows.training.frame_places import places_in
from poise_workflows.training.run_folders import FINISHED, RunFolder, is_run


@attrs.frozen(kw_only=True)
class RunSummary:
    """A run in a line.

    Attributes:
        run: the folder.
        state: ``"finished"``, ``"running"``, ``"interrupted"`` or ``"failed"``.
        head: the head type.
        backbone: the backbone.
        epochs: how many are done.
        best_epoch: the one whose weights are the best, counted from 1.
        best_loss: its validation loss; ``None`` before the first.
        parameters: of the network; ``None`` of a run of an earlier Poise.
        seconds: how long it trained; ``None`` of a run of an earlier Poise.
        metrics: set of frames → its single figures, by SLEAP's names. Only sets that were
            evaluated are there.
        notes: what to know of its figures, a sentence each.
    """

    run: Path
    state: str
    head: str
    backbone: str
    epochs: int
    best_epoch: int
    best_loss: float | None
    parameters: int | None
    seconds: float | None
    metrics: Mapping[str, Mapping[str, float]]
    notes: tuple[str, ...] = ()

    def figure(self, name: str) -> float:
        """A figure of the validation frames; NaN if there is none."""
        return self.metrics.get("validation", {}).get(name, math.nan)

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON; ``null`` for NaN."""
        facts = attrs.asdict(self, recurse=False)
        metrics = {
            name: {key: plain(value) for key, value in figures.items()}
            for name, figures in self.metrics.items()
        }
        return {**facts, "run": str(self.run), "metrics": metrics, "notes": list(self.notes)}


def summarize_runs(runs: Iterable[str | os.PathLike[str]]) -> list[RunSummary]:
    """What became of runs, from their folders; nothing is predicted.

    Args:
        runs: folders of ``poise train``, also of runs that are not finished.

    Raises:
        EvaluationError: a folder is not that of a run, or is damaged; lists every one.
    """
    paths, faults, summaries = [Path(run) for run in runs], list[Fault](), list[RunSummary]()
    for path in paths:
        if not is_run(path):
            what = f"must be the folder of a run, as all others are, got {_seen(path)}"
            faults.append(Fault(what, argument_path("runs")))
            continue
        try:
            summaries.append(_summary(RunFolder(path)))
        except PoiseError as error:
            faults.append(Fault(f"must be readable, got {described(error)}", str(path)))
    if faults:
        raise EvaluationError(faults)
    return summaries


def _seen(path: Path) -> str:
    if path.is_dir():
        return f"{path}, another folder"
    return f"{path}, a file" if path.exists() else f"{path}, which is not there"


def _summary(folder: RunFolder) -> RunSummary:
    status, report = folder.status(), folder.report()
    config = poise.read(folder.config).config
    metrics = {name: figures for name in METRICS if (figures := metrics_of(folder.path, name))}
    parameters = _number(report.get("parameters"))
    return RunSummary(
        run=folder.path,
        state=status.state,
        head=str(config.heads.which_oneof_attrib_name()),
        backbone=str(config.backbone.which_oneof_attrib_name()),
        epochs=status.epochs_done,
        best_epoch=status.best_epoch,
        best_loss=_number(status.best_loss),
        parameters=None if parameters is None else int(parameters),
        seconds=_number(status.seconds) or None,
        metrics=metrics,
        notes=tuple(_notes(folder, status.state, metrics)),
    )


def _number(value: Any) -> float | None:
    """A figure of a file that anybody may have written."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) else None


def _notes(folder: RunFolder, state: str, metrics: Mapping[str, Any]) -> Iterator[str]:
    if state != FINISHED:
        reason = folder.status().reason
        yield f"{state}{f' ({reason})' if reason else ''}: a run is evaluated at its end"
    elif "validation" not in metrics:
        yield f"it has no {METRICS['validation']}; `poise evaluate LABELS -m {folder.path}` does it"


def differing_frames(runs: Sequence[RunSummary]) -> str:
    """A warning if the runs validate on different frames; else empty."""
    frames = {_validation_frames(RunFolder(each.run)) for each in runs} - {None}
    if len(frames) < 2:
        return ""
    return (
        "the runs validate on different frames, so that their figures compare badly: evaluate "
        "each on the same labels, as `poise evaluate LABELS -m RUN`"
    )


def _validation_frames(folder: RunFolder) -> frozenset[Any] | None:
    """Where the frames are; ``None`` if that is not known, as of a run of an earlier Poise."""
    try:
        files = folder.files_of_frames() or {}
        keys = folder.split().validation
        places = {place for key in keys for place in places_in(files[str(key.video)], key.frame)}
    except (PoiseError, ValueError, TypeError, LookupError, AttributeError):
        return None  # the file is damaged
    return frozenset(places) or None

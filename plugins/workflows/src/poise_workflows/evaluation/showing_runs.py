"""A table of runs that fits the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from poise.cli.commands import rows, say, table
from poise_workflows.evaluation.meanings import MEANINGS
from poise_workflows.evaluation.run_tables import RunSummary, differing_frames
from poise_workflows.evaluation.showing import figure
from poise_workflows.progress.epochs import duration

FIGURES = {
    "MEDIAN": "dist.p50",
    "MEAN": "dist.avg",
    "95 %": "dist.p95",
    "F1": "detection.f1",
    "RECALL": "detection.recall",
    "mAP": "oks_voc.mAP",
}
"""Column → the metric of the validation frames."""

DROPPED = ("LOSS", "RECALL", "TIME", "MEAN", "PARAMETERS", "mAP", "EPOCHS", "HEAD", "BACKBONE")
"""Columns that a narrow terminal does without, the least important first."""


def show_runs(runs: Sequence[RunSummary]) -> None:
    """Write a row for each run, what the columns mean, and what to know of the figures."""
    header = ["RUN", "HEAD", "BACKBONE", *FIGURES, "EPOCHS", "LOSS", "PARAMETERS", "TIME"]
    table(header, [_row(run) for run in runs], drop=DROPPED, elsewhere="--json")
    say()
    say("Of the validation frames; errors in pixels.")
    meanings = [(column, MEANINGS[name].text) for column, name in FIGURES.items()]
    rows([*meanings, ("EPOCHS", "The best epoch, whose weights are kept, of all.")], "  ")
    notes = [f"{run.run}: {note}" for run in runs for note in run.notes]
    for note in filter(None, [*notes, differing_frames(runs)]):
        say(f"  note  {note}")


def _row(run: RunSummary) -> list[str]:
    return [
        str(run.run),
        run.head,
        run.backbone,
        *(figure(run.figure(name), name) for name in FIGURES.values()),
        f"{run.best_epoch} of {run.epochs}",
        "–" if run.best_loss is None or math.isnan(run.best_loss) else f"{run.best_loss:.3g}",
        "–" if run.parameters is None else f"{run.parameters:,}",
        "–" if run.seconds is None else duration(run.seconds),
    ]

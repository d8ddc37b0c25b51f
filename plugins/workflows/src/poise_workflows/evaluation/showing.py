"""Metrics as tables that fit the terminal: pixel errors first, a sentence beside each."""

from __future__ import annotations

import math
from typing import Any

from poise.cli.commands import heading, rows, say, table
from poise_workflows.evaluation.meanings import COLUMNS, MEANINGS
from poise_workflows.evaluation.results import Evaluation, Figures

PIXEL = "mean", "median", "p95"
DROPPED = "fragments", "switches", "labeled", "PCK", "median"
"""Columns that a narrow terminal does without, the least important first."""


def show(evaluation: Evaluation) -> None:
    """Write the metrics, then the tables of parts and of animals, then the notes."""
    heading(f"{evaluation.predicted} compared with {evaluation.truth}")
    cells = [
        (MEANINGS[name].label, figure(evaluation.metrics[name], name), meaning["meaning"])
        for name, meaning in evaluation.to_json()["metrics"].items()
    ]
    width = max(len(value) for _, value, _ in cells)
    rows([(label, f"{value:>{width}}", meaning) for label, value, meaning in cells], "  ")
    _show_figures("part", evaluation.parts)
    _show_figures("animal", evaluation.animals)
    _show_columns(evaluation)
    for note in evaluation.notes:
        say(f"  note  {note}")


def _show_figures(noun: str, figures: Figures) -> None:
    if not figures:
        return
    columns = list(next(iter(figures.values())))
    say()
    table(
        [noun, *(COLUMNS[column].label for column in columns)],
        [[name, *(figure(row[c], c) for c in columns)] for name, row in figures.items()],
        "  ",
        drop=DROPPED,
        elsewhere="--json",
    )


def _show_columns(evaluation: Evaluation) -> None:
    """What the columns of both tables mean."""
    tables = (evaluation.parts, evaluation.animals)
    columns = {column for table in tables for row in table.values() for column in row}
    if columns:
        say()
        rows([(each.label, each.text) for name, each in COLUMNS.items() if name in columns], "  ")


def figure(value: Any, name: str) -> str:
    """A figure as people read it; a dash where there is nothing to measure."""
    if isinstance(value, float) and math.isnan(value):
        return "–"
    if name.startswith("dist.") or name in PIXEL:
        return f"{value:.2f}"
    return f"{value:.3f}" if isinstance(value, float) else str(value)

"""What ``poise train`` says before the first epoch, and after the last."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

import click

from poise.cli.commands import complain, say, table
from poise.messages import counted

if TYPE_CHECKING:
    from poise_workflows.training.results import Run

_TOLD = "poise_workflows.training.told"
"""Notes that were said before the first epoch, in ``Context.meta``."""


def list_profiles() -> None:
    """Print a table of the profiles."""
    from poise_workflows.training.profiles.finding import profile_rows

    table(("PROFILE", "BACKBONE", "HEAD TYPE"), profile_rows(), drop=("BACKBONE",))


def tell(plan: Any, device: Any, memory: Any) -> None:
    """Say what trains, on which data, and what is worth knowing before the first epoch."""
    from poise_workflows.training.summaries import in_words

    say(f"device  {device}")
    if device.note:
        complain(device.note)
    say(f"data    {in_words(plan)}")
    say(f"memory  {memory}")
    if memory.warning():
        complain(memory.warning())
    told = click.get_current_context().meta.setdefault(_TOLD, set())
    for note in plan.notes():
        say(f"note    {note}")
        told.add(_fact_of(note))


def _fact_of(note: str) -> str:
    """A note without what to do next, which names arguments as whoever began the run did."""
    return note.partition(";")[0]


def show(result: Run, is_json: bool) -> None:
    """Say how a run ended, with no note that was said before."""
    if is_json:
        return
    say(f"{'finished before' if result.was_finished else 'trained'}  {result.folder}")
    loss = "" if result.best_loss is None else f", validation loss {result.best_loss:.4g}"
    say(f"  {counted(result.epochs, 'epoch')}; the best is {result.best_epoch}{loss}")
    say(f"  ended: {result.reason}")
    _show_metrics(result)
    told = click.get_current_context().meta.get(_TOLD, set())
    for note in result.notes:
        if not result.was_finished and _fact_of(note) not in told and "device: " not in note:
            say(f"  note: {note}")
    if sys.stdout.isatty():
        say(f"  next: poise predict VIDEO -m {result.folder}")


def _show_metrics(result: Run) -> None:
    """The figures that tell most, of those that there are."""
    figures = result.metrics
    pixels = [
        f"{name} {figures[key]:.2f}"
        for name, key in (("median", "dist.p50"), ("95 %", "dist.p95"))
        if math.isfinite(figures.get(key, math.nan))
    ]
    errors = f"error in pixels: {', '.join(pixels)}" if pixels else ""
    found = figures.get("detection.f1", math.nan)
    animals = f"F1 of animals: {found:.3f}" if math.isfinite(found) else ""
    if errors or animals:
        say(f"  validation {'; '.join(filter(None, [errors, animals]))}")

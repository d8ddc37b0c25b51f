"""Draws the page of a run after each epoch. Whatever fails here is a note, and no end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs
import keras

from poise_workflows.reporting.cases import Cases
from poise_workflows.reporting.epochs import is_drawn
from poise_workflows.reporting.page import Note, failures_noted, write_page
from poise_workflows.reporting.record_files import read_kept, with_record, write_still
from poise_workflows.reporting.recording import draw
from poise_workflows.reporting.records import Kept
from poise_workflows.reporting.seeing import Seer

RowOf = Callable[[Any, int, Mapping[str, Any]], dict[str, float]]
"""Model, epoch from 0 and logs → what is kept of the epoch in the log."""


class Reporter(keras.callbacks.Callback):
    """Draws pictures after some epochs, and the page after each.

    It comes before the callback that saves: a process that is killed between the two trains and
    draws the epoch again.

    Args:
        run: the folder of the run.
        cases: the validation examples.
        rows: the log of the epochs before.
        epochs: how many there are at most.
        row_of: makes rows of the log.
        note: keeps why a page could not be drawn.
    """

    def __init__(
        self,
        run: Path,
        cases: Cases,
        rows: Iterable[Mapping[str, float]],
        epochs: int,
        row_of: RowOf,
        note: Note,
    ) -> None:
        super().__init__()
        self._run, self._cases, self._epochs = run, cases, epochs
        self._row_of, self._note = row_of, note
        self._rows: list[Mapping[str, float]] = list(rows)
        self._kept: Kept | None = None
        self._seer: Seer | None = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._rows.append(self._row_of(self.model, epoch, logs or {}))
        with failures_noted("without new pictures", self._note):
            self._draw(epoch + 1)
        with failures_noted("not written", self._note):
            write_page(self._run, self._rows, self._kept)

    def _draw(self, epoch: int) -> None:
        if self._kept is None:
            self._kept = read_kept(self._run, epoch - 1)
        is_last = epoch == self._epochs or self.model.stop_training
        is_finite = math.isfinite(self._rows[-1].get("loss", 0.0))
        if is_finite and (is_drawn(epoch) or is_last):
            self._kept = self._with_pictures(self._kept, epoch, is_last=is_last)

    def _with_pictures(self, kept: Kept, epoch: int, *, is_last: bool) -> Kept:
        self._seer = self._seer or Seer(self.model)
        still, record = draw(self._seer, self._cases, epoch, is_last=is_last)
        if not kept.stills:
            kept = attrs.evolve(kept, stills=still.stills, edges=still.edges)
            write_still(self._run, kept)
        return with_record(self._run, kept, record)

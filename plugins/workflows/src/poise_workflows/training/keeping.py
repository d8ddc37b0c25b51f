"""The last callback of ``fit``: it keeps the best weights, the state, the log and the status."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

import poise
from poise_workflows.journal import claims
from poise_workflows.progress.epochs import EpochEvent
from poise_workflows.training.batches import Batches
from poise_workflows.training.errors import DivergedError
from poise_workflows.training.run_folders import RUNNING, RunFolder, Status
from poise_workflows.training.schedules import Resumable
from poise_workflows.training.states import State, write_state

_PAUSE = 0.1
"""Seconds between two events of an epoch, at least."""

EARLY = "the validation loss stayed, as early stopping says"


class Turning(keras.callbacks.Callback):
    """Turns the batches to each epoch before Keras asks for them; the first callback."""

    def __init__(self, batches: Sequence[Batches]) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        for batches in self._batches:
            batches.begin(epoch)


class Keeper(keras.callbacks.Callback):
    """Keeps what a run needs to go on, after each epoch.

    The best weights are written before the state: a process that dies between the two trains the
    epoch again, to the very same weights.

    Args:
        folder: of the run.
        state: from which this process goes on.
        epochs: how many there are at most.
        counting: the callbacks whose counters are kept, by name.
        show: gets every event.
        batches: of an epoch.
    """

    def __init__(
        self,
        folder: RunFolder,
        state: State,
        epochs: int,
        counting: Mapping[str, Resumable],
        show: Callable[[EpochEvent], None],
        batches: int,
    ) -> None:
        super().__init__()
        self.state = state
        self._folder, self._epochs, self._counting = folder, epochs, counting
        self._show, self._batches = show, batches
        self._first = self._epoch = state.epochs
        self._rate = 0.0
        self._start = time.monotonic()
        self._seconds = folder.status().seconds
        self._shown = float("-inf")
        self._compiled: tuple[float, int] | None = None

    @property
    def best(self) -> tuple[int, float | None]:
        """The epoch with the least validation loss, counted from 1, and that loss."""
        losses = [(row["val_loss"], int(row["epoch"]) + 1) for row in self.state.log]
        return (min(losses)[1], min(losses)[0]) if losses else (0, None)

    def status(self, state: str = RUNNING, reason: str = "") -> Status:
        """How far the run is."""
        epoch, loss = self.best
        return Status(
            state=state,
            epochs_done=self.state.epochs,
            epochs=self._epochs,
            best_epoch=epoch,
            best_loss=loss,
            reason=reason,
            seconds=round(self._seconds + time.monotonic() - self._start, 1),
            process=claims.own().to_json() if state == RUNNING else {},
        )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch
        self._rate = _learning_rate_of(self.model)  # JAX has no variables during an epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        now = time.monotonic()
        if now - self._shown >= _PAUSE:  # reading the losses makes the device wait
            self._show(self._event(batch + 1, logs or {}))
            self._shown = now

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        row = row_of(self.model, epoch, logs or {})
        wrong = [name for name in ("loss", "val_loss") if not math.isfinite(row.get(name, 0.0))]
        if wrong:
            raise DivergedError(
                f"{wrong[0]} of epoch {epoch + 1} is {row[wrong[0]]}; go on from the epoch before "
                "with a lower optimization.initial_learning_rate, in a run of its own (--from)"
            )
        _, least = self.best
        if least is None or row["val_loss"] < least:
            poise.save(self.model, self._folder.best, overwrite=True)
        self.state = State(
            epochs=epoch + 1,
            counters={name: each.counters() for name, each in self._counting.items()},
            log=(*self.state.log, row),
            ended=EARLY if self.model.stop_training else "",
        )
        write_state(self._folder.state, self.model, self.state)
        self._folder.write_log(self.state.log)
        self._folder.write_status(self.status())
        self._show(self._event(self._batches, {k: v for k, v in row.items() if k != "epoch"}))

    def _event(self, batch: int, logs: Mapping[str, Any]) -> EpochEvent:
        now = time.monotonic()
        elapsed = now - self._start
        done = (self._epoch - self._first) * self._batches + batch
        if self._compiled is None:  # the first batch also waits for the compiler
            self._compiled = now, done
        since, before = self._compiled
        left = (self._epochs - self._epoch) * self._batches - batch
        return EpochEvent(
            run=self._folder.path.name,
            epoch=self._epoch + 1,
            epochs=self._epochs,
            batch=batch,
            batches=self._batches,
            losses={k: float(v) for k, v in logs.items() if k != "learning_rate"},
            learning_rate=self._rate,
            elapsed=round(elapsed, 3),
            eta=round((now - since) / (done - before) * left, 1) if done > before else None,
        )


def row_of(model: Any, epoch: int, logs: Mapping[str, Any]) -> dict[str, float]:
    """What is kept of an epoch in the log.

    Args:
        model: which is trained.
        epoch: counted from 0.
        logs: what Keras tells its callbacks.
    """
    row = {"epoch": epoch, **{name: float(value) for name, value in logs.items()}}
    row.setdefault("learning_rate", _learning_rate_of(model))
    return row


def _learning_rate_of(model: Any) -> float:
    return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))


def resumed(state: State, counting: Mapping[str, Resumable]) -> None:
    """Let callbacks go on counting from a state."""
    for name, counters in state.counters.items():
        if name in counting:
            counting[name].resume(dict(counters))

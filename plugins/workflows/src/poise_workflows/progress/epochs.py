"""Progress of a training: a bar for each epoch, JSON lines, or a line an epoch."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self

import attrs

from poise.errors import Fault
from poise.messages import argument_path, short_repr, suggestion
from poise_workflows.progress.showing import PAUSE, ProgressError


@attrs.frozen(kw_only=True)
class EpochEvent:
    """How far a training is.

    Attributes:
        run: the name of its folder.
        epoch: the epoch, counted from 1.
        epochs: how many there are at most.
        batch: batches of the epoch that are done.
        batches: batches of an epoch.
        losses: the loss, its parts and metrics up to now; with ``val_`` for those of validation,
            after the last batch.
        learning_rate: of the optimizer.
        elapsed: seconds since this process began to train.
        eta: seconds that are left if no epoch is saved; ``None`` before the first batch.
    """

    run: str
    epoch: int
    epochs: int
    batch: int
    batches: int
    losses: Mapping[str, float]
    learning_rate: float
    elapsed: float
    eta: float | None

    @property
    def is_last_of_epoch(self) -> bool:
        """Whether validation is done."""
        return "val_loss" in self.losses


class EpochsShown(Protocol):
    """Shows events; a context manager, so that a terminal is left in order."""

    def __call__(self, event: EpochEvent) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...


def shown_epochs(kind: str) -> EpochsShown:
    """Show the progress of a training.

    Args:
        kind: ``"rich"``: a bar for each epoch on standard error. ``"json"``: a JSON object a line
            on standard output. ``"lines"``: a line an epoch on standard error. ``"none"``.
            ``"auto"``: bars on a terminal, and lines elsewhere.

    Raises:
        ProgressError: there is no such kind.
    """
    if kind == "auto":
        kind = "rich" if sys.stderr.isatty() else "lines"
    if kind not in _KINDS:
        what = f"must be a kind of progress, got {short_repr(kind)}"
        fix = suggestion(kind, [*_KINDS, "auto"])
        raise ProgressError([Fault(f"{what}; {fix}", argument_path("progress"))])
    show: EpochsShown = _KINDS[kind]()
    return show


def in_words(event: EpochEvent) -> str:
    """An event as people read it: ``loss 0.0123 (pafs 0.0101), val 0.0150, lr 0.0001``."""
    losses = event.losses
    words = [f"loss {losses['loss']:.3g}"] if "loss" in losses else []
    parts = [
        f"{name.removesuffix('_loss')} {value:.3g}"
        for name, value in losses.items()
        if name.endswith("_loss") and not name.startswith("val_")
    ]
    if words and len(parts) > 1:
        words[0] += f" ({', '.join(parts)})"
    if "val_loss" in losses:
        words.append(f"val {losses['val_loss']:.3g}")
    words.append(f"lr {event.learning_rate:.3g}")
    if event.eta is not None:
        words.append(f"{duration(event.eta)} left")
    return ", ".join(words)


def duration(seconds: float) -> str:
    """Seconds for people: ``3 min 20 s``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class _Bars:
    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rest]}")
        self._bars = Progress(*columns, console=Console(stderr=True))
        self._task: Any = None
        self._epoch = 0

    def __call__(self, event: EpochEvent) -> None:
        if event.epoch != self._epoch:
            self._epoch = event.epoch
            name = f"epoch {event.epoch}/{event.epochs}"
            self._task = self._bars.add_task(name, rest="", total=event.batches)
        self._bars.update(self._task, completed=event.batch, rest=in_words(event))

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()


class _Lines:
    """Events that a writer gets: those at the end of an epoch, and others at most so often."""

    def __init__(self, write: Callable[[EpochEvent], None], pause: float) -> None:
        self._write, self._pause = write, pause
        self._written = float("-inf")

    def __call__(self, event: EpochEvent) -> None:
        now = time.monotonic()
        if event.is_last_of_epoch or now - self._written >= self._pause:
            self._write(event)
            self._written = now

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass


def _line(event: EpochEvent) -> None:
    sys.stderr.write(f"{event.run}: epoch {event.epoch} of {event.epochs}, {in_words(event)}\n")
    sys.stderr.flush()


def _json(event: EpochEvent) -> None:
    sys.stdout.write(f"{json.dumps(attrs.asdict(event))}\n")
    sys.stdout.flush()


_KINDS: dict[str, Callable[[], Any]] = {
    "rich": _Bars,
    "json": lambda: _Lines(_json, PAUSE),
    "lines": lambda: _Lines(_line, float("inf")),
    "none": lambda: _Lines(lambda event: None, float("inf")),
}

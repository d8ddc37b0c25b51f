"""Show events: on a terminal, to a program, in a log."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any, Literal, Protocol, Self

import attrs

from poise.errors import Fault, FaultsError
from poise.messages import argument_path, counted, short_repr, suggestion
from poise_workflows.progress.events import Event

Kind = Literal["auto", "rich", "json", "lines", "none"]

PAUSE = 0.5
"""Seconds between two JSON lines, at least. The last one is always written."""

LOG_PAUSE = 30.0
"""Seconds between two lines of a log, at least."""


class ProgressError(FaultsError, ValueError):
    """There is no such way to show progress."""


class Shown(Protocol):
    """Shows events; a context manager, so that a terminal is left in order."""

    def __call__(self, event: Event) -> None: ...
    def note(self, source: str, text: str) -> None:
        """Tell what the user should know of a source before it is predicted."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...


def shown(kind: str) -> Shown:
    """Show progress.

    Args:
        kind: ``"rich"``: a bar on standard error. ``"json"``: a JSON object a line on standard
            output. ``"lines"``: a line every half minute on standard error. ``"none"``.
            ``"auto"``: a bar on a terminal, and lines elsewhere.

    Raises:
        ProgressError: there is no such kind.
    """
    if kind == "auto":
        kind = "rich" if sys.stderr.isatty() else "lines"
    if kind not in _KINDS:
        what = f"must be a kind of progress, got {short_repr(kind)}"
        fix = suggestion(kind, [*_KINDS, "auto"])
        raise ProgressError([Fault(f"{what}; {fix}", argument_path("progress"))])
    show: Shown = _KINDS[kind]()
    return show


class Throttled:
    """Writes an event unless the one before was written a moment ago; the last one always.

    Args:
        write: writes a line.
        pause: seconds between two lines, at least.
        clock: seconds, from any moment.
        note: writes a note; by default nothing is written.
    """

    def __init__(
        self,
        write: Callable[[Event], None],
        pause: float,
        clock: Callable[[], float] = time.monotonic,
        note: Callable[[str, str], None] = lambda source, text: None,
    ) -> None:
        self._write, self._pause, self._clock = write, pause, clock
        self.note = note
        self._written = float("-inf")
        self._waiting: Event | None = None

    def __call__(self, event: Event) -> None:
        now, is_last = self._clock(), event.n_processed >= event.n_total
        self._waiting = event
        if is_last or now - self._written >= self._pause:
            self._write(event)
            self._written, self._waiting = now, None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._waiting is not None:
            self._write(self._waiting)
            self._waiting = None


class _Bar:
    """A bar of rich, with frames a second and the time that is left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()
        self._bar = Progress(
            *columns, TextColumn("{task.fields[rest]}"), console=Console(stderr=True)
        )
        self._tasks: dict[str, Any] = {}

    def __call__(self, event: Event) -> None:
        if event.source not in self._tasks:
            self._tasks[event.source] = self._bar.add_task(event.source, rest="", total=None)
        self._bar.update(
            self._tasks[event.source],
            completed=event.n_processed,
            total=event.n_total,
            rest=_rest(event),
        )

    def note(self, source: str, text: str) -> None:
        from rich.text import Text

        self._bar.console.print(Text(f"{source}: {text}"), soft_wrap=True)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()


def _rest(event: Event) -> str:
    left = "" if event.eta is None else f", {event.eta:.0f} s left"
    return f"{event.rate:.1f} frames/s{left}"


def _json(event: Event) -> None:
    sys.stdout.write(f"{json.dumps(attrs.asdict(event))}\n")
    sys.stdout.flush()


def _json_note(source: str, text: str) -> None:
    sys.stdout.write(f"{json.dumps({'source': source, 'note': text})}\n")
    sys.stdout.flush()


def _line(event: Event) -> None:
    done = f"{event.n_processed} of {counted(event.n_total, 'frame')}"
    sys.stderr.write(f"{event.source}: {done}, {_rest(event)}\n")
    sys.stderr.flush()


def _line_note(source: str, text: str) -> None:
    sys.stderr.write(f"{source}: {text}\n")
    sys.stderr.flush()


_KINDS: dict[str, Callable[[], Any]] = {
    "rich": _Bar,
    "json": lambda: Throttled(_json, PAUSE, note=_json_note),
    "lines": lambda: Throttled(_line, LOG_PAUSE, note=_line_note),
    "none": lambda: Throttled(lambda event: None, PAUSE),
}

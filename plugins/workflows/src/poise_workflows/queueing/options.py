"""The options of ``poise predict`` that are about its queue, not about a video."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import click

from poise.errors import Fault
from poise.messages import argument, argument_path, short_repr

PROCESSES = "processes"
RETRIES = 3

DEFAULTS: Mapping[str, Any] = {
    "jobs": None,
    "engine": PROCESSES,
    "engine_options": None,
    "scheduler": None,
    "devices": "auto",
    "recursive": False,
    "retries": RETRIES,
}

Jobs = int | Literal["auto"]


class Queued(NamedTuple):
    """How a queue is run.

    Attributes:
        jobs: how many workers; ``"auto"`` for as many as suit the machines, 0 for a plan alone.
        engine: what runs them.
        engine_options: its options, by name.
        devices: what workers on this machine predict on.
        recursive: whether folders in folders are sources, too.
        retries: attempts without a new frame after which a video is set aside.
    """

    jobs: Jobs
    engine: str
    engine_options: Mapping[str, str]
    devices: str
    recursive: bool
    retries: int


class JobsType(click.ParamType):  # type: ignore[type-arg]  # click 8.2 takes none
    """A number of workers, or ``auto``."""

    name = "jobs"

    def convert(self, value: Any, param: Any, ctx: Any) -> Jobs:
        """The number that a text means, or ``"auto"``."""
        if value == "auto" or isinstance(value, int):
            return value  # type: ignore[no-any-return]
        if not (isinstance(value, str) and value.isdecimal()):
            what = f"must be a number of workers or auto, got {short_repr(value)}"
            self.fail(what, param, ctx)
        return int(value)


def _pairs(
    context: click.Context, option: click.Parameter, texts: tuple[str, ...]
) -> dict[str, str] | None:
    """``NAME=VALUE``, each."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or name in pairs:
            what = f"must be NAME=VALUE, each name once, got {short_repr(text)}"
            raise click.BadParameter(what, context, option)
        pairs[name] = value
    return pairs or None


_OPTIONS = (
    click.option(
        "--jobs",
        type=JobsType(),
        metavar="N|auto",
        help="Predict many videos as a queue, by so many workers; 0 only plans it.",
    ),
    click.option(
        "--recursive", is_flag=True, help="Of a queue: take the videos of folders in folders, too."
    ),
    click.option(
        "--devices",
        default="auto",
        show_default=True,
        metavar="auto|cpu|gpu:N,gpu:M",
        help="Of a queue: what the workers of this machine predict on, a GPU each.",
    ),
    click.option(
        "--retries",
        default=RETRIES,
        show_default=True,
        type=click.IntRange(min=1),
        help="Of a queue: attempts without a new frame after which a video is set aside.",
    ),
    click.option(
        "--engine",
        default=PROCESSES,
        show_default=True,
        metavar="NAME",
        help="Of a queue: what runs the workers; `poise list` has all.",
    ),
    click.option(
        "--engine-option",
        "engine_options",
        multiple=True,
        callback=_pairs,
        metavar="NAME=VALUE",
        help="Of the engine.",
    ),
    click.option(
        "--scheduler", metavar="ADDRESS", help="Of an engine that has one: where it listens."
    ),
)


def queue_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a queue, in this order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def taken(options: dict[str, Any], faults: list[Fault]) -> Queued | None:
    """Take the options of a queue out of those of ``predict``.

    Args:
        options: all options; those of a queue are removed.
        faults: gets what is wrong.

    Returns:
        How the queue is run; ``None`` if no queue is asked for.
    """
    own = {name: options.pop(name, default) for name, default in DEFAULTS.items()}
    if own["jobs"] is None:
        fix = f"pass {argument('jobs', value='1')}, too"
        faults += [
            Fault(f"must be left out without a queue, got {short_repr(own[name])}; {fix}", path)
            for name, default in DEFAULTS.items()
            if own[name] != default
            for path in [argument_path(name)]
        ]
        return None
    faults += _faults(own)
    of_engine = dict(own["engine_options"] or {})
    if own["scheduler"] is not None:
        of_engine["scheduler"] = own["scheduler"]
    names = ("jobs", "engine", "devices", "recursive", "retries")
    return Queued(engine_options=of_engine, **{name: own[name] for name in names})


def _faults(own: Mapping[str, Any]) -> list[Fault]:
    """What click would have said of the options of a call in Python."""
    faults = []
    for name, least in (("jobs", 0), ("retries", 1)):
        value = own[name]
        is_number = isinstance(value, int) and not isinstance(value, bool) and value >= least
        if not (is_number or (name == "jobs" and value == "auto")):
            also = " or 'auto'" if name == "jobs" else ""
            what = f"must be a whole number from {least}{also}, got {short_repr(value)}"
            faults.append(Fault(what, argument_path(name)))
    return faults


def faults_of_queue(options: Mapping[str, Any], output: Any) -> list[Fault]:
    """Which options of ``predict`` a queue has no use for, or needs.

    Args:
        options: those that are not about the queue.
        output: the folder of the results.
    """
    without = "must be left out for a queue, got it"
    of_list = "a list has a column of this name for each video"
    fixes = {
        "overwrite": f"{argument('renew', value='True')} predicts anew what differs",
        "merge": of_list,
        "render": of_list,
        "continue_tracks": "predict each recording with one call, file after file",
        "open_in_gui": "open the results that you need",
    }
    faults = [
        Fault(f"{without}; {fix}", argument_path(name))
        for name, fix in fixes.items()
        if options.get(name)
    ]
    if options.get("device", "auto") != "auto":
        what = f"must be left out for a queue, got {options['device']}"
        fix = f"{argument('devices', value=repr('cpu'))} is for all workers"
        faults.append(Fault(f"{what}; {fix}", argument_path("device")))
    if output is None or Path(output).is_file() or Path(output).suffix == ".slp":
        got = "none" if output is None else f"the file {output}"
        faults.append(Fault(f"must be a folder for results, got {got}", argument_path("output")))
    return faults

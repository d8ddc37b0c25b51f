"""The engine that the user names, and how it is run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from poise import registry
from poise.errors import Fault
from poise.messages import argument_path, suggestion
from poise_workflows.queueing.cards import cards_of
from poise_workflows.queueing.contract import EngineSpec, Work
from poise_workflows.queueing.errors import QueueError
from poise_workflows.queueing.options import Queued


def faults_of_engine(queued: Queued) -> Iterator[Fault]:
    """What is wrong with the engine, its options and the devices."""
    installed = registry.default().plugins_of("engine")
    if queued.engine not in installed:
        hint = suggestion(queued.engine, installed, noun="installed")
        what = f"must be an engine, got {queued.engine!r}; {hint}"
        yield Fault(what, argument_path("engine"))
    else:
        options = engine_of(queued).options
        for name in queued.engine_options:
            if name not in options:
                hint = suggestion(name, options, noun="its options")
                what = f"must be an option of the engine {queued.engine}, got {name!r}; {hint}"
                path = "scheduler" if name == "scheduler" else "engine_options"
                yield Fault(what, argument_path(path))
    try:
        cards_of(queued.devices)
    except QueueError as error:
        yield from error.faults


def engine_of(queued: Queued) -> EngineSpec:
    """The engine.

    Raises:
        PluginError: its plugin is broken; the message names cause and fix.
    """
    spec: EngineSpec = registry.default().plugins_of("engine")[queued.engine]
    return spec


def work_of(
    queued: Queued,
    folder: Path,
    left: Callable[[], int],
    headway: Callable[[], int],
    tell: Callable[[str], None],
) -> Work:
    """What the engine gets.

    Args:
        queued: how the queue is run.
        folder: of the results.
        left: how many videos are left.
        headway: changes when workers get on.
        tell: tells the user a sentence.
    """
    place = folder.absolute()
    device = ("--device", "cpu") if queued.devices == "cpu" else ()
    words = ("-m", "poise", "work", str(place), "--progress", "lines", *device)
    return Work(
        folder=place,
        command=(sys.executable, *words),
        jobs=None if queued.jobs == "auto" else queued.jobs,
        devices=queued.devices,
        options=queued.engine_options,
        left=left,
        tell=tell,
        headway=headway,
    )

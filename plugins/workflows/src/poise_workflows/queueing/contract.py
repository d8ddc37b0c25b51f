"""What an engine is: the contract of the entry-point group ``poise.engines``.

An engine runs workers, which predict the videos of a queue. A worker is a process, ``poise work
OUTFOLDER``, on any machine that sees the folder: it takes a video, predicts it, takes the next
one, and ends when none is left. The queue knows neither the engine nor how many workers there
are. A plugin returns one ``EngineSpec`` for each of its entry points from the hook
``poise_engines``; the engines of Poise enter by the same door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from poise.errors import FaultsError

API = 1
"""Version of this contract."""

DONE, ASIDE, REFUSED, UNFINISHED = range(4)
"""Exit statuses of a worker: every video is done; the others are set aside; it cannot work at
all, and another worker could not, either; videos are left, and its time is up."""


class EngineError(FaultsError, ValueError):
    """An engine cannot run workers: a scheduler that does not answer, an option that is wrong.

    The path of each fault is the name of the argument or option.
    """


@attrs.frozen(kw_only=True, eq=False)
class Work:
    """A queue of videos, and what an engine needs to run workers for it.

    Attributes:
        folder: the folder of the results, in which the queue is. It is absolute.
        command: the command line of a worker on this machine: ``(python, "-m", "poise",
            "work", FOLDER, …)``. It reads no standard input, ends at SIGTERM within a batch of
            frames, gives its video back, and has one of the exit statuses ``DONE``, ``ASIDE``,
            ``REFUSED`` or ``UNFINISHED``; any other one means that it was ended. Its messages
            are on standard error.
        jobs: how many workers run at once, at most; ``None`` for as many as suit the machines.
        devices: what workers on this machine predict on: ``"auto"``, ``"cpu"``, or GPUs as
            ``"gpu:0,gpu:2"``. An engine whose workers are elsewhere leaves that to them.
        options: the options of this engine that the user gave, by name.
        left: how many videos are neither done nor set aside, as of a second ago.
        tell: shows the user a sentence.
        headway: a number that has changed if workers got on since it was asked for before: a
            worker that was ended meanwhile has not been started in vain.
    """

    folder: Path
    command: tuple[str, ...]
    jobs: int | None
    devices: str
    options: Mapping[str, str]
    left: Callable[[], int]
    tell: Callable[[str], None]
    headway: Callable[[], int] = lambda: 0


@attrs.frozen(kw_only=True)
class EngineSpec:
    """An engine: a function that runs workers.

    Attributes:
        key: its name on the command line, as in ``--engine KEY``; equal to the name of its entry
            point.
        run: ``run(work)`` runs workers until no video is left, or until they can do no more, and
            returns when all of them have ended. It starts a worker anew that was ended, as often
            as is sensible. A ``KeyboardInterrupt``, which Ctrl-C and SIGTERM raise, ends all
            workers by SIGTERM or what is like it, waits for them, and passes. What became of the
            videos, Poise reads from the queue. It raises ``EngineError`` if it cannot run
            workers.
        options: name → what it means, one line, of each option of ``--engine-option
            NAME=VALUE``. Poise refuses all others. ``scheduler`` is also ``--scheduler``.
        examples: options that the conformance suite runs it with, by name.
        summary: one line for listings: where the workers run.
        api: version of the contract that the spec was written for.
    """

    key: str
    run: Callable[[Work], None]
    options: Mapping[str, str] = attrs.field(factory=dict)
    examples: Mapping[str, str] = attrs.field(factory=dict)
    summary: str = ""
    api: int = API

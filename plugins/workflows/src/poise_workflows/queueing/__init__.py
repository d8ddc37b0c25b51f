"""A queue of videos in a folder, which any number of processes on any machine can work on.

It needs no server, no lock and no clock that two machines agree on. Its state is the place and the
name of small files, which a person can read::

    OUTFOLDER/poise-queue/
        plan.json                                        what each number stands for; not ours
        waiting/entries.json                             every number of the queue
        waiting/00012.tries0.frames0.move0               nobody works on it
        claimed/00012.tries0.frames0.move1@gpu01-4242-…  a worker does
        done/00012.tries0.frames900.move9                its result is whole
        aside/00012.tries3.frames250.move9               Poise gave it up
        reasons/00012.tries2.frames250.move8@gpu01-….txt why that attempt failed
        workers/gpu01-4242-….json                        who works, on what, and a counter

``move`` rises with each rename of an entry and never falls. Three rules follow from it:

- **Only one of two wins.** Each step is one rename, whose source name nobody will ever use again.
  The second of two, or a request that a network sends twice, gets an error and changes nothing.
- **A worker renews its claim by a rename** every ``Rhythm.beat`` seconds. So no worker loses a
  claim within ``Rhythm.patience`` seconds after it renewed it, however late machines see what
  others did: who takes it over has watched that very name for so long.
- **A worker asks by a rename whether it still holds its claim.** What a machine remembers of a
  folder may be old; what a rename answers is not.

Modules, from the ground up: ``clocks``, ``disks`` (all access to files), ``names`` (of entries),
``owners`` (who works), ``queue_folders`` (places, and moves between them), ``watching`` (whose
owner is dead), ``holding`` (``Claim``), ``claiming`` (``Queue``), ``states`` (what a user sees).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poise_workflows.queueing.contract import EngineError as EngineError
    from poise_workflows.queueing.contract import EngineSpec as EngineSpec
    from poise_workflows.queueing.contract import Work as Work

_HOMES = {"EngineError": "contract", "EngineSpec": "contract", "Work": "contract"}
"""Public name → its module, which is imported on first use."""

__all__ = ["EngineError", "EngineSpec", "Work"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOMES)

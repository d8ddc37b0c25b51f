"""The engines of Poise, by the door of every other plugin: the hook ``poise_engines``."""

from __future__ import annotations

from poise.hookspecs import hookimpl
from poise_workflows.queueing.contract import EngineSpec, Work
from poise_workflows.queueing.dask_engine import SPEC as DASK


def _run_processes(work: Work) -> None:
    from poise_workflows.queueing.processes import run

    run(work)


@hookimpl
def poise_engines() -> list[EngineSpec]:
    """The specs of all engines of Poise."""
    return [
        EngineSpec(
            key="processes",
            run=_run_processes,
            summary="Processes on this machine, one for each GPU or some cores",
        ),
        DASK,
    ]

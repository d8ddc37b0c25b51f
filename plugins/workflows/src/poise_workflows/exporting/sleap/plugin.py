"""The exporter ``sleap``, by the door of every other plugin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from poise import Reading
from poise.errors import Fault
from poise_workflows.exporting.contract import Array, ExporterSpec, Subject


def spec() -> ExporterSpec:
    """The spec of the exporter."""
    return ExporterSpec(
        key="sleap",
        summary="A run folder that SLEAP 1.4 opens",
        write=_write,
        run=_run,
        check=_check,
        takes_points=False,
        takes_shapes=False,
    )


def _write(subject: Subject, place: Path) -> Mapping[str, Any]:
    from poise_workflows.exporting.sleap.folders import write_sleap_folder  # needs Keras

    return {"notes": list(write_sleap_folder(subject.model, place))}


def _run(place: Path, images: Array) -> Mapping[str, Array]:
    from poise_workflows.exporting.sleap.running import run_folder

    return run_folder(place, images)


def _check(readings: tuple[Reading, ...]) -> Iterable[Fault]:
    from poise_workflows.exporting.sleap.refusals import faults_of

    return [fault for reading in readings for fault in faults_of(reading.config)]

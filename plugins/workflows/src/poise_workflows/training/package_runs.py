"""Train the models of SLEAP's training job package, one after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from poise.editions import Edition
from poise_workflows.training.jobs import read_job
from poise_workflows.training.options import options_of
from poise_workflows.training.packages import read_package, unpacked_package
from poise_workflows.training.results import Run
from poise_workflows.training.running import train_job


def train_package(
    package: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    *,
    values: Mapping[str, Any] | None = None,
    edition: Edition | None = None,
    progress: str = "none",
    overwrite: bool = False,
    renew: bool = False,
    **options: Any,
) -> list[Run]:
    """Train every model of SLEAP's training job package, in its order.

    Of top-down models both stages are trained on one split. No script of the package is run. The
    same call again goes on where a process was stopped.

    Args:
        package: the folder, or a zip of it, which is unpacked.
        output: where the runs go, and what a zip is unpacked into; by default the folder of the
            package, or a folder beside the zip that has its name.
        values: as of ``train``, of every job.
        edition: as of ``train``, of every job.
        progress: as of ``train``.
        overwrite: as of ``train``.
        renew: as of ``train``.
        options: as of ``train``.

    Returns:
        What became of each model.

    Raises:
        ConfigError: a file of the package has faults, or the archive must not be unpacked.
        TrainingError: the package has no model, or names what is not in it.
        Exception: as of ``train``.
    """
    place = None if output is None else Path(output)
    running: dict[str, Any] = {"progress": progress, "overwrite": overwrite, "renew": renew}
    return list(runs_of(Path(package), place, values or {}, edition, options, **running))


def runs_of(
    package: Path,
    place: Path | None,
    values: Mapping[str, Any],
    edition: Edition | None,
    options: dict[str, Any],
    *,
    note: Callable[[str], object] = lambda text: None,
    **running: Any,
) -> Iterator[Run]:
    """Train the models, each when it is asked for.

    Args:
        package: the folder or the zip.
        place: where the runs go.
        values: of every job.
        edition: of every job.
        options: of ``train``.
        note: gets what is not done, a sentence each.
        running: further arguments of ``train_job``.
    """
    checked = options_of(options)
    folder = unpacked_package(package, place)
    listed = read_package(folder)
    for text in listed.notes:
        note(text)
    jobs = [(job, read_job(job.config, values, edition)) for job in listed.jobs]
    for job, reading in jobs:
        run = (folder if place is None else place) / job.run
        yield train_job(reading, job.labels, run, checked, **running)

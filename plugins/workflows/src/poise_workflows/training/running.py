"""Begin a run, go on with one, and end it: what ``train`` and ``resume`` do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import described
from poise.reading import Reading, read
from poise_workflows.evaluation.errors import EvaluationError
from poise_workflows.exporting.sleap.runs import write_best_model
from poise_workflows.journal import claims
from poise_workflows.prediction.devices import Device
from poise_workflows.training.asked import as_asked, refuse_other_labels
from poise_workflows.training.beginning import place_for
from poise_workflows.training.devices import on_devices
from poise_workflows.training.errors import RunError
from poise_workflows.training.evaluating import evaluate_run, metrics_of
from poise_workflows.training.memory import Tell, untold
from poise_workflows.training.named_labels import with_named_labels
from poise_workflows.training.options import Options, maps_of
from poise_workflows.training.pages import write_last
from poise_workflows.training.pictures import fits, kept_images
from poise_workflows.training.plans import Plan, plan_of
from poise_workflows.training.requests import Request, refuse_missing, request_of
from poise_workflows.training.results import Run
from poise_workflows.training.run_folders import (
    FAILED,
    FINISHED,
    INTERRUPTED,
    RUNNING,
    RunFolder,
    Status,
    goes_on,
    is_run,
    refuse_a_second_process,
    refuse_others,
)
from poise_workflows.training.sleap_files import write_before
from poise_workflows.training.summaries import facts_of, videos_of


def resume_run(
    run: Path,
    told: Mapping[str, Any],
    *,
    callbacks: Sequence[Any] = (),
    progress: str = "none",
    tell: Tell = untold,
) -> Run:
    """What ``resume`` does.

    Args:
        run: the folder.
        told: options that may be other ones than before.
        callbacks: as of ``train``.
        progress: as of ``train``.
        tell: gets what will be trained, and on what, before the first epoch.
    """
    folder = RunFolder(run)
    if not is_run(folder.path):
        what = f"must be the folder of a run, got {folder.path}"
        raise RunError([Fault(f"{what}; begin one with poise train", str(folder.path))])
    request = folder.request()
    labels, options = as_asked(request, maps_of(told.get("map")))
    options = attrs.evolve(options, **{**told, "map": options.map})
    return _go_on(folder, labels, options, request, callbacks, progress, tell=tell)


def train_job(
    reading: Reading,
    labels: Path | None,
    run: Path,
    options: Options,
    *,
    callbacks: Sequence[Any] = (),
    progress: str = "none",
    overwrite: bool = False,
    renew: bool = False,
    tell: Tell = untold,
) -> Run:
    """What ``train`` does, with a job that is read already.

    Args:
        reading: the job.
        labels: the file of labels; ``None`` for the one that the job names.
        run: the folder of the run.
        options: how it runs.
        callbacks: as of ``train``.
        progress: as of ``train``.
        overwrite: as of ``train``.
        renew: as of ``train``.
        tell: gets what will be trained, and on what, before the first epoch.
    """
    reading, labels, options = with_named_labels(reading, labels, options)
    request = request_of(reading, labels, options)
    is_anew = overwrite or (renew and not goes_on(run, request))
    folder = None if is_anew else refuse_others(run, request)
    if folder is not None:
        return _go_on(folder, labels, options, request, callbacks, progress, tell=tell)
    plan = plan_of(reading, labels, options)
    with (
        on_devices(options.device, options.devices) as device,
        place_for(run, is_taken=is_anew) as place,
    ):
        if place.aside is not None:
            plan = _with_note(plan, f"{run} was there, and is {place.aside} now")
        folder = place.create(
            config=plan.config(),
            request=request,
            split={**videos_of(plan), "frames": plan.sets.split.to_json()},
            report=facts_of(plan),
            status=Status(
                state=RUNNING,
                epochs_done=0,
                epochs=reading.sections.optimization.epochs,
                process=claims.own().to_json(),
            ),
            write_more=(
                (lambda draft: write_before(draft, reading, plan, run))
                if options.sleap_files
                else None
            ),
        )
        keeper = _fit(folder, plan, callbacks, progress, device, tell)
    return _finished(folder, plan, keeper)


def _with_note(plan: Plan, note: str) -> Plan:
    return attrs.evolve(plan, sets=attrs.evolve(plan.sets, notes=(*plan.sets.notes, note)))


def _go_on(
    folder: RunFolder,
    labels: Path,
    options: Options,
    request: Request,
    callbacks: Sequence[Any],
    progress: str,
    tell: Tell = untold,
) -> Run:
    status = folder.status()
    if status.state == FINISHED:
        return _result(folder, status, was_finished=True)
    refuse_a_second_process(folder)
    refuse_missing(labels, options)
    refuse_other_labels(request, labels, options)
    plan = plan_of(read(folder.config), labels, options, folder.split())
    with on_devices(options.device, options.devices) as device:
        keeper = _fit(folder, plan, callbacks, progress, device, tell)
    return _finished(folder, plan, keeper)


def _fit(
    folder: RunFolder,
    plan: Plan,
    callbacks: Sequence[Any],
    progress: str,
    device: Device,
    tell: Tell,
) -> Any:
    from poise_workflows.training.fitting import fit

    options = plan.options
    keeps = options.cache == "memory" or (options.cache == "auto" and fits(plan.videos))
    with (
        _status_on_failure(folder),
        kept_images(folder.path, is_needed=not keeps) as images,
    ):
        return fit(folder, plan, images, callbacks, progress, device, tell)


def _finished(folder: RunFolder, plan: Plan, keeper: Any) -> Run:
    with _status_on_failure(folder):
        notes = evaluate_run(folder, plan)
        if folder.has_sleap_files:
            notes += write_best_model(folder.path)
        if notes:
            facts = folder.report()
            folder.write("report.json", {**facts, "notes": [*facts["notes"], *notes]})
        status = keeper.status(FINISHED, keeper.state.ended or "every epoch is done")
        folder.write_status(status)
        write_last(folder)
    return _result(folder, status, was_finished=False)


@contextmanager
def _status_on_failure(folder: RunFolder) -> Iterator[None]:
    """Say in the folder who trains, and why a run stopped; a killed process cannot do that."""
    running = attrs.evolve(
        folder.status(), state=RUNNING, reason="", process=claims.own().to_json()
    )
    folder.write_status(running)
    try:
        yield
    except BaseException as error:
        is_asked = isinstance(error, KeyboardInterrupt)
        with suppress(OSError, RunError):  # a full disk is why it stopped
            status = attrs.evolve(
                folder.status(),
                state=INTERRUPTED if is_asked else FAILED,
                reason="interrupted" if is_asked else described(error),
                process={},
            )
            folder.write_status(status)
            write_last(folder)
        raise


def _result(folder: RunFolder, status: Status, *, was_finished: bool) -> Run:
    return Run(
        folder=folder.path,
        epochs=status.epochs_done,
        best_epoch=status.best_epoch,
        best_loss=status.best_loss,
        reason=status.reason,
        was_finished=was_finished,
        notes=tuple(folder.report()["notes"]),
        metrics=_metrics(folder),
    )


def _metrics(folder: RunFolder) -> dict[str, Any]:
    try:
        return metrics_of(folder.path)
    except EvaluationError:  # of a run that is finished, whatever became of this file
        return {}

"""``train``: from a job and labels to the folder of a run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs

from poise.editions import Edition
from poise.errors import Fault
from poise.messages import described
from poise.reading import Reading, read
from poise_workflows.examples.splitting import By
from poise_workflows.journal import claims
from poise_workflows.pipelines.networks import FLOAT32
from poise_workflows.prediction.devices import Device
from poise_workflows.training.asked import as_asked, refuse_other_labels
from poise_workflows.training.beginning import place_for
from poise_workflows.training.devices import on_devices
from poise_workflows.training.errors import RunError
from poise_workflows.training.jobs import read_job
from poise_workflows.training.memory import Tell, untold
from poise_workflows.training.named_labels import with_named_labels
from poise_workflows.training.options import Options, options_of
from poise_workflows.training.pictures import fits, kept_images
from poise_workflows.training.plans import Plan, plan_of
from poise_workflows.training.requests import Request, refuse_missing, request_of
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
from poise_workflows.training.sleap_files import write_after, write_before
from poise_workflows.training.summaries import facts_of, videos_of


@attrs.frozen(kw_only=True)
class Run:
    """A training that ended.

    Attributes:
        folder: of the run; ``poise.read`` of it, and ``predict``, take the best weights.
        epochs: how many were trained, by all processes together.
        best_epoch: the one whose weights are the best, counted from 1.
        best_loss: its validation loss.
        reason: why no further epoch followed.
        was_finished: whether an earlier process finished it, and this one did nothing.
        notes: what people should know of data, network and device, a sentence each.
    """

    folder: Path
    epochs: int
    best_epoch: int
    best_loss: float | None
    reason: str
    was_finished: bool
    notes: tuple[str, ...]


def train(
    config: str | os.PathLike[str],
    labels: str | os.PathLike[str] | None,
    run: str | os.PathLike[str],
    *,
    validation: str | os.PathLike[str] | float | None = None,
    test: str | os.PathLike[str] | None = None,
    video_paths: Sequence[str | os.PathLike[str]] | None = None,
    split: By = "frame",
    seed: int = 0,
    values: Mapping[str, Any] | None = None,
    edition: Edition | None = None,
    start: str | os.PathLike[str] | None = None,
    device: str = "auto",
    devices: int = 1,
    precision: str = FLOAT32,
    clip_norm: float | None = None,
    cache: str = "auto",
    tensorboard: bool = False,
    sleap_files: bool = False,
    overwrite: bool = False,
    renew: bool = False,
    callbacks: Sequence[Any] = (),
    progress: str = "auto",
) -> Run:
    """Train a model on labels.

    The same call again goes on where a process was stopped, after the last whole epoch, and to
    the same weights: on a CPU with TensorFlow bit for bit. A finished run is left alone.

    Args:
        config: a SLEAP job file or profile, a job in YAML, a configuration, or the name of one of
            Poise's profiles.
        labels: a ``.slp`` file of SLEAP, or labels of another program that sleap-io reads;
            ``None`` for the file that the job names.
        run: the folder of the run. It must not exist, be empty, or be the folder of this run.
        validation: a file of labels, or the part of the labels that validates, between 0 and 1;
            ``None`` for what the job says.
        test: a file of labels that nothing is chosen by.
        video_paths: folders where videos are looked for by their names, if they are not where
            the labels say.
        split: how the part that validates is drawn: ``"frame"``, ``"video"`` or ``"block"``.
        seed: decides every draw.
        values: dotted path in the job → value, as ``{"optimization.epochs": 50}``.
        edition: ``"sleap-1.4"`` or ``"2026"``, instead of the one that the job means.
        start: a model whose weights it begins with, wherever layer and shape agree.
        device: ``"auto"``, ``"cpu"`` or ``"gpu:N"``.
        devices: over how many devices each batch is split.
        precision: what the network computes in; weights stay float32.
        clip_norm: the largest norm of a gradient.
        cache: where images are kept: ``"auto"``, ``"memory"`` or ``"disk"``.
        tensorboard: whether logs for TensorBoard are written, too.
        sleap_files: whether the folder of the run has SLEAP's files, too.
        overwrite: keep what is in the folder under a numbered name, and train anew.
        renew: as ``overwrite``, but only where what is there is not this run.
        callbacks: Keras callbacks, which are called before a run is saved. Poise does not keep
            what they count.
        progress: ``"rich"``, ``"json"``, ``"lines"``, ``"none"`` or ``"auto"``.

    Returns:
        What became of it.

    Raises:
        OSError: a file does not exist, or the disk is full. What is trained is kept.
        ConfigError: the job has faults.
        BuildError: no such network can be built.
        LabelsError: there is nothing to learn.
        TrainingError: options, labels and job do not go together. Nothing was written.
        RunError: the folder has something else, or another process trains there.
        DivergedError: the loss became NaN or infinite.
        MemoryUsedUpError: the device has no memory for a batch.
    """
    options = options_of(
        {
            "validation": validation,
            "test": test,
            "video_paths": tuple(video_paths or ()),
            "split": split,
            "seed": seed,
            "start": start,
            "device": device,
            "devices": devices,
            "precision": precision,
            "clip_norm": clip_norm,
            "cache": cache,
            "tensorboard": tensorboard,
            "sleap_files": sleap_files,
        }
    )
    reading = read_job(os.fspath(config), values, edition)
    return train_job(
        reading,
        None if labels is None else Path(labels),
        Path(run),
        options,
        callbacks=callbacks,
        progress=progress,
        overwrite=overwrite,
        renew=renew,
    )


def resume(
    run: str | os.PathLike[str],
    *,
    callbacks: Sequence[Any] = (),
    progress: str = "none",
    device: str = "auto",
    cache: str = "auto",
    tensorboard: bool = False,
    tell: Tell = untold,
) -> Run:
    """Go on with a run, by its folder alone.

    Args:
        run: the folder.
        callbacks: as of ``train``, and so are the next four.
        progress: how progress is shown.
        device: what trains.
        cache: where images are kept.
        tensorboard: whether logs for TensorBoard are written.
        tell: gets what will be trained, and on what, before the first epoch.

    Raises:
        RunError: it is no folder of a run, its labels are gone or other ones, or another process
            trains there.
    """
    folder = RunFolder(Path(run))
    if not is_run(folder.path):
        what = f"must be the folder of a run, got {folder.path}"
        raise RunError([Fault(f"{what}; begin one with poise train", str(folder.path))])
    request = folder.request()
    labels, options = as_asked(request)
    options = attrs.evolve(options, device=device, cache=cache, tensorboard=tensorboard)
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
        if folder.has_sleap_files:
            notes = write_after(folder.path, plan)
            facts = folder.report()
            folder.write("report.json", {**facts, "notes": [*facts["notes"], *notes]})
        status = keeper.status(FINISHED, keeper.state.ended or "every epoch is done")
        folder.write_status(status)
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
    )

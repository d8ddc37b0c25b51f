"""``train``: from a job and labels to the folder of a run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from poise.editions import Edition
from poise_workflows.examples.splitting import By
from poise_workflows.frames.path_maps import Maps
from poise_workflows.pipelines.networks import FLOAT32
from poise_workflows.training.jobs import read_job
from poise_workflows.training.options import options_of
from poise_workflows.training.results import Run
from poise_workflows.training.running import resume_run, train_job


def train(
    config: str | os.PathLike[str],
    labels: str | os.PathLike[str] | None,
    run: str | os.PathLike[str],
    *,
    validation: str | os.PathLike[str] | float | None = None,
    test: str | os.PathLike[str] | None = None,
    video_paths: Sequence[str | os.PathLike[str]] | None = None,
    map: Maps | None = None,  # noqa: A002  # the option's name
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
        map: path on another machine → path here, as ``{"/mnt/lab": "/data/lab"}``, for paths that
            the labels, the job or a run name and that begin so.
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
            "map": map,
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
    map: Maps | None = None,  # noqa: A002  # the option's name
    device: str = "auto",
    cache: str = "auto",
    tensorboard: bool = False,
    callbacks: Sequence[Any] = (),
    progress: str = "auto",
) -> Run:
    """Go on with a run, by its folder alone.

    Args:
        run: the folder.
        map: as of ``train``, also for the labels that the run names, and so are the others.
        device: what trains.
        cache: where images are kept.
        tensorboard: whether logs for TensorBoard are written.
        callbacks: Keras callbacks.
        progress: how progress is shown.

    Returns:
        What became of it.

    Raises:
        RunError: it is no folder of a run, its labels are gone or other ones, or another process
            trains there.
    """
    told = {"map": map, "device": device, "cache": cache, "tensorboard": tensorboard}
    return resume_run(Path(run), told, callbacks=callbacks, progress=progress)

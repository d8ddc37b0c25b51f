"""From a command line of ``sleap-train`` to that of ``poise train`` which stands for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from glob import escape
from pathlib import Path
from typing import Any

import attrs

from poise.job.sections import OutputsConfig
from poise.reading import Reading
from poise_workflows.sleap_commands.track_devices import device_of
from poise_workflows.training.jobs import read_job
from poise_workflows.training.listed_frames import listed_sets
from poise_workflows.training.named_labels import folders_of, with_named_labels
from poise_workflows.training.naming import STAMP_AS_GLOB, default_name, first_free, paths_of
from poise_workflows.training.options import Options
from poise_workflows.training.plans import has_identities
from poise_workflows.training.profiles.finding import find_profile
from poise_workflows.training.requests import Request, request_of
from poise_workflows.training.run_folders import is_unfinished
from poise_workflows.training.sets import read_sets

PICTURES = "Poise draws no pictures while it trains"
PROGRAM = "SLEAP's program cannot follow Poise; --progress json of poise train is for programs"
IGNORED = {
    "save_viz": PICTURES,
    "keep_viz": PICTURES,
    "zmq": PROGRAM,
    "publish_port": PROGRAM,
    "controller_port": PROGRAM,
}
"""Options → why Poise ignores them."""


@attrs.frozen(kw_only=True)
class TrainingPlan:
    """What is to be done.

    Attributes:
        command: the command line of Poise, without ``poise``.
        notes: what is ignored, a sentence each.
    """

    command: tuple[str, ...]
    notes: tuple[str, ...] = ()


def plan(options: Any) -> TrainingPlan:
    """Plan a training.

    Args:
        options: what the parser read.

    Raises:
        OSError: a file does not exist.
        ConfigError: the job has faults.
        TrainingError: files are missing or cannot be read, or do not go together.
        LabelsError: there is nothing to learn.
    """
    reading = read_job(options.training_job_path)
    device, said = device_of(options)
    notes = [*filter(None, [said]), *_ignored(options), *_of_profile(options.training_job_path)]
    labels = Path(options.labels_path) if options.labels_path else None
    chosen = _options(options, reading, notes)
    named, path, full = with_named_labels(reading, labels, chosen)
    outputs = _outputs(options, reading.sections.outputs)
    run = _run(named, outputs, path, full)
    words = ["train", options.training_job_path, *([str(labels)] if labels else []), "-o", str(run)]
    for option, value in (
        ("--val", chosen.validation),
        ("--test", chosen.test),
        ("--video-paths", ",".join(map(str, chosen.video_paths))),
        ("--from", chosen.start),
        ("--device", device if device != "auto" else ""),
    ):
        if value:
            words += [option, str(value)]
    if options.tensorboard:
        words.append("--tensorboard")
    return TrainingPlan(command=(*words, "--sleap-files", "--renew"), notes=tuple(notes))


def _options(options: Any, reading: Reading, notes: list[str]) -> Options:
    """What the options say of labels, as Poise's options."""
    files = {"validation": options.val_labels, "test": options.test_labels}
    for name in listed_sets(reading.sections.labels):
        if files.get(name):
            short = {"validation": "val", "test": "test"}[name]
            why = f"the job lists the frames in data.labels.{name}_inds"
            notes.append(f"--{short}_labels is ignored, as in SLEAP: {why}")
            files[name] = None
    folders = [Path(name) for name in options.video_paths.split(",") if name]
    notes += [
        f"--video-paths {folder} is ignored, as in SLEAP: there is no such folder"
        for folder in folders
        if not folder.is_dir()
    ]
    return Options(
        validation=_path(files["validation"]),
        test=_path(files["test"]),
        start=_path(options.base_checkpoint),
        video_paths=tuple(folder for folder in folders if folder.is_dir()),
    )


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _ignored(options: Any) -> Iterator[str]:
    for name, why in IGNORED.items():
        if getattr(options, name) not in (None, False):
            yield f"--{name} is ignored: {why}"


def _of_profile(source: str) -> Iterator[str]:
    if find_profile(source) is not None:
        yield f"{source} is Poise's profile of this name, in edition 2026"


def _outputs(options: Any, outputs: OutputsConfig) -> OutputsConfig:
    """Where the run goes: options count unless they are empty."""
    of_call = {
        "run_name": options.run_name,
        "run_name_prefix": options.prefix,
        "run_name_suffix": options.suffix,
    }
    return attrs.evolve(outputs, **{name: text for name, text in of_call.items() if text})


def _run(reading: Reading, outputs: OutputsConfig, labels: Path, options: Options) -> Path:
    """The folder of the run: that of an interrupted one, or the first that is free."""
    request = request_of(reading, labels, options)
    if outputs.run_name:
        paths = paths_of(outputs, outputs.run_name)
        return first_free(paths, lambda path: is_unfinished(path, request))
    head = str(reading.config.heads.which_oneof_attrib_name())
    frames = _frames(reading, labels, options)
    interrupted = _interrupted(outputs, default_name(escape(head), frames, STAMP_AS_GLOB), request)
    if interrupted is not None:
        return interrupted
    return first_free(paths_of(outputs, default_name(head, frames)), lambda path: False)


def _interrupted(outputs: OutputsConfig, name: str, request: Request) -> Path | None:
    """The youngest run of this request that is not finished: its name has its time."""
    ends: dict[str, Any] = {
        field: None if (text := getattr(outputs, field)) is None else escape(text)
        for field in ("run_name_prefix", "run_name_suffix")
    }
    pattern = next(paths_of(attrs.evolve(outputs, **ends), name))
    paths = sorted(pattern.parent.glob(pattern.name), reverse=True)
    return next((path for path in paths if is_unfinished(path, request)), None)


def _frames(reading: Reading, labels: Path, options: Options) -> int:
    """How many frames train and validate."""
    job = reading.sections.labels
    sets = read_sets(
        labels,
        job.validation_fraction if options.validation is None else options.validation,
        options.test,
        has_identities=partial(has_identities, reading),
        by=options.split,
        seed=options.seed,
        job=job,
        folders=folders_of(reading, options),
    )
    return len({*sets.split.train, *sets.split.validation})

"""What a job says of labels: their files, and the folders of their videos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import argument, argument_path
from poise.reading import Reading
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.jobs import sections_of, with_sections
from poise_workflows.training.listed_frames import listed_sets
from poise_workflows.training.options import Options

_SETS = {"training": "labels", "validation": "validation", "test": "test"}
"""Set → the argument that names its file."""


def with_named_labels(
    reading: Reading, labels: Path | None, options: Options
) -> tuple[Reading, Path, Options]:
    """Take from a job what the call leaves open: label files, folders, a model to begin from.

    Paths in a job are relative to the current folder, as in SLEAP, or to the folder of the job.

    Args:
        reading: the job.
        labels: the file of labels; ``None`` for the one that the job names.
        options: of the call. What they name counts, whatever the job says.

    Returns:
        The job with all that counts, the file of labels, and the options.

    Raises:
        TrainingError: the job names no labels, or files that are not there; lists all.
    """
    job = reading.sections.labels
    faults: list[Fault] = []
    files: dict[str, Path | None] = {}
    # Frames that the job lists come before a file that it names, as in SLEAP.
    listed = listed_sets(job)
    called: dict[str, Any] = {
        "training": labels,
        "validation": options.validation,
        "test": options.test,
    }
    for name in _SETS:
        text = getattr(job, f"{name}_labels")
        if called[name] is None and text and name not in listed:
            files[name] = _located(text, reading, options, name, faults)
    if labels is None and "training" not in files:
        what = "must be a file of labels, got none, and the job names none"
        faults.append(Fault(what, argument_path("labels")))
    options = _with_checkpoint(reading, options, faults)
    faults += _missing_folders(options.video_paths)
    if faults:
        raise TrainingError(faults)
    options = attrs.evolve(
        options,
        validation=files.get("validation", options.validation),
        test=files.get("test", options.test),
    )
    path = labels or files["training"]
    assert path is not None
    return _with_labels(reading, path, options, called), path, options


def folders_of(reading: Reading, options: Options) -> tuple[Path, ...]:
    """Where videos are looked for by their names: what the call says, the job, and here."""
    hints = (
        _folder(hint, reading, options)
        for hint in reading.sections.labels.search_path_hints
        if hint
    )
    return tuple(dict.fromkeys((*options.video_paths, *hints, Path())))


def _with_checkpoint(reading: Reading, options: Options, faults: list[Fault]) -> Options:
    """The options, with the model to begin from that the job names."""
    named = reading.config.base_checkpoint
    if options.start is not None or not named:
        return options
    start = _folder(named, reading, options)
    if not start.exists():
        what = f"must be a model to begin from, got {named}, which does not exist"
        fix = f"name it ({argument('start', value='folder')}), or set model.base_checkpoint=null"
        faults.append(Fault(f"{what}; {fix}", "model.base_checkpoint"))
    return attrs.evolve(options, start=start)


def _with_labels(reading: Reading, path: Path, options: Options, called: dict[str, Any]) -> Reading:
    """The job with the files and folders that count, so that a run's folder says them."""
    job = reading.sections.labels
    folders = [folder for folder in folders_of(reading, options) if folder != Path()]
    lists: dict[str, Any] = {
        f"{name}_inds": None for name in ("validation", "test") if called[name] is not None
    }
    fraction = options.validation if isinstance(options.validation, float) else None
    job = attrs.evolve(
        job,
        training_labels=str(path),
        validation_labels=_text(options.validation),
        test_labels=_text(options.test),
        validation_fraction=job.validation_fraction if fraction is None else fraction,
        search_path_hints=tuple(map(str, folders)),
        **(lists if job.split_by_inds else {}),
    )
    return with_sections(reading, {**sections_of(reading), "data.labels": job})


def _text(path: Path | float | None) -> str | None:
    return str(path) if isinstance(path, Path) else None


def _located(
    text: str, reading: Reading, options: Options, name: str, faults: list[Fault]
) -> Path | None:
    """Where a file of the job is, or a fault."""
    for candidate in _candidates(text, reading, options):
        if candidate.is_file():
            return candidate
    mapped = options.map.mapped(text)
    where = "is neither there nor beside the job"
    if mapped is not None:
        where = f"{argument_path('map')} leads to {mapped}, where nothing is"
    what = f"must be a file, got {text!r}, which {where}"
    called = "LABELS" if name == "training" else argument(_SETS[name])
    fix = f"name the file by {called}"
    faults.append(Fault(f"{what}; {fix}", f"data.labels.{name}_labels"))
    return None


def _folder(text: str, reading: Reading, options: Options) -> Path:
    """Where a folder of the job is; as it is written if it is nowhere."""
    return next((each for each in _candidates(text, reading, options) if each.exists()), Path(text))


def _candidates(text: str, reading: Reading, options: Options) -> Iterator[Path]:
    mapped = options.map.mapped(text)
    if mapped is not None:
        yield mapped
        return
    plain = Path(text) if Path(text).exists() else Path(PureWindowsPath(text).as_posix())
    yield plain
    yield reading.source.parent / plain


def _missing_folders(folders: Sequence[Path]) -> Iterator[Fault]:
    for folder in folders:
        if not folder.is_dir():
            yield Fault(f"must be a folder, got {folder}", argument_path("video_paths"))

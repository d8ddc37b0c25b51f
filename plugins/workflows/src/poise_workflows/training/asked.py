"""What a run was asked for, when it goes on."""

from __future__ import annotations

from pathlib import Path

from poise.errors import Fault
from poise.messages import argument
from poise_workflows.frames.path_maps import PathMaps
from poise_workflows.training.errors import RunError
from poise_workflows.training.options import Options
from poise_workflows.training.projects import sha256_of
from poise_workflows.training.requests import Request


def as_asked(request: Request, maps: PathMaps) -> tuple[Path, Options]:
    """The file of labels and the options of a run, which may have begun on another machine.

    Args:
        request: what the run was asked for.
        maps: where the paths in it lead here.
    """
    files = {role: maps.path(file["path"]) for role, file in request.labels.items()}
    part = request.job.get("validation_fraction")
    start = request.start
    return files["train"], Options(
        validation=files.get("validation", part),
        test=files.get("test"),
        split=request.split,  # type: ignore[arg-type]  # it was checked when it was asked for
        seed=request.seed,
        precision=request.precision,
        clip_norm=request.clip_norm,
        devices=request.devices,
        start=None if start is None else maps.path(start["path"]),
        map=maps,
    )


def refuse_other_labels(request: Request, labels: Path, options: Options) -> None:
    """A run goes on with the very labels that it began with.

    Raises:
        RunError: a file has other contents.
        OSError: a file is gone.
    """
    files = {"train": labels, "validation": options.validation, "test": options.test}
    faults = [
        Fault(f"must be the labels that the run began with, got others: {path}", role)
        for role, path in files.items()
        if isinstance(path, Path) and sha256_of(path) != request.labels[role]["sha256"]
    ]
    if faults:
        fix = f"train into another folder, or pass {argument('overwrite', value='True')}"
        raise RunError(Fault(f"{fault.what}; {fix}", fault.path) for fault in faults)

"""What a training was asked for: by it, the same command goes on and another one is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import argument_path, short_repr
from poise.reading import Reading
from poise_workflows.training.errors import TrainingError
from poise_workflows.training.jobs import to_data
from poise_workflows.training.options import Options
from poise_workflows.training.projects import sha256_of
from poise_workflows.training.starts import weights_of

_BESIDE_THE_POINT = (
    *(f"data.labels.{name}_labels" for name in ("training", "validation", "test")),
    "data.labels.search_path_hints",
    "outputs",
)
"""What a job says of paths and of files to write: it changes no weight."""


@attrs.frozen(kw_only=True)
class Request:
    """What decides a training.

    Attributes:
        job: the configuration as plain data, before anything is found in the labels.
        labels: path and checksum of each file of labels, by its role.
        split: how the part that validates is drawn.
        seed: decides every draw.
        precision: what the network computes in.
        clip_norm: the largest norm of a gradient; ``None`` for any.
        devices: over how many devices batches are split.
        start: the model whose weights it begins with, with the checksum; ``None`` for none.
    """

    job: Mapping[str, Any]
    labels: Mapping[str, Mapping[str, Any]]
    split: str
    seed: int
    precision: str
    clip_norm: float | None
    devices: int
    start: Mapping[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        """The request as JSON; ``Request(**…)`` is the inverse."""
        return attrs.asdict(self)


def request_of(reading: Reading, labels: Path, options: Options) -> Request:
    """What a training is asked for.

    Raises:
        TrainingError: a file of labels, or the model to begin with, does not exist.
        OSError: a file cannot be read.
    """
    files = {"train": labels, "validation": options.validation, "test": options.test}
    refuse_missing(labels, options)
    return Request(
        job={**to_data(reading), "validation_fraction": _fraction(options)},
        labels={role: _file(path) for role, path in files.items() if isinstance(path, Path)},
        split=options.split,
        seed=options.seed,
        precision=options.precision,
        clip_norm=options.clip_norm,
        devices=options.devices,
        start=None if options.start is None else _start(options.start),
    )


def refuse_missing(labels: Path, options: Options) -> None:
    """Labels must be there.

    Raises:
        TrainingError: they are not; lists every file.
    """
    files = {"labels": labels, "validation": options.validation, "test": options.test}
    faults = [
        Fault(f"must be a file of labels, got {path}, which does not exist", argument_path(option))
        for option, path in files.items()
        if isinstance(path, Path) and not path.exists()
    ]
    if faults:
        raise TrainingError(faults)


def _fraction(options: Options) -> float | None:
    return options.validation if isinstance(options.validation, float) else None


def _file(path: Path) -> dict[str, Any]:
    return {"path": str(path.absolute()), "sha256": sha256_of(path)}


def _start(path: Path) -> dict[str, Any]:
    return {"path": str(path.absolute()), "sha256": sha256_of(weights_of(path))}


def differences(before: Request, now: Request) -> list[str]:
    """What two requests differ in, a line each; paths of files may differ, not what they hold."""
    return list(_compared(_identifying(before), _identifying(now), ""))


_CHECKSUM = ".sha256"


def _identifying(request: Request) -> dict[str, Any]:
    facts = request.to_json()
    for path in _BESIDE_THE_POINT:
        section = facts["job"]
        *outer, last = path.split(".")
        for name in outer:
            section = section.get(name, {})
        section.pop(last, None)
    for role, file in facts["labels"].items():
        facts["labels"][role] = {key: file[key] for key in file if key != "path"}
    if facts["start"] is not None:
        facts["start"] = {key: facts["start"][key] for key in facts["start"] if key != "path"}
    return facts


def _named(path: str) -> str:
    """A path as ``--set`` takes it."""
    return path.removeprefix("job.")


def _compared(before: Any, now: Any, path: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*before, *now)):
            inner = f"{path}.{key}" if path else str(key)
            yield from _compared(before.get(key), now.get(key), inner)
    elif path.endswith(_CHECKSUM):
        if before != now:
            yield f"{path.removesuffix(_CHECKSUM)}: the file held something else before"
    elif _plain(before) != _plain(now):
        yield f"{_named(path)}: {short_repr(before)} before, {short_repr(now)} now"


def _plain(value: Any) -> Any:
    """A value as JSON gives it back."""
    return list(map(_plain, value)) if isinstance(value, list | tuple) else value

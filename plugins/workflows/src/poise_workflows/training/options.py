"""The options of a training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from poise.errors import Fault
from poise.messages import argument_path, join_names, short_repr
from poise.scalars import is_number
from poise_workflows.examples.splitting import BY, By
from poise_workflows.frames.path_maps import NO_MAPS, PathMaps, path_maps
from poise_workflows.frames.sources import SourceError
from poise_workflows.pipelines.networks import FLOAT32, PRECISIONS
from poise_workflows.training.errors import TrainingError


@attrs.frozen(kw_only=True)
class Options:
    """How a training runs, besides its job.

    Attributes:
        validation: a file of labels, or the part of the labels that validates; ``None`` for what
            the job says.
        test: a file of labels that nothing is chosen by.
        split: how the part is drawn: ``"frame"``, ``"video"`` or ``"block"``.
        seed: decides every draw.
        device: ``"auto"``, ``"cpu"`` or ``"gpu:N"``.
        devices: over how many devices batches are split.
        precision: what the network computes in.
        clip_norm: the largest norm of a gradient.
        start: a model whose weights it begins with.
        cache: where images are kept: ``"auto"``, ``"memory"`` or ``"disk"``.
        tensorboard: whether logs for TensorBoard are written.
        video_paths: folders where videos are looked for by their names, if they are not where
            the labels say.
        map: where paths of another machine, which labels and the job name, lead here.
        sleap_files: whether the folder of the run has SLEAP's files, too.
    """

    validation: Path | float | None = None
    test: Path | None = None
    split: By = "frame"
    seed: int = 0
    device: str = "auto"
    devices: int = 1
    precision: str = FLOAT32
    clip_norm: float | None = None
    start: Path | None = None
    cache: str = "auto"
    tensorboard: bool = False
    video_paths: tuple[Path, ...] = ()
    map: PathMaps = NO_MAPS
    sleap_files: bool = False

    def faults(self) -> list[Fault]:
        """What cannot be done."""
        return [
            Fault(f"must be {what}, got {short_repr(getattr(self, name))}", argument_path(name))
            for name, what in _RULES.items()
            if not _IS_RIGHT[name](getattr(self, name))
        ]


def maps_of(value: Any) -> PathMaps:
    """The path maps of a training.

    Raises:
        TrainingError: a map is none, or leads nowhere.
    """
    try:
        return value if isinstance(value, PathMaps) else path_maps(value)
    except SourceError as error:
        raise TrainingError(error.faults) from None


_CACHES = ("auto", "memory", "disk")

_RULES = {
    "split": join_names(BY),
    "seed": "an integer ≥ 0",
    "devices": "an integer ≥ 1",
    "precision": join_names(PRECISIONS),
    "clip_norm": "a number > 0",
    "cache": join_names(_CACHES),
    "validation": "a file, or a part between 0 and 1",
    "test": "a file",
    "start": "a model",
    "device": "auto, cpu or gpu:N",
    "tensorboard": "true or false",
    "sleap_files": "true or false",
    "video_paths": "a list of folders",
    "map": "path there → path here, or THERE=HERE",
}

_IS_RIGHT: dict[str, Any] = {
    "split": lambda value: value in BY,
    "seed": lambda value: _is_count(value, 0),
    "devices": lambda value: _is_count(value, 1),
    "precision": lambda value: value in PRECISIONS,
    "clip_norm": lambda value: value is None or (is_number(value) and value > 0),
    "cache": lambda value: value in _CACHES,
    "validation": lambda value: _is_path(value) or (is_number(value) and 0 < value < 1),
    "test": lambda value: _is_path(value),
    "start": lambda value: _is_path(value),
    "device": lambda value: isinstance(value, str),
    "tensorboard": lambda value: isinstance(value, bool),
    "sleap_files": lambda value: isinstance(value, bool),
    "video_paths": lambda value: (
        isinstance(value, tuple) and all(isinstance(each, Path) for each in value)
    ),
    "map": lambda value: isinstance(value, PathMaps),
}


def _is_path(value: Any) -> bool:
    return value is None or isinstance(value, Path)


def _is_count(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def options_of(values: dict[str, Any]) -> Options:
    """The options of a call.

    Raises:
        TrainingError: an option does not exist, or its value is out of its domain; lists all.
    """
    from poise.messages import suggestion

    names = list(attrs.fields_dict(Options))
    faults = [
        Fault(f"must be an option, got {name!r}; {suggestion(name, names)}", name)
        for name in values
        if name not in names
    ]
    if faults:
        raise TrainingError(faults)
    paths: dict[str, Any] = {
        name: Path(values[name])
        for name in ("validation", "test", "start")
        if isinstance(values.get(name), str | Path)
    }
    folders = values.get("video_paths")
    if isinstance(folders, list | tuple) and all(isinstance(each, str | Path) for each in folders):
        paths["video_paths"] = tuple(map(Path, folders))
    if "map" in values:
        paths["map"] = maps_of(values["map"])
    options = Options(**{**values, **paths})
    faults = options.faults()
    if faults:
        raise TrainingError(faults)
    return options

"""What a queue is asked to be, and whether its models and options go together.

Neither Keras nor a network is needed for that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import attrs

from poise.errors import Fault, FaultsError
from poise.messages import argument_path
from poise_workflows.pipelines.decoders import check_options
from poise_workflows.pipelines.exports import roles_for
from poise_workflows.pipelines.members import Cast, ModelsError, read_models
from poise_workflows.pipelines.runtimes import AUTO, KERAS, runtime_of
from poise_workflows.prediction.options import Decoding, OptionsError, decoding_of
from poise_workflows.prediction.outputs import check_format
from poise_workflows.queueing.row_options import TRACKING, for_predict, plain
from poise_workflows.queueing.tables import Listed
from poise_workflows.tracking.choosing import tracking_of

_OF_DECODING = tuple(attrs.fields_dict(Decoding))


class Asked(NamedTuple):
    """What a queue is asked to be.

    Attributes:
        sources: as of ``predict``.
        models: for all videos to which a list gives none.
        folder: of the results.
        options: those of ``predict`` that all videos share, as JSON.
        recursive: whether folders in folders are sources, too.
        retries: attempts without a new frame after which a video is set aside.
        renew: whether results of other runs are kept under numbered names.
        command: the command line; empty in Python.
    """

    sources: Sequence[str | os.PathLike[str]]
    models: Sequence[str | os.PathLike[str]]
    folder: Path
    options: Mapping[str, Any]
    recursive: bool
    retries: int
    renew: bool
    command: Sequence[str]


def models_of(video: Listed, asked: Asked) -> tuple[Path, ...]:
    """The models of a video: those that its list names, or those of all."""
    return video.models or tuple(map(Path, asked.models))


def _cast_of(models: tuple[Path, ...], runtime: str) -> Cast:
    if runtime == KERAS:
        return read_models(models)
    return roles_for(None if runtime == AUTO else runtime_of(runtime), models)


def casts_of(
    videos: Iterable[Listed], asked: Asked, faults: list[Fault]
) -> dict[tuple[Path, ...], Cast]:
    """The roles of each set of models."""
    casts: dict[tuple[Path, ...], Cast] = {}
    for video in videos:
        models = models_of(video, asked)
        if models in casts:
            continue
        runtime = {**asked.options, **video.options}.get("runtime", KERAS)
        try:
            casts[models] = _cast_of(models, runtime)
        except FaultsError as error:
            casts[models] = Cast()
            faults += error.faults if not video.models else _at(video.where, error.faults)
        except OSError as error:
            casts[models] = Cast()
            what = f"must be a model that can be read, got {error.filename} ({error.strerror})"
            faults.append(Fault(what, video.where if video.models else argument_path("models")))
    return casts


def _at(where: str, faults: Iterable[Fault]) -> Iterator[Fault]:
    return (Fault(f"{fault.path}: {fault.what}", where) for fault in faults)


def faults_of_options(
    videos: Iterable[Listed], asked: Asked, casts: Mapping[Any, Cast]
) -> list[Fault]:
    """What is wrong with options, each combination of them with models once."""
    faults: list[Fault] = []
    checked: list[Any] = []
    for video in videos:
        models, own = models_of(video, asked), plain(video.options)
        if (models, own) in checked:
            continue
        checked.append((models, own))
        options = for_predict({**asked.options, **own})
        wrong = list(_faults_of_options(options, casts[models]))
        faults += _at(video.where, wrong) if own or video.models else wrong
    return faults


def _faults_of_options(options: Mapping[str, Any], roles: Cast) -> Iterator[Fault]:
    of_decoding = {name: options[name] for name in _OF_DECODING}
    checks: list[Callable[[], object]] = [
        lambda: check_options(roles.members, decoding_of(of_decoding).of_decoders()),
        lambda: tracking_of(options["track"], options[TRACKING]),
        lambda: check_format(options["format"]),
    ]
    for check in checks:
        try:
            check()
        except (OptionsError, ModelsError) as error:
            yield from error.faults

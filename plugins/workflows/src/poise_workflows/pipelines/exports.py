"""The models of a pipeline for another runtime than Keras: exports, or made into such."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import attrs

from poise import HeadSpec, registry
from poise.errors import Fault
from poise.messages import argument_path, join_names
from poise.registry.discovery import HEAD
from poise.sleap.locate import TRAINING
from poise_workflows.exporting.contract import ExporterSpec
from poise_workflows.exporting.manifests import read_manifest, read_models
from poise_workflows.exporting.outputs import is_export
from poise_workflows.pipelines.cached_exports import export_of
from poise_workflows.pipelines.members import Cast, Member, ModelsError, cast_of, read_member
from poise_workflows.pipelines.runtimes import AUTO, KERAS


def are_exports(paths: Iterable[str | os.PathLike[str]]) -> bool:
    """Whether all models are exports, so that Keras can run none of them."""
    places = [Path(path) for path in paths]
    return bool(places) and all(map(is_for_runtimes, places))


def needs_keras(runtime: str, paths: Iterable[str | os.PathLike[str]]) -> bool:
    """Whether a runtime runs models with Keras, or compares itself with it."""
    return runtime == KERAS or (runtime == AUTO and not are_exports(paths))


def read_for(
    runtime: ExporterSpec, paths: Iterable[str | os.PathLike[str]], *, again: bool = True
) -> Cast:
    """Read models for a runtime, and give them roles. What is no export is made into one.

    Args:
        runtime: the runtime.
        paths: models and exports.
        again: whether to try once more what could not be made before.

    Raises:
        ModelsError: one of the paths is an export that the runtime does not take, a model cannot
            be exported, or the models do not make a pipeline.
        ConfigError: a model or an export is damaged.
        OSError: a file cannot be read.
    """
    return cast_of(
        [
            member
            if member.export is not None
            else attrs.evolve(member, export=export_of(runtime, member, again=again))
            for member in roles_for(runtime, paths).members
        ]
    )


def roles_for(runtime: ExporterSpec | None, paths: Iterable[str | os.PathLike[str]]) -> Cast:
    """Read models and exports, and give them roles; no export is made.

    Args:
        runtime: what will run them; ``None`` if that is not decided yet.
        paths: models and exports.

    Raises:
        ModelsError: one of the paths is an export that the runtime does not take, or the models
            do not make a pipeline.
        ConfigError: a model or an export is damaged.
        OSError: a file cannot be read.
    """
    places = [Path(path) for path in paths]
    if runtime is not None:
        faults = [fault for place in places for fault in _faults(runtime, place)]
        if faults:
            raise ModelsError(faults)
    return cast_of([read_either(place) for place in places])


def is_for_runtimes(place: Path) -> bool:
    """Whether a folder is an export; one for SLEAP is a folder as SLEAP's own, which Keras runs."""
    return is_export(place) and not (place / TRAINING).is_file()


def _faults(runtime: ExporterSpec, place: Path) -> Iterator[Fault]:
    if not is_for_runtimes(place):
        return
    manifest = read_manifest(place)
    formats = (runtime.key, *runtime.reads)
    if manifest["format"] not in formats:
        what = f"must be an export of the format {join_names(formats)}"
        yield Fault(f"{what}, got {place}, of {manifest['format']}", argument_path("models"))
    elif manifest["points"]:
        what = f"must be an export of maps, got {place}, which gives points"
        fix = "export the model without --points: poise predict decodes maps"
        yield Fault(f"{what}; {fix}", argument_path("models"))


def read_either(place: Path) -> Member:
    """Read a model, or an export for a runtime other than Keras.

    Raises:
        ConfigError: it is damaged.
        ModelsError: it is no trained model.
        OSError: a file cannot be read.
    """
    if not is_for_runtimes(place):
        return read_member(place)
    (reading,) = read_models(place, read_manifest(place))
    key = reading.config.heads.which_oneof_attrib_name()
    spec = cast(HeadSpec, registry.default().spec_of_section(HEAD, str(key)))
    reading = attrs.evolve(reading, weights=_largest_file(place))
    return Member(path=place, reading=reading, spec=spec, export=place)


def _largest_file(place: Path) -> Path:
    """The file with the weights, whatever its exporter calls it: it identifies the export."""
    return max((file for file in place.iterdir() if file.is_file()), key=_size)


def _size(file: Path) -> tuple[int, str]:
    return file.stat().st_size, file.name

"""The models of a pipeline as exports, which ONNX Runtime runs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import attrs

from poise import HeadSpec, registry
from poise.errors import Fault
from poise.messages import argument_path
from poise.registry.discovery import HEAD
from poise_workflows.exporting.manifests import read_manifest, read_models
from poise_workflows.exporting.outputs import is_export
from poise_workflows.exporting.sessions import FILE
from poise_workflows.pipelines.members import Cast, Member, ModelsError, cast_of
from poise_workflows.pipelines.runtimes import ONNX

RUNTIME = "onnxruntime"


def read_exports(paths: Iterable[str | os.PathLike[str]]) -> Cast:
    """Read exports and give them roles.

    Raises:
        ModelsError: ONNX Runtime is not installed, or one of the paths is no export for it, or
            the models do not make a pipeline.
        ConfigError: an export is damaged.
        OSError: a file cannot be read.
    """
    places = [Path(path) for path in paths]
    faults = [fault for place in places for fault in _faults(place)]
    if find_spec(RUNTIME) is None:
        what = f"must have {RUNTIME} to run exports, got an environment without it"
        faults.insert(0, Fault(f"{what}; pip install {RUNTIME}", argument_path("runtime")))
    if faults:
        raise ModelsError(faults)
    return cast_of([_member(place) for place in places])


def _faults(place: Path) -> list[Fault]:
    if not is_export(place):
        what = f"must be an export to be run by {ONNX}, got {place}"
        fix = f"poise export {place} --format onnx -o {place.name}.onnx"
        return [Fault(f"{what}; {fix}", argument_path("models"))]
    manifest = read_manifest(place)
    if manifest["format"] != ONNX:
        what = f"must be an export of the format {ONNX}, got {place}, of {manifest['format']}"
        return [Fault(what, argument_path("models"))]
    if manifest["points"]:
        what = f"must be an export of maps, got {place}, which gives points"
        fix = "export the model without --points: poise predict decodes maps"
        return [Fault(f"{what}; {fix}", argument_path("models"))]
    return []


def _member(place: Path) -> Member:
    (reading,) = read_models(place, read_manifest(place))
    key = reading.config.heads.which_oneof_attrib_name()
    spec = cast(HeadSpec, registry.default().spec_of_section(HEAD, str(key)))
    reading = attrs.evolve(reading, weights=place / FILE)
    return Member(path=place, reading=reading, spec=spec)

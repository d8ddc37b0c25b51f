"""``manifest.json``: what an export is, what it was made from, and how it was proven.

    manifest.json       the facts
    config.json         the ModelConfig, as in a model folder; with points of two stages, also
    job.json            how images are prepared    config.1.json and job.1.json

The configuration lets ``poise predict --runtime`` prepare images and decode what comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import poise
from poise import Reading, Skeleton
from poise.config import ModelConfig
from poise.errors import ConfigError, Fault
from poise.files import read_text_of
from poise.job.sections import JobRecord
from poise.messages import short_repr
from poise.wire.structure import structure, unstructure
from poise.wire.text import read_json, write_json
from poise.writing.whole_files import write_text
from poise_workflows.exporting.contract import ExporterSpec, Subject
from poise_workflows.exporting.outputs import MANIFEST
from poise_workflows.exporting.points import description_of
from poise_workflows.exporting.proving import Proof
from poise_workflows.pipelines.members import Member

FORMAT = 1
"""Version of the layout of an export."""


def write_models(place: Path, readings: tuple[Reading, ...]) -> None:
    """Write the configuration of each model."""
    for index, reading in enumerate(readings):
        reading.config.save(place / named("config.json", index))
        write_text(place / named("job.json", index), write_json(unstructure(reading.job)) + "\n")


def named(name: str, index: int) -> str:
    """The name of a file of the model of an index: ``config.json``, ``config.1.json``."""
    stem, _, ending = name.partition(".")
    return name if not index else f"{stem}.{index}.{ending}"


def manifest_of(
    spec: ExporterSpec,
    subject: Subject,
    members: tuple[Member, ...],
    facts: Mapping[str, Any],
    proof: Proof,
) -> dict[str, Any]:
    """What the manifest says, as JSON."""
    height, width, channels = subject.image
    return {
        "layout": FORMAT,
        "format": spec.key,
        **facts,
        **({"provider": subject.provider} if spec.providers else {}),
        "libraries": {library.module: version_of(library.module) for library in spec.needs},
        "input": {
            "name": subject.inputs[0],
            "shape": [subject.batch, height, width, channels],
            "dtype": subject.dtype,
            "range": [0, 255 if subject.dtype == "uint8" else 1],
        },
        "outputs": [
            {"name": name, "shape": [subject.batch, *_shape(subject.model, name)]}
            for name in subject.outputs
        ],
        "points": subject.has_points,
        **_arrays(subject),
        "models": [_model(member) for member in members],
        "proof": proof_of(proof),
        "poise": poise.__version__,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def proof_of(proof: Proof) -> dict[str, Any]:
    """The comparison, as JSON. It is a proof if it has no faults."""
    return {
        "frames": proof.pictures.origin,
        "count": proof.count,
        "outputs": {
            each.output: {
                "largest": each.largest,
                "difference": each.difference if each.difference < float("inf") else None,
                "tolerance": each.tolerance,
                "part": each.part if each.difference < float("inf") else None,
            }
            for each in proof.comparisons
        },
        "faults": proof.faults,
    }


def version_of(module: str) -> str:
    """The version of the distribution of a module; empty if it has none."""
    names = metadata.packages_distributions().get(module, ())
    if not names or find_spec(module) is None:
        return ""
    return metadata.version(names[0])


def write_manifest(place: Path, manifest: Mapping[str, Any]) -> None:
    """Write it, last of all files."""
    write_text(place / MANIFEST, write_json(manifest) + "\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the manifest of an export says.

    Raises:
        ConfigError: it is no such file, or one of a later version of Poise.
        OSError: it cannot be read.
    """
    file = folder / MANIFEST
    data = read_json(read_text_of(file))
    if isinstance(data, dict) and data.get("layout", FORMAT) != FORMAT:
        what = (
            f"layout must be {FORMAT}, got {short_repr(data['layout'])}; upgrade poise to read it"
        )
        raise ConfigError([Fault(what, str(file))])
    if not _is_manifest(data):
        what = "must be the manifest of an export, got other JSON; export the model again"
        raise ConfigError([Fault(what, str(file))])
    return dict(data)


def _is_manifest(data: Any) -> bool:
    """Whether what is read of a manifest is there: its format, its shapes, its models."""
    match data:
        case {
            "format": str(),
            "points": bool(),
            "input": {"shape": [_, _, _, int()]},
            "outputs": [*outputs],
            "models": [*models],
        }:
            return all(_is_output(each) for each in outputs) and all(map(_is_model, models))
    return False


def _is_output(data: Any) -> bool:
    match data:
        case {"name": str(), "shape": [_, *sides]}:
            return all(side is None or isinstance(side, int) for side in sides)
    return False


def _is_model(data: Any) -> bool:
    match data:
        case {"image": [_, _, int() | None], "skeleton": skeleton, "classes": list() | None}:
            return skeleton is None or (isinstance(skeleton, dict) and "parts" in skeleton)
    return False


def read_models(folder: Path, manifest: Mapping[str, Any]) -> list[Reading]:
    """The models of an export: their configuration, without weights.

    Raises:
        ConfigError: a file is damaged.
        OSError: a file cannot be read.
    """
    return [_reading(folder, model, index) for index, model in enumerate(manifest["models"])]


def _reading(folder: Path, model: Mapping[str, Any], index: int) -> Reading:
    file = folder / named("config.json", index)
    try:
        config = ModelConfig.from_json(read_text_of(file))
        job = structure(read_json(read_text_of(folder / named("job.json", index))), JobRecord)
    except ConfigError as error:
        raise error.with_heading(str(folder)) from None
    skeleton = model.get("skeleton")
    return Reading(
        source=file,
        config=config,
        skeleton=None if skeleton is None else Skeleton(**skeleton),
        classes=None if model.get("classes") is None else tuple(model["classes"]),
        image=tuple(model["image"]),
        preprocessing=job.preprocessing,
        cropping=job.cropping,
        sections=job.sections,
        sleap_version=job.sleap_version,
    )


def _arrays(subject: Subject) -> dict[str, Any]:
    """What the arrays of an export of points are: axes, meanings, names of parts."""
    description = description_of(subject.model)
    return {} if description is None else {"arrays": description.as_json()}


def _model(member: Member) -> dict[str, Any]:
    reading = member.reading
    facts = {
        key: {"name": Path(value["path"]).name, **value} if isinstance(value, Mapping) else value
        for key, value in member.facts().items()
    }
    for file in (value for value in facts.values() if isinstance(value, dict)):
        del file["path"]  # which names folders of the machine that exports
    return {
        "name": member.path.resolve().name,
        **facts,
        "image": list(reading.image),
        "skeleton": None if reading.skeleton is None else _skeleton(reading.skeleton),
        "classes": None if reading.classes is None else list(reading.classes),
    }


def _skeleton(skeleton: Skeleton) -> dict[str, Any]:
    return {
        "name": skeleton.name,
        "parts": list(skeleton.parts),
        "edges": [list(edge) for edge in skeleton.edges],
        "symmetries": [list(pair) for pair in skeleton.symmetries],
    }


def _shape(model: Any, name: str) -> list[int | None]:
    return [None if side is None else int(side) for side in model.output[name].shape[1:]]

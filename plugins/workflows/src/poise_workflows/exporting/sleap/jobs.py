"""``training_config.json``: the job of a model, as SLEAP's training leaves it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from poise import ModelConfig, Skeleton
from poise.building.record import BuildRecord
from poise.editions import SLEAP
from poise.job.sections import JobRecord
from poise.sleap.names import head_data
from poise.wire.structure import unstructure
from poise_workflows.exporting.sleap.skeletons import skeleton_data

_KEY = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|([^.]+)")


def job_data(record: BuildRecord, config: ModelConfig) -> dict[str, Any]:
    """Plain data of the job, with every key that SLEAP 1.4 writes.

    What SLEAP's training finds out is filled in if the job does not say it: the skeleton, to which
    stride images are padded, and how large crops are.

    Args:
        record: how the model was built, with its job.
        config: its configuration, in edition sleap-1.4.
    """
    job = _completed(record)
    sections = job.sections
    model = config.to_data()
    model.pop("edition", None)  # SLEAP's files have no other
    data = {
        "data": {
            "labels": unstructure(sections.labels),
            "preprocessing": unstructure(job.preprocessing),
            "instance_cropping": unstructure(job.cropping),
        },
        "model": model,
        "optimization": unstructure(sections.optimization),
        "outputs": unstructure(sections.outputs),
        "name": sections.name,
        "description": sections.description,
        "sleap_version": job.sleap_version,
        "filename": sections.filename,
    }
    for path, value in sections.extra.items():
        _restore(data, path, value)
    return data


def _completed(record: BuildRecord) -> JobRecord:
    job, stage = record.job, record.resolution.head.stage
    preprocessing, cropping, labels = job.preprocessing, job.cropping, job.sections.labels
    if preprocessing.pad_to_stride is None:
        # Only crops with identities are padded: SLEAP's training does so.
        is_padded = stage != "crop" or bool(record.classes or _has_classes(record))
        stride = record.resolution.max_stride if is_padded else 1
        preprocessing = attrs.evolve(preprocessing, pad_to_stride=stride)
    if stage == "crop" and cropping.crop_size is None:
        cropping = attrs.evolve(cropping, crop_size=record.image[0])
    anchor = next(_values(head_data(record.config), "anchor_part"), None)
    if record.config.edition != SLEAP and anchor is not None:
        cropping = attrs.evolve(cropping, center_on_part=anchor)
    if not labels.skeletons:
        labels = attrs.evolve(labels, skeletons=tuple(map(skeleton_data, _skeletons(record))))
    return attrs.evolve(
        job,
        preprocessing=preprocessing,
        cropping=cropping,
        sections=attrs.evolve(job.sections, labels=labels),
    )


def _has_classes(record: BuildRecord) -> bool:
    return next(_values(head_data(record.resolution.config), "classes"), None) is not None


def _skeletons(record: BuildRecord) -> Iterator[Skeleton]:
    """The skeleton of the model: that of its build, or the parts and edges that its head names."""
    if record.skeleton is not None:
        yield record.skeleton
        return
    head = head_data(record.resolution.config)
    parts = next(_values(head, "part_names"), None)
    if parts:
        edges = next(_values(head, "edges"), None) or ()
        yield Skeleton(parts, [edge for edge in edges if set(edge) <= set(parts)])


def _values(section: Any, field: str) -> Iterator[Any]:
    """The values of a field in a head's section, at any depth."""
    if isinstance(section, Mapping):
        if section.get(field) is not None:
            yield section[field]
        for inner in section.values():
            yield from _values(inner, field)


def _restore(data: dict[str, Any], path: str, value: Any) -> None:
    """Put a key that SLEAP 1.4 does not have back in its place."""
    *outer, last = [_unquoted(match) for match in _KEY.finditer(path)]
    place: Any = data
    for key in outer:
        place = place.get(key) if isinstance(place, dict) else None
    if isinstance(place, dict):
        place.setdefault(last, value)


def _unquoted(match: re.Match[str]) -> str:
    quoted = match[1] if match[1] is not None else match[2]
    return match[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)

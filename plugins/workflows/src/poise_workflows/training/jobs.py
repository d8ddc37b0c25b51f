"""What is trained, and how: a job file, a profile or a configuration, and single values of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from poise.editions import Edition
from poise.errors import ConfigError, Fault
from poise.job.optimization import OptimizationConfig
from poise.job.sections import (
    InstanceCroppingConfig,
    LabelsConfig,
    OutputsConfig,
    PreprocessingConfig,
)
from poise.messages import short_repr, suggestion
from poise.reading import Reading, read
from poise.wire.structure import structure, unstructure
from poise_workflows.training.profiles.finding import find_profile

SECTIONS: Mapping[str, type] = {
    "data.labels": LabelsConfig,
    "data.preprocessing": PreprocessingConfig,
    "data.instance_cropping": InstanceCroppingConfig,
    "optimization": OptimizationConfig,
    "outputs": OutputsConfig,
}
"""Path of each section of a job besides the model → its class."""

OF_MODEL = ("model", "backbone", "heads", "base_checkpoint")


def read_job(
    source: str | Path,
    values: Mapping[str, Any] | None = None,
    edition: Edition | None = None,
    named: str = "config",
) -> Reading:
    """Read what is to be trained.

    Args:
        source: a SLEAP job file or profile, a job in YAML, a bare configuration, a model folder,
            or the name of a profile.
        values: dotted path in the job → value, as ``{"optimization.epochs": 50}``; paths of the
            model may leave out ``model.``.
        edition: instead of the one that the file means.
        named: the argument that names it, for messages.

    Raises:
        OSError: there is neither a file nor a profile of this name.
        ConfigError: the file, a path or a value has faults; the error has all of them.
    """
    profile = find_profile(source, named)
    reading = read(source if profile is None else profile)
    reading = with_values(reading, values or {})
    if edition is None:
        return reading
    return attrs.evolve(reading, config=attrs.evolve(reading.config, edition=edition))


def with_values(reading: Reading, values: Mapping[str, Any]) -> Reading:
    """The same with some values replaced, checked as a file is.

    Raises:
        ConfigError: lists every path that leads nowhere and every value that is refused.
    """
    faults: list[Fault] = []
    of_model: dict[str, Any] = {}
    sections = sections_of(reading)
    data = {path: unstructure(section) for path, section in sections.items()}
    changed = set()
    for path, value in values.items():
        section = _section_of(path)
        if path.split(".")[0] in OF_MODEL:
            of_model[path] = value
        elif section is None or not _set(data[section], path[len(section) + 1 :], value):
            what = f"must be a field of a job, got {short_repr(path)}"
            faults.append(Fault(f"{what}; {suggestion(path, _paths(), noun='fields')}", path))
        else:
            changed.add(section)
    for path in changed:
        try:
            sections[path] = structure(data[path], SECTIONS[path])
        except ConfigError as error:
            faults += error.under(path).faults
    config = reading.config
    try:
        config = config.with_values(of_model) if of_model else config
    except ConfigError as error:
        faults += error.faults
    if faults:
        raise ConfigError(faults, "values of the job" if len(faults) > 1 else "")
    return with_sections(attrs.evolve(reading, config=config), sections)


def sections_of(reading: Reading) -> dict[str, Any]:
    """Path of each section of a job besides the model → the section."""
    return {
        "data.labels": reading.sections.labels,
        "data.preprocessing": reading.preprocessing,
        "data.instance_cropping": reading.cropping,
        "optimization": reading.sections.optimization,
        "outputs": reading.sections.outputs,
    }


def with_sections(reading: Reading, sections: Mapping[str, Any]) -> Reading:
    """The same with other sections; the inverse of ``sections_of``."""
    return attrs.evolve(
        reading,
        preprocessing=sections["data.preprocessing"],
        cropping=sections["data.instance_cropping"],
        sections=attrs.evolve(
            reading.sections,
            labels=sections["data.labels"],
            optimization=sections["optimization"],
            outputs=sections["outputs"],
        ),
    )


def to_data(reading: Reading) -> dict[str, Any]:
    """A job as plain data in SLEAP's form; ``poise.read`` of the file reads the same."""
    sections = {path: unstructure(section) for path, section in sections_of(reading).items()}
    return {
        "data": {path.split(".")[1]: sections[path] for path in sections if "." in path},
        "model": {**reading.config.to_data(), "edition": reading.config.edition},
        "optimization": sections["optimization"],
        "outputs": sections["outputs"],
    }


def _section_of(path: str) -> str | None:
    return next((name for name in SECTIONS if path.startswith(f"{name}.")), None)


def _set(data: dict[str, Any], path: str, value: Any) -> bool:
    """Set a value at a dotted path of fields; false if there is no such field."""
    *outer, last = path.split(".")
    for name in outer:
        inner = data.get(name)
        if not isinstance(inner, dict):
            return False
        data = inner
    if last not in data:
        return False
    data[last] = value
    return True


def _paths() -> list[str]:
    return [path for name, cls in SECTIONS.items() for path in _fields(cls, name)]


def _fields(cls: type, path: str) -> Iterator[str]:
    attrs.resolve_types(cls)
    for field in attrs.fields(cls):
        inner = f"{path}.{field.name}"
        if field.type is not None and attrs.has(field.type):
            yield from _fields(field.type, inner)
        else:
            yield inner

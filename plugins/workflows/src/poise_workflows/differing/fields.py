"""The fields of two readings, with their defaults, and which of them differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from poise import ModelConfig
from poise.files import read_text_of
from poise.reading import Reading
from poise.wire.structure import unstructure
from poise.wire.text import read_json, read_yaml
from poise_workflows.differing.results import FieldDifference, Side, Spelled
from poise_workflows.training.jobs import sections_of

TEXTS = ("name", "description", "filename")


def fields_of(reading: Reading, config: ModelConfig) -> dict[str, Any]:
    """Dotted path → plain value, of everything that a reading says.

    Args:
        reading: the reading.
        config: its configuration, resolved or as it was read.
    """
    model = {key: value for key, value in config.to_data().items() if key != "edition"}
    sections = {path: unstructure(section) for path, section in sections_of(reading).items()}
    # The skeleton is compared decoded; how a file encodes it depends on the program.
    sections["data.labels"].pop("skeletons")
    skeleton = reading.skeleton
    groups: dict[str, Any] = {
        "model": {**_set_alone(model), "edition": config.edition},
        "skeleton": None if skeleton is None else unstructure(attrs.evolve(skeleton, name=None)),
        "classes": None if reading.classes is None else list(reading.classes),
        "image": list(reading.image),
        "auto_pad": reading.auto_pad,
        **sections,
        **{name: getattr(reading.sections, name) for name in TEXTS},
        "sleap_version": reading.sleap_version,
    }
    flat = dict(_flat(groups, ""))
    return {**flat, **reading.sections.extra}


def _set_alone(model: Mapping[str, Any]) -> dict[str, Any]:
    """A model without the backbones and head types that are not set."""
    return {
        name: {key: part for key, part in value.items() if part is not None}
        if name in ("backbone", "heads")
        else value
        for name, value in model.items()
    }


def _flat(data: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        where = f"{path}.{name}" if path else name
        if isinstance(value, Mapping) and value:
            yield from _flat(value, where)
        else:
            yield where, value


def differing_fields(
    a: Mapping[str, Any], b: Mapping[str, Any], ignore: Sequence[str] = ()
) -> tuple[FieldDifference, ...]:
    """The fields that differ, section by section, as they stand in a job.

    Args:
        a: dotted path → value.
        b: the same of the other.
        ignore: paths that do not count, with everything below them.
    """
    differences = []
    for path in dict.fromkeys((*a, *b)):
        if any(_is_within(path, ignored) for ignored in ignore):
            continue
        if path not in a or path not in b:
            only: Side = "a" if path in a else "b"
            differences.append(FieldDifference(path, a.get(path), b.get(path), only))
        elif a[path] != b[path]:
            differences.append(FieldDifference(path, a[path], b[path]))
    sections = [path.partition(".")[0] for path in (*a, *b)]
    return tuple(sorted(differences, key=lambda each: sections.index(each.path.partition(".")[0])))


def spelled_by_one(
    a: Mapping[str, Any], b: Mapping[str, Any], readings: tuple[Reading, Reading]
) -> tuple[Spelled, ...]:
    """The fields with equal values that one file spells, and the other leaves at its default."""
    in_a, in_b = (_spells(reading) for reading in readings)
    return tuple(
        Spelled(path, value, "a" if in_a(path) else "b")
        for path, value in a.items()
        if path in b and b[path] == value and in_a(path) != in_b(path)
    )


def _spells(reading: Reading) -> Callable[[str], bool]:
    """Whether a file spells a field, by its path."""
    if reading.written is not None:
        absent = [note.path for note in reading.report.of("defaulted")]
        return lambda path: not any(_is_within(path, each) for each in absent)
    if reading.model_folder is not None:  # Poise writes every field
        return lambda path: True
    text = read_text_of(reading.source)
    is_yaml = reading.source.suffix.lower() in (".yaml", ".yml")
    data = read_yaml(text) if is_yaml else read_json(text)
    spelled = {path for path, _ in _flat({"model": data.get("model", data)}, "")}
    return spelled.__contains__


def _is_within(path: str, parent: str) -> bool:
    return path == parent or path.startswith(f"{parent}.")

"""The names in a job: of classes, and of parts, compared with its own skeleton."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from poise.config import ModelConfig, UninstalledSection
from poise.errors import ConfigError
from poise.job.sections import InstanceCroppingConfig, LabelsConfig
from poise.messages import join_names, nearest
from poise.skeleton import Skeleton
from poise.sleap.migration_report import Note
from poise.sleap.objects import joined
from poise.sleap.skeleton_graph import read_skeleton

MOST = 20
"""Names that a note compares one by one; comparing is slow."""


def head_data(config: ModelConfig) -> Any:
    """Plain data of the head's section, or ``None``."""
    key = config.heads.which_oneof_attrib_name()
    return config.to_data()["heads"][key] if key else None


def classes_in(section: Any) -> tuple[str, ...] | None:
    """The class names in a head's section, at any depth."""
    if not isinstance(section, Mapping):
        return None
    for key, value in section.items():
        if key == "classes" and isinstance(value, list | tuple) and _texts(value) == [*value]:
            return tuple(value)
        inside = classes_in(value)
        if inside is not None:
            return inside
    return None


def name_notes(
    config: ModelConfig,
    path: str,
    skeleton: Skeleton | None,
    labels: LabelsConfig | None,
    cropping: InstanceCroppingConfig | None,
) -> list[Note]:
    """Notes on every field that names parts which the job's skeleton does not have.

    SLEAP stops at some of them, and edition sleap-1.4 accepts the others.

    Args:
        config: the model.
        path: dotted path of the model section; empty if the file holds nothing else.
        skeleton: the first skeleton of the job, which SLEAP uses; ``None`` if it has none.
        labels: the section with its further skeletons.
        cropping: the section that names the part in the middle of crops.
    """
    if skeleton is None or not skeleton.parts:
        return []
    named = list(_named_in_head(config, path))
    if cropping is not None and cropping.center_on_part is not None:
        named.insert(0, ("data.instance_cropping.center_on_part", [cropping.center_on_part]))
    lacking = [(where, missing) for where, names in named if (missing := _missing(names, skeleton))]
    if not lacking:
        return []
    others = _readable(labels.skeletons[1:] if labels else ())
    return [Note("names", where, _what(missing, skeleton, others)) for where, missing in lacking]


def _named_in_head(config: ModelConfig, path: str) -> Iterator[tuple[str, list[str]]]:
    """Path and part names of the head's fields; none if only its plugin knows what they are."""
    if not isinstance(config.heads.which_oneof(), UninstalledSection):
        head = joined(path, f"heads.{config.heads.which_oneof_attrib_name()}")
        yield from _named(head_data(config), head)


def _named(section: Any, path: str) -> Iterator[tuple[str, list[str]]]:
    """Path and part names of every field that names parts, at any depth.

    A third-party head may use the names of these fields for something else.
    """
    if not isinstance(section, Mapping):
        return
    for key, value in section.items():
        where = joined(path, key)
        if key == "anchor_part" and isinstance(value, str):
            yield where, [value]
        elif key == "part_names" and isinstance(value, list):
            yield where, _texts(value)
        elif key == "edges" and isinstance(value, list):
            yield where, [part for edge in value for part in _texts(edge)]
        else:
            yield from _named(value, where)


def _texts(values: Any) -> list[str]:
    if not isinstance(values, list | tuple):
        return []
    return [value for value in values if isinstance(value, str)]


def _missing(names: Sequence[str], skeleton: Skeleton) -> list[str]:
    parts = set(skeleton.parts)
    return [name for name in dict.fromkeys(names) if name not in parts]


def _readable(others: Sequence[Any]) -> dict[int, Skeleton]:
    """Number of each further skeleton, counted from 1, and the skeleton."""
    skeletons: dict[int, Skeleton] = {}
    for number, data in enumerate(others, 2):
        try:
            skeletons[number] = read_skeleton(data)[0]
        except ConfigError:
            continue  # SLEAP does not read it either
    return skeletons


def _what(missing: Sequence[str], skeleton: Skeleton, others: Mapping[int, Skeleton]) -> str:
    names = join_names([_with_nearest(name, skeleton) for name in missing[:MOST]])
    if len(missing) > MOST:
        names += f" and {len(missing) - MOST} more"
    what = f"no part {names} in the skeleton of the file, which has {join_names(skeleton.parts)}"
    for number, other in others.items():
        if set(missing) <= set(other.parts):
            them = "it" if len(missing) == 1 else "them"
            return f"{what}; skeleton {number} of the file, which SLEAP does not use, has {them}"
    return what


def _with_nearest(name: str, skeleton: Skeleton) -> str:
    close = nearest(name, skeleton.parts)
    return f"{name!r} (did you mean {close!r}?)" if close else repr(name)

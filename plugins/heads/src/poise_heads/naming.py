"""The names of a head's channels: its own, else those of skeleton and classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import attrs

from poise.editions import means_sleap
from poise.errors import BuildError, ConfigError, Fault
from poise.messages import argument, repeated, suggestion, suggestions
from poise.skeleton import Skeleton
from poise_heads.differences import ANCHOR_PART_UNUSED, UNKNOWN_NAMES_ACCEPTED

C = TypeVar("C")


@attrs.frozen
class _Animals:
    """The facts about the animals that are not in the configuration."""

    skeleton: Skeleton | None
    classes: Sequence[str] | None


def resolve(config: C, skeleton: Skeleton | None, classes: Sequence[str] | None) -> C:
    """Fill in every name that the configuration's outputs need.

    The configuration's own names win. Missing ``part_names`` and ``edges`` come from the
    skeleton, missing ``classes`` from the argument, in their order.

    Args:
        config: the configuration of a head type; it is not changed.
        skeleton: the animal's parts and edges, if known.
        classes: names of the classes, if known.

    Raises:
        BuildError: for every field without names, and every name that is not in skeleton or
            classes (edition sleap-1.4 accepts such names).
    """
    filled: C
    filled, faults = _filled(config, _Animals(skeleton, classes))
    if faults:
        raise BuildError(faults)
    return filled


def _filled(config: Any, animals: _Animals) -> tuple[Any, list[Fault]]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for field in attrs.fields(type(config)):
        value = getattr(config, field.name)
        if attrs.has(type(value)):
            values[field.name], nested = _filled(value, animals)
            faults += (fault.under(field.name) for fault in nested)
        elif field.name in _FILL:
            values[field.name], new = _FILL[field.name](value, animals)
            faults += new
    try:
        return attrs.evolve(config, **values), faults
    except ConfigError as error:
        reported = {fault.path for fault in faults}
        return config, faults + [fault for fault in error.faults if fault.path not in reported]


def _part_names(names: Any, animals: _Animals) -> tuple[Any, list[Fault]]:
    if names is not None:
        return names, _not_in_skeleton(animals, ((part,) for part in names), "part_names")
    if animals.skeleton is None:
        how = argument("skeleton", "parts")
        what = f"no parts are named and no skeleton is given; name them here, or pass {how}"
        return None, [Fault(what, "part_names")]
    if not animals.skeleton.parts:
        what = "the skeleton has no parts, and a map needs at least one; name them here"
        return None, [Fault(what, "part_names")]
    return animals.skeleton.parts, []


def _edges(edges: Any, animals: _Animals) -> tuple[Any, list[Fault]]:
    if edges is not None:
        return edges, _not_in_skeleton(animals, edges, "edges")
    if animals.skeleton is None:
        how = argument("skeleton")
        what = f"no edges are named and no skeleton is given; name them here, or pass {how}"
        return None, [Fault(what, "edges")]
    if not animals.skeleton.edges:
        what = (
            "the skeleton has no edges, so the fields would have no channels; "
            "name edges here, or pass a skeleton that has some"
        )
        return None, [Fault(what, "edges")]
    return animals.skeleton.edges, []


def _classes(classes: Any, animals: _Animals) -> tuple[Any, list[Fault]]:
    if classes is not None and (animals.classes is None or means_sleap(UNKNOWN_NAMES_ACCEPTED)):
        return classes, []
    faults = _faults_of_argument(animals.classes)
    if faults:
        return None, [Fault(what, "classes") for what in faults]
    if classes is None:
        if animals.classes:
            return tuple(animals.classes), []
        how = argument("classes")
        what = f"no classes are named and none are given; name them here, or pass {how}"
        return None, [Fault(what, "classes")]
    names = dict.fromkeys(animals.classes or ())
    subject, hint = argument("classes"), suggestions(names, noun="classes")
    return classes, [
        Fault(f"no class {name!r} in {subject}{hint(name)}", f"classes[{index}]")
        for index, name in enumerate(classes)
        if name not in names
    ]


def _anchor_part(anchor: Any, animals: _Animals) -> tuple[Any, list[Fault]]:
    if anchor is None or animals.skeleton is None or means_sleap(ANCHOR_PART_UNUSED):
        return anchor, []
    if anchor in animals.skeleton.parts:
        return anchor, []
    hint = suggestion(anchor, animals.skeleton.parts, noun="parts")
    return anchor, [Fault(f"no part {anchor!r} in the skeleton; {hint}", "anchor_part")]


_FILL = {
    "part_names": _part_names,
    "edges": _edges,
    "classes": _classes,
    "anchor_part": _anchor_part,
}
"""Field name → ``fill(value, animals) -> (value, faults)``."""


def _not_in_skeleton(
    animals: _Animals, entries: Iterable[Sequence[str]], field: str
) -> list[Fault]:
    if animals.skeleton is None or means_sleap(UNKNOWN_NAMES_ACCEPTED):
        return []
    parts_of_skeleton = dict.fromkeys(animals.skeleton.parts)
    hint = suggestions(parts_of_skeleton, noun="parts")
    return [
        Fault(f"no part {part!r} in the skeleton{hint(part)}", f"{field}[{index}]")
        for index, parts in enumerate(entries)
        for part in parts
        if part not in parts_of_skeleton
    ]


def _faults_of_argument(classes: Any) -> list[str]:
    """The faults of ``classes=`` itself, which no configuration has checked."""
    if classes is None:
        return []
    subject = argument("classes")
    if isinstance(classes, str):  # it would silently become its characters
        return [f"{subject} must be a list of names, got the string {classes!r}"]
    names = list(classes)
    return [
        f"{subject} must be a list of names, got {name!r} at index {index}"
        for index, name in enumerate(names)
        if not isinstance(name, str)
    ] + [f"{subject} must be unique, got {name!r} twice" for name in sorted(_repeated(names))]


def _repeated(names: list[Any]) -> set[str]:
    return {name for _, name in repeated(name for name in names if isinstance(name, str))}

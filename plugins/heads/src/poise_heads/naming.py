"""The names that a head's channels stand for: its own, else those of skeleton and classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import attrs

from poise.editions import means_sleap
from poise.errors import BuildError, ConfigError, Fault
from poise.messages import suggestion
from poise.skeleton import Skeleton
from poise_heads.differences import ANCHOR_PART_UNUSED, UNKNOWN_NAMES_ACCEPTED

C = TypeVar("C")


@attrs.frozen
class _Known:
    """What is known of the animals beside the configuration."""

    skeleton: Skeleton | None
    classes: Sequence[str] | None


def resolve(config: C, skeleton: Skeleton | None, classes: Sequence[str] | None) -> C:
    """The configuration with every name filled in that its outputs are made of.

    Names that the configuration has win. Missing ``part_names`` and ``edges`` come from the
    skeleton, missing ``classes`` from the given ones, in their order.

    Args:
        config: the configuration of a head type; it is not changed.
        skeleton: the animal's parts and edges, if known.
        classes: names of the classes, if known.

    Raises:
        BuildError: for every field without names, and every name that skeleton or classes
            do not have (edition sleap-1.4 takes those as they are).
    """
    filled: C
    filled, faults = _filled(config, _Known(skeleton, classes))
    if faults:
        raise BuildError(faults)
    return filled


def _filled(config: Any, known: _Known) -> tuple[Any, list[Fault]]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for field in attrs.fields(type(config)):
        value = getattr(config, field.name)
        if attrs.has(type(value)):
            values[field.name], found = _filled(value, known)
            faults += (fault.under(field.name) for fault in found)
        elif field.name in _FILL:
            values[field.name], found = _FILL[field.name](value, known)
            faults += found
    try:
        return attrs.evolve(config, **values), faults
    except ConfigError as error:
        reported = {fault.path for fault in faults}
        return config, faults + [fault for fault in error.faults if fault.path not in reported]


def _part_names(given: Any, known: _Known) -> tuple[Any, list[Fault]]:
    if given is not None:
        return given, _not_in_skeleton(known, ((part,) for part in given), "part_names")
    if known.skeleton is None:
        what = "no parts are named and no skeleton is given; name them here, or pass skeleton="
        return None, [Fault(what, "part_names")]
    if not known.skeleton.parts:
        what = "the skeleton has no parts, and a map needs at least one; name them here"
        return None, [Fault(what, "part_names")]
    return known.skeleton.parts, []


def _edges(given: Any, known: _Known) -> tuple[Any, list[Fault]]:
    if given is not None:
        return given, _not_in_skeleton(known, given, "edges")
    if known.skeleton is None:
        what = "no edges are named and no skeleton is given; name them here, or pass skeleton="
        return None, [Fault(what, "edges")]
    if not known.skeleton.edges:
        what = (
            "the skeleton has no edges, so the fields would have no channels; "
            "name edges here, or pass a skeleton that has some"
        )
        return None, [Fault(what, "edges")]
    return known.skeleton.edges, []


def _classes(given: Any, known: _Known) -> tuple[Any, list[Fault]]:
    if given is not None and (known.classes is None or means_sleap(UNKNOWN_NAMES_ACCEPTED)):
        return given, []
    faults = _faults_of_argument(known.classes)
    if faults:
        return None, [Fault(what, "classes") for what in faults]
    if given is None:
        if known.classes:
            return tuple(known.classes), []
        what = "no classes are named and none are given; name them here, or pass classes="
        return None, [Fault(what, "classes")]
    names = tuple(known.classes or ())
    return given, [
        Fault(
            f"no class {name!r} in classes=; {suggestion(name, names, noun='classes')}",
            f"classes[{index}]",
        )
        for index, name in enumerate(given)
        if name not in names
    ]


def _anchor_part(given: Any, known: _Known) -> tuple[Any, list[Fault]]:
    if given is None or known.skeleton is None or means_sleap(ANCHOR_PART_UNUSED):
        return given, []
    if given in known.skeleton.parts:
        return given, []
    return given, [Fault(_no_part(given, known.skeleton), "anchor_part")]


_FILL = {
    "part_names": _part_names,
    "edges": _edges,
    "classes": _classes,
    "anchor_part": _anchor_part,
}
"""Field name → ``fill(given, known) -> (value, faults)``."""


def _not_in_skeleton(known: _Known, entries: Iterable[Sequence[str]], field: str) -> list[Fault]:
    if known.skeleton is None or means_sleap(UNKNOWN_NAMES_ACCEPTED):
        return []
    return [
        Fault(_no_part(part, known.skeleton), f"{field}[{index}]")
        for index, parts in enumerate(entries)
        for part in parts
        if part not in known.skeleton.parts
    ]


def _no_part(part: str, skeleton: Skeleton) -> str:
    return f"no part {part!r} in the skeleton; {suggestion(part, skeleton.parts, noun='parts')}"


def _faults_of_argument(classes: Any) -> list[str]:
    """What is wrong with ``classes=`` itself, which no configuration has checked."""
    if classes is None:
        return []
    if isinstance(classes, str):  # it would silently become its characters
        return [f"classes= must be a list of names, got the string {classes!r}"]
    names = list(classes)
    return [
        f"classes= must be a list of names, got {name!r} at index {index}"
        for index, name in enumerate(names)
        if not isinstance(name, str)
    ] + [f"classes= names {name!r} twice" for name in sorted(_repeated(names))]


def _repeated(names: list[Any]) -> set[str]:
    return {name for name in names if isinstance(name, str) and names.count(name) > 1}

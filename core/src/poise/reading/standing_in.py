"""Resolving what names no parts yet, as a training profile does, which is meant for any animal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from poise.building.resolving import Resolution, resolve
from poise.config import ModelConfig
from poise.errors import BuildError, FaultsError
from poise.reading.readings import Reading
from poise.skeleton import Skeleton
from poise.wire.structure import unstructure


@attrs.frozen
class Resolved:
    """What a configuration comes to.

    Attributes:
        resolution: with everything decided.
        skeleton: the skeleton that it was resolved with.
        classes: the class names, likewise.
        missing: faults that only say which names are missing; a skeleton or classes will
            bring these. ``skeleton`` and ``classes`` are then stand-ins.
    """

    resolution: Resolution
    skeleton: Skeleton | None = None
    classes: tuple[str, ...] | None = None
    missing: tuple[str, ...] = ()


def resolve_leniently(
    reading: Reading, skeleton: Skeleton | None = None, classes: Sequence[str] | None = None
) -> Resolved:
    """Resolve a configuration, with stand-ins for a skeleton and classes that are not there.

    A training profile names no parts, since it is meant for any animal: that is no fault.

    Args:
        reading: the configuration, with its own skeleton and classes.
        skeleton: overrides its skeleton.
        classes: overrides its classes.

    Raises:
        BuildError: with every fault that no skeleton and no classes would mend.
    """
    skeleton, classes = skeleton or reading.skeleton, classes or reading.classes
    classes = tuple(classes) if classes else None
    try:
        return Resolved(resolve(reading.config, skeleton, classes), skeleton, classes)
    except BuildError as error:
        if skeleton is not None and classes is not None:
            raise
        skeleton = skeleton or _stand_in(reading.config)
        classes = classes or _names_in(reading.config) or ("one", "another")
        try:
            resolution = resolve(reading.config, skeleton, classes)
        except FaultsError as still:
            persisting = set(still.faults)
            known = dict.fromkeys(fault for fault in error.faults if fault in persisting)
            # Faults that vanished were about names; what came up behind them is new.
            raise BuildError(
                [*known, *(fault for fault in still.faults if fault not in known)],
                still.heading,
            ) from None
        missing = tuple(str(fault) for fault in error.faults)
        return Resolved(resolution, skeleton, classes, missing)


def _stand_in(config: ModelConfig) -> Skeleton:
    """A skeleton that has every part that the configuration names, and some edge."""
    parts = tuple(dict.fromkeys([*_names_in(config), "one", "another"]))
    return Skeleton(parts, [(parts[-2], parts[-1])])


def _names_in(config: ModelConfig) -> tuple[str, ...]:
    section = config.heads.which_oneof()
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            collect(list(value.values()))
        elif isinstance(value, Sequence):
            for item in value:
                collect(item)

    if attrs.has(type(section)):
        collect(unstructure(section))
    return tuple(dict.fromkeys(found))

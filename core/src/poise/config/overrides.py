"""Set single values of a configuration by their dotted paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from poise import registry
from poise.config.one_of import BackboneConfig, HeadsConfig
from poise.errors import Fault
from poise.messages import short_repr
from poise.registry import documented

PREFIX = "model."
"""Messages about a file name a value with it, and it may be copied from there."""

_CONTAINERS: dict[str, type[BackboneConfig | HeadsConfig]] = {
    "backbone": BackboneConfig,
    "heads": HeadsConfig,
}


def override(data: dict[str, Any], values: Mapping[str, Any]) -> list[Fault]:
    """Replace some values in the plain data of a model.

    Args:
        data: plain data of a model; it is changed.
        values: dotted path → value.

    Returns:
        The faults of paths that lead nowhere, or to one place. Whether values are right is for
        the reader of the data to say.
    """
    faults: list[Fault] = []
    taken: dict[tuple[str, ...], str] = {}
    for path, value in values.items():
        names = tuple(path.removeprefix(PREFIX).split(".")) if isinstance(path, str) else ()
        what = _fault_of(names, path, data, taken)
        if what:
            faults.append(Fault(what, str(path)))
            continue
        taken[names] = path
        _set(data, names, value)
    return faults


def _fault_of(
    names: tuple[str, ...], path: Any, data: dict[str, Any], taken: Mapping[tuple[str, ...], str]
) -> str:
    """What is wrong with a path; nothing if a value can be set there."""
    if not names or "" in names:
        example = "backbone.unet.filters"
        return f"must be names between dots, as {example}, got {short_repr(path)}"
    for other, name in taken.items():
        shorter = min(len(other), len(names))
        if other[:shorter] == names[:shorter]:
            return f"must be set once, got {name} as well"
    container = _CONTAINERS.get(names[0])
    if container is not None and len(names) > 1:
        kind, plugins = container.kind, registry.default()
        members = {*documented.keys(kind.name), *plugins.keys(kind), *(data[names[0]] or ())}
        if names[1] not in members:
            return plugins.unknown(kind, names[1])
    inner: Any = data
    for depth, name in enumerate(names[:-1]):
        inner = inner.get(name) if isinstance(inner, dict) else inner
        if inner is not None and not isinstance(inner, dict):
            place = ".".join(names[: depth + 1])
            return f"must lead into objects, got {short_repr(inner)} at {place}; set it as a whole"
    return ""


def _set(data: dict[str, Any], names: tuple[str, ...], value: Any) -> None:
    *outer, last = names
    for name in outer:
        if data.get(name) is None:
            data[name] = {}
        data = data[name]
    data[last] = value

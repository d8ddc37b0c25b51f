"""The configuration classes of plugins, by name."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

from poise.errors import PluginClashError, PluginError
from poise.messages import join_names, suggestion
from poise.registry.discovery import KINDS, Candidate
from poise.registry.failures import Failure

if TYPE_CHECKING:
    from poise.registry.lookup import Registry


class Configs:
    """The configuration classes of the plugins of a registry, as attributes.

    ``poise.configs.TinyVGGConfig`` is the class of that name of whichever plugin has it: the
    ``config`` of a backbone or head, a class nested in it, or another attrs class that the
    plugin's module exports. Asking for one loads the plugins, but no Keras.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        homes: dict[type, list[Candidate]] = {}
        for candidate, classes in self._classes():
            for cls in classes:
                if cls.__name__ == name and candidate not in homes.setdefault(cls, []):
                    homes[cls].append(candidate)
        if len(homes) > 1:
            who = join_names(str(candidates[0]) for candidates in homes.values())
            raise PluginClashError(
                f"{name} must be the class of one plugin, got one of each of {who}; take it from "
                f'the spec of a key, as in poise.backbones["…"].config'
            )
        if homes:
            return next(iter(homes))
        raise AttributeError(self._unknown(name))

    def __dir__(self) -> list[str]:
        return sorted({cls.__name__ for _, classes in self._classes() for cls in classes})

    def __repr__(self) -> str:
        return f"<configuration classes: {join_names(dir(self))}>"

    def _classes(self) -> Iterator[tuple[Candidate, set[type]]]:
        """The classes of every plugin that can be used."""
        self._registry.prepare(*(kind.name for kind in KINDS))
        for kind in KINDS:
            for key in self._registry.keys(kind):
                try:
                    spec = self._registry.spec(kind, key)
                except (PluginError, PluginClashError):
                    continue  # an unknown name lists them
                candidate = self._registry.claimants(kind, key)[0]
                classes = set(_exported(self._registry.plugin_of(candidate)))
                yield candidate, classes | set(_nested(getattr(spec, "config", None)))

    def _unknown(self, name: str) -> str:
        what = f"no plugin has a configuration class {name!r}"
        failures = [each for each in self._registry.failures() if _may_have_one(each)]
        unusable = "".join(f"\n  cannot be used: {failure.line()}" for failure in failures)
        return f"{what}; {suggestion(name, dir(self), noun='classes')}{unusable}"


def _may_have_one(failure: Failure) -> bool:
    return failure.candidate.kind in [kind.name for kind in KINDS]


def _exported(plugin: Any) -> Iterator[type]:
    if not inspect.ismodule(plugin):
        return
    package = plugin.__name__.partition(".")[0]
    for name, value in vars(plugin).items():
        is_config = name.endswith("Config") and inspect.isclass(value) and attrs.has(value)
        if is_config and value.__module__.partition(".")[0] == package:
            yield value


def _nested(cls: Any) -> Iterator[type]:
    from poise.fields.descriptions import hints_of, section_class

    if cls is None:
        return
    yield cls
    for field in attrs.fields(cls):
        nested = section_class(hints_of(cls).get(field.name, field.type))
        if nested is not None:
            yield from _nested(nested)

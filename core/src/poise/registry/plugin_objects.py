"""Plugin objects that have no entry points: those of tests, and of programs that embed Poise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from poise import hookspecs
from poise.errors import PluginError
from poise.messages import described
from poise.processes.interrupts import let_signals_pass
from poise.registry.discovery import KINDS, OBSERVERS, Candidate, Kind


def candidates_of_objects(
    plugins: Iterable[Any], kinds_of_all: Callable[[], Iterable[Kind]]
) -> dict[Candidate, Any]:
    """What entry points would claim for plugin objects: candidate → plugin.

    Args:
        plugins: the objects.
        kinds_of_all: gives the kinds that are installed; most plugin objects need no look at
            them.

    Raises:
        PluginError: a hook fails, or does not return specs.
    """
    plugin_of: dict[Candidate, Any] = {}
    names: list[str] = []
    for plugin in plugins:
        name = getattr(plugin, "__name__", type(plugin).__name__)
        names.append(name)
        if names.count(name) > 1:
            name = f"{name}-{names.count(name)}"
        kinds = KINDS if _has_only_hooks_of_the_core(plugin) else tuple(kinds_of_all())
        for kind in kinds:
            for key in _keys(plugin, name, kind):
                plugin_of[Candidate(kind.name, key, name, name, "given")] = plugin
        if not any(hasattr(plugin, kind.hook) for kind in kinds):
            plugin_of[Candidate(OBSERVERS.name, name, name, name, "given")] = plugin
    return plugin_of


def _keys(plugin: Any, name: str, kind: Kind) -> list[str]:
    """The keys of a kind that a plugin object without entry points provides.

    Raises:
        PluginError: its hook fails, or does not return specs.
    """
    if not hasattr(plugin, kind.hook):
        return []
    try:
        return [spec.key for spec in getattr(plugin, kind.hook)()]
    except BaseException as error:
        let_signals_pass(error)
        what = f"{kind.hook} of the plugin {name} does not return a list of specs"
        raise PluginError(f"{what}: {described(error)}") from error


def _has_only_hooks_of_the_core(plugin: Any) -> bool:
    """Whether a plugin object is of kinds of the core alone."""
    return all(hasattr(hookspecs, name) for name in dir(plugin) if name.startswith("poise_"))

"""Load one plugin; any error becomes a ``Failure``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pluggy

from poise.processes import logs
from poise.processes.interrupts import let_signals_pass
from poise.registry.discovery import OBSERVERS, OPENERS, Candidate, Kind
from poise.registry.failures import Broken, Failure, failure_of
from poise.registry.guarding import guarded
from poise.registry.judging import own_spec
from poise.registry.opening import Opened, load

HEAVY_MODULES = ("keras", "tensorflow", "jax", "torch")
"""Modules that a plugin must not import at the top: lookups must stay cheap."""


class Loaded(NamedTuple):
    """The result of loading an entry point.

    Attributes:
        result: the spec of its key, the kind that it opens, ``None`` for an observer, or the
            failure.
        plugin: the plugin object, usually a module; ``None`` if the import failed, and for a
            kind.
    """

    result: Any
    plugin: Any


def load_specs(candidate: Candidate, opened: Opened, plugin: Any = None) -> Loaded:
    """Load the plugin of an entry point and get the spec of its key.

    Args:
        candidate: the entry point.
        opened: the kinds; the plugin is registered with their manager, under its
            distribution's name.
        plugin: the plugin object, if it is not to be imported.
    """
    if candidate.kind == OPENERS.name:
        return Loaded(opened.open(candidate), None)
    try:
        if candidate.kind != OBSERVERS.name:
            opened.kind(candidate.kind)  # the hook must be there before it is implemented
        if plugin is None:
            plugin = load(candidate)
        spec = _registered(plugin, candidate, opened)
    except BaseException as error:  # noqa: BLE001 - a plugin may raise anything
        let_signals_pass(error)
        failure = failure_of(error, candidate)
        name = f"{candidate.kind} {candidate.key}"
        logs.warning(__name__, "%s of %s cannot be used: %s", name, candidate, failure.cause)
        return Loaded(failure, plugin)
    logs.debug(__name__, "loaded %s %s of %s", candidate.kind, candidate.key, candidate)
    return Loaded(spec, plugin)


def load_specs_by(
    load: Callable[[Candidate, Callable[[], Loaded]], Loaded | Failure],
    candidate: Candidate,
    opened: Opened,
) -> Loaded:
    """The same, by a loader's ``load``, which may refuse to import it."""
    result = load(candidate, lambda: load_specs(candidate, opened))
    return Loaded(result, None) if isinstance(result, Failure) else result


def _registered(plugin: Any, candidate: Candidate, opened: Opened) -> Any:
    """Register a plugin; the spec of the key, or ``None`` for an observer."""
    opened.refuse_unknown_hooks(plugin)
    _register(plugin, candidate, opened)
    if candidate.kind == OBSERVERS.name:
        return None
    kind, provider = opened.kind(candidate.kind), opened.provider(candidate.kind)
    hook = Kind.named(candidate.kind).hook
    impls = getattr(opened.manager.hook, hook).get_hookimpls()
    own = [impl for impl in impls if impl.plugin is plugin]
    if not own:
        raise Broken(
            f"it has no hook {hook}",
            f"define {hook}() in {candidate.value} and mark it with @poise.hookimpl",
        )
    specs: Any = own[0].function()
    if not isinstance(specs, Iterable) or isinstance(specs, str | dict):
        raise Broken(
            f"{hook} must return a list of specs, got {type(specs).__name__}",
            f"return a list from {hook}",
        )
    return guarded(own_spec(list(specs), candidate, kind, provider), candidate)


def _register(plugin: Any, candidate: Candidate, opened: Opened) -> None:
    manager = opened.manager
    with opened.lock:
        if manager.is_registered(plugin):
            return
        try:
            manager.register(plugin, name=f"{candidate.distribution}:{candidate.value}")
        except pluggy.PluginValidationError as error:
            # Some versions of pluggy keep the hooks that they registered before this one.
            if manager.is_registered(plugin):
                manager.unregister(plugin)
            reason = str(error).strip().splitlines()[-1]
            raise Broken(
                f"a hook has the wrong arguments: {reason}",
                "give it the arguments that poise.hookspecs declares",
            ) from None

"""Load the kinds of plugins that distributions open, each when its first plugin is loaded."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import attrs
import pluggy

from poise import hookspecs
from poise.messages import join_names, nearest
from poise.processes.interrupts import let_signals_pass
from poise.registry.discovery import BACKBONE, ENCODER, HEAD, OPENERS, Candidate, Kind
from poise.registry.failures import Broken, Failure, failure_of
from poise.registry.kinds import Kinds, fault_of_name
from poise.specs import API, BackboneSpec, EncoderSpec, HeadSpec, PluginKind

_REFERENCE = re.compile(r"[\w.]+\s*(:\s*[\w.]+\s*)?(\[.*\]\s*)?")
"""A valid object reference: ``package.module`` or ``package.module:object``."""

_KERAS = ("keras>=3.6", "poise>=0.1")


def _of_the_core(kind: Kind, spec: type, summary: str, *requires: str) -> PluginKind:
    return PluginKind(
        spec=spec,
        api=API,
        hooks=hookspecs,
        summary=summary,
        builds=True,
        templates=f"poise.cli.new.templates.{kind.name}",
        requires=(*_KERAS, *requires),
        test_requires=("tensorflow>=2.16.1",),
    )


CORE = {
    BACKBONE.name: _of_the_core(BACKBONE, BackboneSpec, "Turns images into features"),
    # Heads use outputs of poise_heads.
    HEAD.name: _of_the_core(HEAD, HeadSpec, "Turns features into predictions", "poise-heads>=0.1"),
    ENCODER.name: _of_the_core(ENCODER, EncoderSpec, "Is a part of backbones"),
}
"""The kinds of the core."""

NEEDED = ("key", "summary", "api")
"""The fields that every spec has."""


Opener = Callable[[], PluginKind | Failure]
Load = Callable[[Candidate, Opener], PluginKind | Failure]


class Opened:
    """The kinds of plugins, and a pluggy manager with the hooks of those that are loaded.

    Args:
        kinds: what the metadata says of them.
        lock: a context manager that is held while the plugin manager changes.
        load: loads an entry point by a function, as ``loaders.Loader.load``.

    Attributes:
        kinds: the same.
        lock: the same.
        manager: without plugins at first.
    """

    def __init__(self, kinds: Kinds, lock: Any, load: Load = lambda opener, by: by()) -> None:
        self.kinds: Kinds = kinds
        self.lock: Any = lock
        self._load = load
        # Poise loads entry points itself: pluggy's loader stops at the first broken plugin (D1).
        self.manager: pluggy.PluginManager = pluggy.PluginManager("poise")
        self.manager.add_hookspecs(hookspecs)
        self._loaded: dict[str, PluginKind | Failure] = {}

    def kind(self, name: str) -> PluginKind:
        """The kind of a name; the first call loads it.

        Raises:
            Broken: no plugin of the kind can be used.
        """
        if name in CORE:
            return CORE[name]
        closed = self.kinds.closed(name)
        if closed is not None:
            raise Broken(closed.cause, closed.fix)
        opener = self.kinds.opened[name]
        result = self.open(opener)
        if isinstance(result, Failure):
            raise Broken(f"its kind {name} of {opener} cannot be used: {result.cause}", result.fix)
        return result

    def open(self, opener: Candidate) -> PluginKind | Failure:
        """Load what an entry point in the group ``poise.kinds`` names; errors become a failure."""
        kept = self._loaded.get(opener.key)
        if kept is not None:
            return kept
        # Without the lock, as for plugins: importing twice is harmless, the first import counts.
        result = self._load(opener, lambda: _loaded(opener))
        with self.lock:
            if opener.key not in self._loaded and isinstance(result, PluginKind):
                self.manager.add_hookspecs(result.hooks)
            return self._loaded.setdefault(opener.key, result)

    def refuse(self, name: str, cause: str, fix: str) -> None:
        """Do not load a kind of which another process knows that it cannot be used."""
        opener = self.kinds.opened.get(name)
        if opener is not None:
            self._loaded.setdefault(name, Failure(opener, cause, fix))

    def provider(self, name: str) -> str:
        """The distribution that a kind is of."""
        return "Poise" if name in CORE else self.kinds.opened[name].distribution

    def refuse_unknown_hooks(self, plugin: Any) -> None:
        """Raise if a plugin implements a hook that does not exist.

        Raises:
            Broken: with the nearest hook.
        """
        for name in _routines(plugin):
            options = self.manager.parse_hookimpl_opts(plugin, name)
            if options is None or options.get("optionalhook"):
                continue
            hook = options.get("specname") or name
            # Kinds have hooks that only loading them shows.
            if hook not in self._hooks() and hook not in self._hooks(load=True):
                hooks = self._hooks()
                close = nearest(hook, hooks)
                fix = f"did you mean {close}?" if close else f"hooks: {join_names(hooks)}"
                raise Broken(f"it implements the hook {hook}, which does not exist", fix)

    def _hooks(self, *, load: bool = False) -> list[str]:
        if load:
            for opener in self.kinds.opened.values():
                self.open(opener)
        homes = [kind.hooks for kind in self._loaded.values() if isinstance(kind, PluginKind)]
        own = [name for name in vars(hookspecs) if name.startswith("poise_")]
        more = {name for home in homes for name in dir(home) if name.startswith("poise_")}
        return [*own, *sorted((more | self.kinds.hooks) - set(own))]


def _routines(plugin: Any) -> list[str]:
    """Names of what may be a hook: looking at everything else in a module would take long."""
    if not isinstance(plugin, ModuleType):
        return dir(plugin)
    return [name for name, value in vars(plugin).items() if inspect.isroutine(value)]


def load(candidate: Candidate) -> Any:
    """What an entry point names.

    Raises:
        Broken: it names nothing that can be imported, or the metadata of its distribution has a
            fault. Errors of the import are not caught.
    """
    if candidate.fault:
        raise Broken(*Failure.of_metadata(candidate)[1:])
    if not _REFERENCE.fullmatch(candidate.value):
        what = "an object" if candidate.kind == OPENERS.name else "a module"
        raise Broken(
            f"its entry point must name {what}, got {candidate.value!r}",
            f'set {candidate.key} = "package.module" in its pyproject.toml',
        )
    return candidate.load()


def _loaded(opener: Candidate) -> PluginKind | Failure:
    try:
        fault = fault_of_name(opener.key)
        if fault:
            group = Kind.named(opener.key).group
            raise Broken(f"it cannot open {group}: {fault}", "give its entry point another name")
        kind = load(opener)
        _refuse_incomplete(kind, opener)
        assert isinstance(kind, PluginKind)
        return kind
    except BaseException as error:  # noqa: BLE001 - a plugin may raise anything
        let_signals_pass(error)
        return failure_of(error, opener)


def _refuse_incomplete(kind: Any, opener: Candidate) -> None:
    if not isinstance(kind, PluginKind):
        raise Broken(
            f"{opener.value} must be a poise.PluginKind, got {type(kind).__name__}",
            f'set {opener.key} = "package.module:KIND" in its pyproject.toml',
        )
    hook = Kind.named(opener.key).hook
    if not hasattr(getattr(kind.hooks, hook, None), "poise_spec"):  # what pluggy marks it with
        raise Broken(
            f"its hooks have no specification of {hook}",
            f"define {hook}() there and mark it with @poise.hookspecs.hookspec",
        )
    fields = attrs.fields_dict(kind.spec) if attrs.has(kind.spec) else {}
    missing = [name for name in NEEDED if name not in fields]
    if missing:
        name = getattr(kind.spec, "__name__", repr(kind.spec))
        raise Broken(
            f"its spec {name} has no field {join_names(missing)}",
            "make it with attrs, with the fields key, summary and api",
        )

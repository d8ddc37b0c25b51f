"""The registry: find, load and look up plugins, and record failures.

``backbones``, ``heads`` and ``encoders`` are mappings from key to spec. Keys come from the
metadata of installed distributions; a lookup loads that plugin and no other. A broken plugin
does not affect the others: any error becomes a ``Failure``, which every lookup of its key
reports.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import pluggy

from poise.errors import PluginClashError, PluginError, UnknownKeyError
from poise.messages import join_names, short_repr, suggestion
from poise.registry import documented
from poise.registry.claims import Claim, claims
from poise.registry.discovery import (
    BACKBONE,
    ENCODER,
    HEAD,
    KINDS,
    OBSERVERS,
    Candidate,
    Kind,
    Policy,
    package_of,
    scan,
)
from poise.registry.importing import Failure, Loaded, given_keys, load_specs, open_manager
from poise.registry.mapping import Specs
from poise.registry.observing import notify_observers
from poise.settings import STRICT
from poise.specs import BackboneSpec, EncoderSpec, HeadSpec, Spec


class Registry:
    """All backbones, heads and encoders that may be used.

    Args:
        plugins: plugin objects (modules or namespaces with hooks) to use instead of the
            installed plugins; the registry then discovers nothing. For tests and embedding.
        policy: which plugins may be used; by default read from the environment.

    Attributes:
        backbones: key → ``BackboneSpec``.
        heads: key → ``HeadSpec``.
        encoders: key → ``EncoderSpec``.
    """

    def __init__(self, plugins: Iterable[Any] | None = None, *, policy: Policy | None = None):
        self._policy = policy
        self._lock = threading.RLock()
        self._manager = open_manager()
        self._candidates: tuple[Candidate, ...] | None = None
        self._claims: dict[tuple[str, str], Claim] | None = None
        self._loaded: dict[Candidate, Loaded] = {}
        self._loading = threading.local()
        self._observers_loaded = False
        self.backbones: Specs[BackboneSpec] = Specs(self, BACKBONE)
        self.heads: Specs[HeadSpec] = Specs(self, HEAD)
        self.encoders: Specs[EncoderSpec] = Specs(self, ENCODER)
        if plugins is not None:
            self._policy = policy or Policy()
            self._register_objects(list(plugins))

    @property
    def policy(self) -> Policy:
        """The allow-list, deny-list, preferences and strictness in force."""
        if self._policy is None:
            self._policy = Policy.from_environment()
        return self._policy

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Every entry point that claims a key, even if not allowed, from metadata alone."""
        with self._lock:
            if self._candidates is None:
                self._candidates = scan()
            return self._candidates

    @property
    def hook(self) -> pluggy.HookRelay:
        """pluggy's relay to the hooks of every loaded plugin and every observer."""
        self._load_observers()
        return self._manager.hook

    def notify_built(self, model: Any, config: Any) -> None:
        """Call every ``poise_model_built``.

        Raises:
            PluginError: one of them failed; the message names its distribution.
        """
        self._load_observers()
        notify_observers(self._manager, model, config)

    def failures(self) -> tuple[Failure, ...]:
        """Load every allowed plugin; return those that failed, and all clashes."""
        failures: list[Failure] = []
        for kind in (*KINDS, OBSERVERS):
            for key in self.keys(kind):
                claimants = self.claimants(kind, key)
                if len(claimants) > 1 and kind is not OBSERVERS:
                    failures += [self._clash(candidate, claimants) for candidate in claimants]
                    continue
                results = [self._load(candidate) for candidate in claimants]
                failures += [result for result in results if isinstance(result, Failure)]
        return tuple(failures)

    def keys(self, kind: Kind) -> list[str]:
        """The keys of a kind that allowed plugins claim, sorted."""
        claims = self._all_claims().items()
        return sorted(key for (name, key), claim in claims if name == kind.name and claim.providers)

    def claimants(self, kind: Kind, key: str) -> list[Candidate]:
        """The allowed entry points that claim a key, after preferences."""
        claim = self._all_claims().get((kind.name, key))
        return list(claim.providers) if claim else []

    def spec(self, kind: Kind, key: str) -> Spec:
        """Look up a key. The first lookup loads its plugin.

        Raises:
            UnknownKeyError: no plugin provides the key; the message names the nearest key, or
                the distribution to install if Poise knows it.
            PluginClashError: several distributions claim the key; the message says how to
                choose one.
            PluginError: the plugin is broken; the message names cause and fix.
        """
        self.refuse_failures_if_strict()
        providers = self.claimants(kind, key) if isinstance(key, str) else []
        if not providers:
            raise UnknownKeyError(self.unknown(kind, key))
        if len(providers) > 1:
            raise PluginClashError(self._clash(providers[0], providers).message())
        result = self._load(providers[0])
        if isinstance(result, Failure):
            raise PluginError(result.message())
        assert result is not None  # only observers have no spec
        return result

    def spec_of_section(self, kind: Kind, key: str) -> BackboneSpec | HeadSpec:
        """Look up a key that configurations have sections for. Raises as ``spec`` does."""
        spec = self.spec(kind, key)
        assert isinstance(spec, BackboneSpec | HeadSpec)  # encoders have no sections
        return spec

    def plugin_of(self, candidate: Candidate) -> Any:
        """The plugin object of an entry point, even if another one provides its key.

        Raises:
            PluginError: the plugin is broken; the message names cause and fix.
        """
        result = self._load(candidate)
        if isinstance(result, Failure):
            raise PluginError(result.message())
        return self._loaded[candidate].plugin

    def key_of(self, kind: Kind, config_class: type) -> str | None:
        """The key whose configuration class is ``config_class``, or ``None``.

        Plugins in the package of the class are loaded first, so usually only one is loaded.
        If several distributions claim a key, any of them may define the class.
        """
        package = config_class.__module__.partition(".")[0]
        providers = [
            candidate for key in self.keys(kind) for candidate in self.claimants(kind, key)
        ]
        providers.sort(key=lambda candidate: package_of(candidate) != package)
        for candidate in providers:
            result = self._load(candidate)
            if isinstance(result, BackboneSpec | HeadSpec) and result.config is config_class:
                return candidate.key
        return None

    def unknown(self, kind: Kind, key: object) -> str:
        """The message for a key that no plugin provides."""
        what = f"no {kind.name} {short_repr(key)}"
        claim = self._all_claims().get((kind.name, key)) if isinstance(key, str) else None
        if claim is not None and claim.refused:
            reasons = [f"{refused} has it, but is {why}" for refused, why in claim.refused.items()]
            return f"{what}: {join_names(reasons)}"
        distribution = documented.distribution_of(kind.name, key) if isinstance(key, str) else None
        if distribution is not None:
            return f"{what} is installed: {distribution} provides it (pip install {distribution})"
        return f"{what}; {suggestion(key, self.keys(kind), noun='installed')}"

    def _all_claims(self) -> dict[tuple[str, str], Claim]:
        with self._lock:
            if self._claims is None:
                self._claims = claims(self.candidates, self.policy)
            return self._claims

    def _clash(self, candidate: Candidate, claims: list[Candidate]) -> Failure:
        preferred = self.policy.preferred_for(candidate.key)
        return Failure.of_clash(candidate, claims, preferred=preferred)

    def _load(self, candidate: Candidate) -> Spec | Failure | None:
        with self._lock:
            kept = self._loaded.get(candidate)
        if kept is not None:
            return kept.result
        under_way: set[Candidate] = self._loading.__dict__.setdefault("candidates", set())
        if candidate in under_way:
            # Do not keep this failure: the plugin may work once its import has ended.
            return Failure.of_early_lookup(candidate)
        # Do not hold the lock: a plugin's import may wait for another thread's import, which
        # may wait for this registry. Importing twice is harmless; the first import counts.
        under_way.add(candidate)
        try:
            loaded = load_specs(candidate, self._manager, self._lock)
        finally:
            under_way.remove(candidate)
        return self._keep(candidate, loaded)

    def _keep(self, candidate: Candidate, loaded: Loaded) -> Spec | Failure | None:
        with self._lock:
            kept = self._loaded.setdefault(candidate, loaded)
            if isinstance(kept.result, Failure) and self._manager.is_registered(kept.plugin):
                in_use = any(
                    other.plugin is kept.plugin and not isinstance(other.result, Failure)
                    for other in self._loaded.values()
                )
                if not in_use:  # the other hooks of a broken plugin must not run
                    self._manager.unregister(kept.plugin)
            return kept.result

    def _load_observers(self) -> None:
        if not self._observers_loaded:
            for key in self.keys(OBSERVERS):
                for candidate in self.claimants(OBSERVERS, key):
                    self._load(candidate)
            self._observers_loaded = True

    def refuse_failures_if_strict(self) -> None:
        """With ``POISE_STRICT``, refuse every lookup while an installed plugin fails.

        Raises:
            PluginError: lists the plugins that fail.
        """
        if not self.policy.strict:
            return
        failures = self.failures()
        if failures:
            lines = [failure.line() for failure in failures[:8]]
            more = [f"… and {len(failures) - 8} more"] if len(failures) > 8 else []
            number = "a plugin" if len(failures) == 1 else f"{len(failures)} plugins"
            heading = f"{STRICT} is set, and {number} cannot be used:"
            raise PluginError("\n  ".join([heading, *lines, *more]))

    def _register_objects(self, plugins: list[Any]) -> None:
        """Register plugin objects that have no entry points."""
        plugin_of: dict[Candidate, Any] = {}
        names: list[str] = []
        for plugin in plugins:
            name = getattr(plugin, "__name__", type(plugin).__name__)
            names.append(name)
            if names.count(name) > 1:
                name = f"{name}-{names.count(name)}"
            for kind in KINDS:
                for key in given_keys(plugin, name, kind):
                    plugin_of[Candidate(kind.name, key, name, name, "given")] = plugin
            if not any(hasattr(plugin, kind.hook) for kind in KINDS):
                plugin_of[Candidate(OBSERVERS.name, name, name, name, "given")] = plugin
        self._candidates = tuple(sorted(plugin_of))
        for candidate, plugin in plugin_of.items():
            loaded = load_specs(candidate, self._manager, self._lock, plugin=plugin)
            self._keep(candidate, loaded)


_default: Registry | None = None
"""The registry that tests or embedders have set."""
_installed: Registry | None = None
_default_lock = threading.RLock()


def default() -> Registry:
    """The registry in force: that of the installed plugins, unless ``reset`` set another."""
    with _default_lock:
        return installed() if _default is None else _default


def installed() -> Registry:
    """The registry of the installed plugins, created by the first call."""
    global _installed
    with _default_lock:
        if _installed is None:
            _installed = Registry()
        return _installed


def reset(registry: Registry | None = None) -> None:
    """Discover plugins again, or set another registry (for tests and embedding)."""
    global _default, _installed
    with _default_lock:
        _default = registry
        if registry is None:
            _installed = None

"""The registry: find, load and look up plugins, and record failures.

``backbones``, ``heads`` and ``encoders`` are mappings from key to spec. Keys come from the
metadata of installed distributions; a lookup loads that plugin and no other. A broken plugin
does not affect the others: any error becomes a ``Failure``, which every lookup of its key
reports.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import pluggy

from poise.errors import PluginClashError, PluginError, UnknownKeyError
from poise.processes.locks import ForkSafeLock
from poise.registry.claims import Claim
from poise.registry.config_classes import Configs
from poise.registry.discovery import (
    BACKBONE,
    ENCODER,
    HEAD,
    OBSERVERS,
    OPENERS,
    Candidate,
    Kind,
    Policy,
    package_of,
    scan,
)
from poise.registry.failures import Broken, Failure, strict_message, unknown_message
from poise.registry.importing import Loaded, load_specs, load_specs_by
from poise.registry.kinds import Kinds
from poise.registry.loaders import Direct, Loader
from poise.registry.mapping import Specs
from poise.registry.observing import notify_observers
from poise.registry.opening import Opened
from poise.registry.plugin_objects import candidates_of_objects
from poise.registry.registering import Registered, prepared
from poise.specs import BackboneSpec, EncoderSpec, HeadSpec, PluginKind


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
        configs: class name → configuration class of a plugin.
        loader: how it loads installed plugins.
    """

    def __init__(self, plugins: Iterable[Any] | None = None, *, policy: Policy | None = None):
        self._policy = policy
        self.loader: Loader = Direct()
        self._lock = ForkSafeLock()
        self._opened: Opened | None = None
        self._candidates: tuple[Candidate, ...] | None = None
        self._claims: dict[tuple[str, str], Claim] | None = None
        self._registered = Registered()
        self._loaded: dict[Candidate, Loaded] = {}
        self._loading = threading.local()
        self._observers_loaded = False
        self.backbones: Specs[BackboneSpec] = Specs(self, BACKBONE)
        self.heads: Specs[HeadSpec] = Specs(self, HEAD)
        self.encoders: Specs[EncoderSpec] = Specs(self, ENCODER)
        self.configs: Configs = Configs(self)
        self._discovers = plugins is None
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
                self._candidates = scan() if self._discovers else ()
            return (*self._candidates, *self._registered.candidates())

    @property
    def _kinds(self) -> Opened:
        with self._lock:
            if self._opened is None:
                # What plugin objects may be of is installed, as their hooks are.
                openers = () if self._discovers else scan([OPENERS])
                installed = (*openers, *self.candidates)
                self._opened = Opened(Kinds(installed, self.policy), self._lock, self.loader.load)
            return self._opened

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """All kinds whose plugins have keys, of the core and opened by distributions."""
        return tuple(self._kinds.kinds)

    def plugins_of(self, kind: str) -> Specs[Any]:
        """The plugins of a kind: key → spec.

        Args:
            kind: its name, as ``tracker``: of the core, or of a kind that a distribution opens.

        Raises:
            UnknownKeyError: there is no such kind, or it cannot be used.
        """
        return Specs(self, self.kind(kind))

    def kind(self, name: str) -> Kind:
        """The kind of a name. Raises as ``plugins_of`` does."""
        kind = self._kinds.kinds.named(name)
        if kind is None:
            raise UnknownKeyError(self._kinds.kinds.unknown(name))
        return kind

    def opened(self, kind: Kind) -> PluginKind:
        """What a kind is; one that a distribution opens is loaded.

        Raises:
            PluginError: the kind cannot be used; the message names cause and fix.
        """
        try:
            return self._kinds.kind(kind.name)
        except Broken as broken:
            raise PluginError(
                f"{kind.group} cannot be used: {broken.cause}\n  fix: {broken.fix}"
            ) from None

    @property
    def hook(self) -> pluggy.HookRelay:
        """pluggy's relay to the hooks of every loaded plugin and every observer."""
        self._load_observers()
        return self._kinds.manager.hook

    def notify_built(self, model: Any, config: Any) -> None:
        """Call every ``poise_model_built``.

        Raises:
            PluginError: one of them failed; the message names its distribution.
        """
        self._load_observers()
        notify_observers(self._kinds.manager, model, config)

    def register(self, *specs: Any, replace: bool = False) -> None:
        """Add specs without a distribution. See ``poise.register``."""
        for spec in specs:
            candidate, loaded = prepared(spec, self, self._kinds)
            with self._lock:
                self._registered.add(candidate, self._all_claims(), replace=replace)
                self._loaded[candidate], self._claims = loaded, None

    def failures(self) -> tuple[Failure, ...]:
        """Load every allowed plugin; return those that failed, and all clashes."""
        self.prepare(*{kind for kind, _ in self._all_claims()})
        failures: list[Failure] = []
        for (kind, _), claim in sorted(self._all_claims().items()):
            closed = self._kinds.kinds.closed(kind)
            if closed is not None and closed.is_meant:
                continue
            if closed is None and len(claim.providers) > 1 and kind != OBSERVERS.name:
                failures += [self._clash(each, claim.providers) for each in claim.providers]
                continue
            failures += [Failure.of_rival(each, claim.refused[each]) for each in claim.rivals]
            results = [self._load(candidate) for candidate in claim.providers]
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

    def spec(self, kind: Kind, key: str) -> Any:
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
        claim = self._all_claims().get((kind.name, key)) if isinstance(key, str) else None
        return unknown_message(kind.name, key, claim.refused if claim else {}, self.keys(kind))

    def prepare(self, *kinds: str) -> None:
        """Do in advance what can be done for all plugins of these kinds together."""
        claims = [claim for (kind, _), claim in self._all_claims().items() if kind in kinds]
        alone = [claim.providers[0] for claim in claims if len(claim.providers) == 1]
        self.loader.prepare(candidate for candidate in alone if candidate not in self._loaded)

    def _all_claims(self) -> dict[tuple[str, str], Claim]:
        with self._lock:
            if self._claims is None:
                claims = self._kinds.kinds.all_claims(self.candidates, self.policy)
                self._claims = {**claims, **self._registered.claims}
            return self._claims

    def _clash(self, candidate: Candidate, claims: Sequence[Candidate]) -> Failure:
        preferred = self.policy.preferred_for(candidate.key)
        return Failure.of_clash(candidate, claims, preferred=preferred)

    def _load(self, candidate: Candidate) -> Any:
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
            loaded = load_specs_by(self.loader.load, candidate, self._kinds)
        finally:
            under_way.remove(candidate)
        return self._keep(candidate, loaded)

    def _keep(self, candidate: Candidate, loaded: Loaded) -> Any:
        with self._lock:
            kept = self._loaded.setdefault(candidate, loaded)
            if isinstance(kept.result, Failure) and self._kinds.manager.is_registered(kept.plugin):
                in_use = any(
                    other.plugin is kept.plugin and not isinstance(other.result, Failure)
                    for other in self._loaded.values()
                )
                if not in_use:  # the other hooks of a broken plugin must not run
                    self._kinds.manager.unregister(kept.plugin)
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
        if self.policy.strict and (failures := self.failures()):
            raise PluginError(strict_message(failures))

    def _register_objects(self, plugins: list[Any]) -> None:
        """Register plugin objects that have no entry points."""
        plugin_of = candidates_of_objects(plugins, lambda: self.kinds)
        self._candidates = tuple(sorted(plugin_of))
        for candidate, plugin in plugin_of.items():
            self._keep(candidate, load_specs(candidate, self._kinds, plugin=plugin))

"""The registry: find, load, look up; failures are kept as facts.

``backbones``, ``heads`` and ``encoders`` are mappings from key to spec. Names come from the
metadata of what is installed; looking one up loads that plugin and no other. One broken plugin
breaks nobody else: whatever fails becomes a ``Failure``, repeated when its key is asked for.
"""

from __future__ import annotations

import inspect
import threading
import traceback
from collections.abc import Iterable
from typing import Any

import pluggy

from poise.errors import PluginClashError, PluginError, UnknownKeyError
from poise.messages import described, listed, shown, suggestion
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
from poise.settings import DISABLE, STRICT
from poise.specs import BackboneSpec, EncoderSpec, HeadSpec, Spec


class Registry:
    """All backbones, heads and encoders that can be used.

    Args:
        plugins: plugin objects (modules or namespaces with hooks) to use instead of what is
            installed; nothing is discovered then. For tests and for embedding.
        policy: which plugins may be used; read from the environment unless given.

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
        """Every entry point that claims a key, allowed or not, from metadata alone."""
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
            PluginError: one of them failed; says whose.
        """
        try:
            self.hook.poise_model_built(model=model, config=config)
        except Exception as error:
            impls = self._manager.hook.poise_model_built.get_hookimpls()
            culprit = next((one for one in impls if _ran(one.function, error)), None)
            if culprit is None:
                raise
            distribution = culprit.plugin_name.partition(":")[0]
            raise PluginError(
                f"poise_model_built of {distribution} failed: {described(error)}\n"
                f"  fix: upgrade {distribution}, or set {DISABLE}={distribution}"
            ) from error

    def failures(self) -> tuple[Failure, ...]:
        """Load every allowed plugin and give those that failed, and the clashes."""
        found: list[Failure] = []
        for kind in (*KINDS, OBSERVERS):
            for key in self.keys(kind):
                chosen = self.claimants(kind, key)
                if len(chosen) > 1 and kind is not OBSERVERS:
                    found += [self._clash(one, chosen) for one in chosen]
                    continue
                results = [self._load(one) for one in chosen]
                found += [result for result in results if isinstance(result, Failure)]
        return tuple(found)

    def keys(self, kind: Kind) -> list[str]:
        """The keys of a kind that allowed plugins claim, sorted."""
        claims = self._all_claims().items()
        return sorted(key for (name, key), claim in claims if name == kind.name and claim.providers)

    def claimants(self, kind: Kind, key: str) -> list[Candidate]:
        """The allowed entry points that claim a key, after preferences."""
        claim = self._all_claims().get((kind.name, key))
        return list(claim.providers) if claim else []

    def spec(self, kind: Kind, key: str) -> Spec:
        """Look one key up, loading its plugin if this is the first time.

        Raises:
            UnknownKeyError: nobody provides it; names the closest key, or the distribution
                that does where that is known.
            PluginClashError: several distributions claim it; says how to choose.
            PluginError: its plugin is broken, with cause and fix.
        """
        if self.policy.strict:
            self._refuse_any_failure()
        providers = self.claimants(kind, key) if isinstance(key, str) else []
        if not providers:
            raise UnknownKeyError(self.unknown(kind, key))
        if len(providers) > 1:
            raise PluginClashError(self._clash(providers[0], providers).message())
        result = self._load(providers[0])
        if isinstance(result, Failure):
            raise PluginError(result.message())
        assert result is not None  # only an observer has no spec
        return result

    def spec_of_section(self, kind: Kind, key: str) -> BackboneSpec | HeadSpec:
        """Look up a key that configurations have sections for. Raises as ``spec`` does."""
        found = self.spec(kind, key)
        assert isinstance(found, BackboneSpec | HeadSpec)  # encoders have no sections
        return found

    def plugin(self, kind: Kind, key: str) -> Any:
        """The plugin object behind a key, usually its module. Raises as ``spec`` does."""
        self.spec(kind, key)
        return self.plugin_of(self.claimants(kind, key)[0])

    def plugin_of(self, candidate: Candidate) -> Any:
        """The plugin object of one entry point, whichever provides its key.

        Raises:
            PluginError: the plugin is broken, with cause and fix.
        """
        result = self._load(candidate)
        if isinstance(result, Failure):
            raise PluginError(result.message())
        return self._loaded[candidate].plugin

    def key_of(self, kind: Kind, config_class: type) -> str | None:
        """The key whose configuration class is ``config_class``, or ``None``.

        Plugins that live in the class's own package are loaded first, so that in practice
        one is. A key that several distributions claim is found through any of them.
        """
        package = config_class.__module__.partition(".")[0]
        providers = [one for key in self.keys(kind) for one in self.claimants(kind, key)]
        providers.sort(key=lambda candidate: package_of(candidate) != package)
        for candidate in providers:
            result = self._load(candidate)
            if isinstance(result, BackboneSpec | HeadSpec) and result.config is config_class:
                return candidate.key
        return None

    def unknown(self, kind: Kind, key: object) -> str:
        """The message for a key that nobody provides."""
        what = f"no {kind.name} {shown(key)}"
        claim = self._all_claims().get((kind.name, key)) if isinstance(key, str) else None
        if claim is not None and claim.refused:
            refused = [f"{one} has it, but is {why}" for one, why in claim.refused.items()]
            return f"{what}: {listed(refused)}"
        distribution = documented.distribution_of(kind.name, key) if isinstance(key, str) else None
        if distribution is not None:
            return f"{what} is installed: {distribution} provides it (pip install {distribution})"
        return f"{what}; {suggestion(key, self.keys(kind), noun='installed')}"

    def _all_claims(self) -> dict[tuple[str, str], Claim]:
        with self._lock:
            if self._claims is None:
                self._claims = claims(self.candidates, self.policy)
            return self._claims

    def _clash(self, one: Candidate, claims: list[Candidate]) -> Failure:
        return Failure.of_clash(one, claims, preferred=self.policy.preferred_for(one.key))

    def _load(self, candidate: Candidate) -> Spec | Failure | None:
        with self._lock:
            known = self._loaded.get(candidate)
        if known is not None:
            return known.result
        under_way: set[Candidate] = self._loading.__dict__.setdefault("candidates", set())
        if candidate in under_way:
            # Not kept: once the import is through, the plugin may be as good as any.
            return Failure.of_early_look_up(candidate)
        # Outside the lock: a plugin's import may itself wait for another thread's import,
        # and that one for this registry. Importing twice is harmless, the first one counts.
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
                    one.plugin is kept.plugin and not isinstance(one.result, Failure)
                    for one in self._loaded.values()
                )
                if not in_use:  # its other hooks must not run either
                    self._manager.unregister(kept.plugin)
            return kept.result

    def _load_observers(self) -> None:
        if not self._observers_loaded:
            for key in self.keys(OBSERVERS):
                for candidate in self.claimants(OBSERVERS, key):
                    self._load(candidate)
            self._observers_loaded = True

    def _refuse_any_failure(self) -> None:
        failures = self.failures()
        if failures:
            lines = [failure.line() for failure in failures[:8]]
            more = [f"… and {len(failures) - 8} more"] if len(failures) > 8 else []
            number = "a plugin" if len(failures) == 1 else f"{len(failures)} plugins"
            heading = f"{STRICT} is set, and {number} cannot be used:"
            raise PluginError("\n  ".join([heading, *lines, *more]))

    def _register_objects(self, plugins: list[Any]) -> None:
        """Register plugin objects that came without entry points."""
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
            loaded = load_specs(candidate, self._manager, self._lock, given=plugin)
            self._keep(candidate, loaded)


def _ran(function: Any, error: BaseException) -> bool:
    """Whether a traceback goes through a function."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_code is code for frame, _ in frames)


_default: Registry | None = None
"""A registry that tests or embedders have put in place."""
_installed: Registry | None = None
_default_lock = threading.RLock()


def default() -> Registry:
    """The registry in force: of what is installed, unless ``reset`` put another in its place."""
    with _default_lock:
        return installed() if _default is None else _default


def installed() -> Registry:
    """The registry of what is installed, created at the first call."""
    global _installed
    with _default_lock:
        if _installed is None:
            _installed = Registry()
        return _installed


def reset(registry: Registry | None = None) -> None:
    """Forget what was discovered, or put another registry in its place (for tests)."""
    global _default, _installed
    with _default_lock:
        _default = registry
        if registry is None:
            _installed = None

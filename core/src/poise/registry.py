"""The registry: find, load, look up; failures are kept as facts.

``backbones`` and ``heads`` are mappings from key to spec. Names come from the metadata of
what is installed; looking one up loads that plugin and no other. One broken plugin breaks
nobody else: whatever fails becomes a ``Failure``, repeated when its key is asked for.
"""

from __future__ import annotations

import threading
from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from typing import Any, Generic, TypeVar, cast

import pluggy

from poise import hookspecs
from poise.discovery import (
    BACKBONE,
    HEAD,
    KINDS,
    OBSERVERS,
    Candidate,
    Kind,
    Policy,
    canonical,
    scan,
)
from poise.errors import PluginClashError, PluginError, UnknownKeyError, listed, suggestion
from poise.loading import Failure, load_specs, open_manager
from poise.specs import BackboneSpec, HeadSpec, Spec
from poise.wire import documented

S = TypeVar("S", BackboneSpec, HeadSpec)


class Registry:
    """All backbones and heads that can be used.

    Args:
        plugins: plugin objects (modules or namespaces with hooks) to use instead of what is
            installed; nothing is discovered then. For tests and for embedding.
        policy: which plugins may be used; read from the environment unless given.

    Attributes:
        backbones: key → ``BackboneSpec``.
        heads: key → ``HeadSpec``.
    """

    def __init__(self, plugins: Iterable[Any] | None = None, *, policy: Policy | None = None):
        self._policy = policy
        self._lock = threading.RLock()
        self._manager = open_manager()
        self._candidates: tuple[Candidate, ...] | None = None
        self._loaded: dict[Candidate, Spec | Failure] = {}
        self._objects: dict[Candidate, Any] = {}
        self._observers_loaded = False
        self.backbones: Specs[BackboneSpec] = Specs(self, BACKBONE)
        self.heads: Specs[HeadSpec] = Specs(self, HEAD)
        if plugins is not None:
            self._policy = policy or Policy()
            self._take(list(plugins))

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

    def failures(self) -> tuple[Failure, ...]:
        """Load every allowed plugin and give those that failed, and the clashes."""
        found: list[Failure] = []
        for kind in KINDS:
            for key in self.keys(kind):
                chosen = self.claimants(kind, key)
                if len(chosen) > 1:
                    found += [Failure.of_clash(one, chosen) for one in chosen]
                    continue
                result = self._load(chosen[0])
                if isinstance(result, Failure):
                    found.append(result)
        self._load_observers()
        found += [
            result
            for candidate, result in self._loaded.items()
            if candidate.kind == OBSERVERS.name and isinstance(result, Failure)
        ]
        return tuple(found)

    def keys(self, kind: Kind) -> list[str]:
        """The keys of a kind that allowed plugins claim, sorted."""
        names = {
            one.key
            for one in self.candidates
            if one.kind == kind.name and not self.policy.verdict(one)
        }
        return sorted(names)

    def claimants(self, kind: Kind, key: str) -> list[Candidate]:
        """The allowed entry points that claim a key, after preferences."""
        claims = [
            one
            for one in self.candidates
            if (one.kind, one.key) == (kind.name, key) and not self.policy.verdict(one)
        ]
        return self.policy.choose(claims)

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
        claims = self.claimants(kind, key)
        if not claims:
            raise UnknownKeyError(self.unknown(kind, key))
        if len(claims) > 1:
            raise PluginClashError(Failure.of_clash(claims[0], claims).message())
        result = self._load(claims[0])
        if isinstance(result, Failure):
            raise PluginError(result.message())
        return result

    def plugin(self, kind: Kind, key: str) -> Any:
        """The plugin object behind a key, usually its module. Raises as ``spec`` does."""
        self.spec(kind, key)
        return self._objects[self.claimants(kind, key)[0]]

    def key_of(self, kind: Kind, config_class: type) -> str | None:
        """The key whose configuration class is ``config_class``, or ``None``.

        Plugins that live in the class's own package are loaded first, so that in practice
        one is.
        """
        package = config_class.__module__.partition(".")[0]
        keys = sorted(
            self.keys(kind),
            key=lambda key: all(
                one.value.partition(".")[0].partition(":")[0] != package
                for one in self.claimants(kind, key)
            ),
        )
        for key in keys:
            claims = self.claimants(kind, key)
            result = self._load(claims[0]) if len(claims) == 1 else None
            if isinstance(result, BackboneSpec | HeadSpec) and result.config is config_class:
                return key
        return None

    def unknown(self, kind: Kind, key: object) -> str:
        """The message for a key that nobody provides."""
        what = f"no {kind.name} {key!r}"
        refused = [
            f"{one} has it, but is {self.policy.verdict(one)}"
            for one in self.candidates
            if (one.kind, one.key) == (kind.name, key)
        ]
        if refused:
            return f"{what}: {listed(refused)}"
        distribution = documented.distribution_of(kind.name, key) if isinstance(key, str) else None
        if distribution is not None:
            return f"{what} is installed: {distribution} provides it (pip install {distribution})"
        return f"{what}; {suggestion(key, self.keys(kind), noun='installed')}"

    def _load(self, candidate: Candidate) -> Spec | Failure:
        with self._lock:
            known = self._loaded.get(candidate)
        if known is not None:
            return known
        # Outside the lock: a plugin's import may itself wait for another thread's import,
        # and that one for this registry. Importing twice is harmless, the first one counts.
        loaded = load_specs(candidate, self._manager, self._lock)
        with self._lock:
            if candidate not in self._loaded:
                self._loaded[candidate] = loaded.result
                self._objects[candidate] = loaded.plugin
            return self._loaded[candidate]

    def _load_observers(self) -> None:
        if self._observers_loaded:
            return
        for candidate in self.candidates:
            if candidate.kind == OBSERVERS.name and not self.policy.verdict(candidate):
                self._load(candidate)
        self._observers_loaded = True

    def _refuse_any_failure(self) -> None:
        failures = self.failures()
        if failures:
            lines = [failure.line() for failure in failures[:8]]
            more = [f"… and {len(failures) - 8} more"] if len(failures) > 8 else []
            heading = f"POISE_STRICT is set, and {len(failures)} installed plugin(s) failed:"
            raise PluginError("\n  ".join([heading, *lines, *more]))

    def _take(self, plugins: list[Any]) -> None:
        """Register plugin objects that came without entry points."""
        claims: dict[Candidate, Any] = {}
        for plugin in plugins:
            name = getattr(plugin, "__name__", type(plugin).__name__)
            hooks = {kind.hook: kind for kind in KINDS}
            for hook, kind in hooks.items():
                specs = getattr(plugin, hook, tuple)()
                for spec in specs:
                    claims[Candidate(kind.name, spec.key, name, name, "given")] = plugin
            if not any(hasattr(plugin, hook) for hook in hooks):
                claims[Candidate(OBSERVERS.name, name, name, name, "given")] = plugin
        self._candidates = tuple(sorted(claims))
        for candidate, plugin in claims.items():
            loaded = load_specs(candidate, self._manager, self._lock, given=plugin)
            self._loaded[candidate] = loaded.result
            self._objects[candidate] = plugin


class Specs(Mapping[str, S], Generic[S]):
    """The specs of one kind, by key.

    ``in``, ``len`` and iteration go by what is installed and load nothing. ``[]`` loads one
    plugin and raises what ``Registry.spec`` raises. ``values()`` and ``items()`` load all of
    them and leave out those that fail; ``Registry.failures`` has these.
    """

    def __init__(self, registry: Registry, kind: Kind) -> None:
        self._registry = registry
        self._kind = kind

    def __getitem__(self, key: str) -> S:
        return cast(S, self._registry.spec(self._kind, key))

    def __iter__(self) -> Iterator[str]:
        return iter(self._registry.keys(self._kind))

    def __len__(self) -> int:
        return len(self._registry.keys(self._kind))

    def __contains__(self, key: object) -> bool:
        return key in self._registry.keys(self._kind)

    def get(self, key: str, default: Any = None) -> Any:
        """The spec of a key, or ``default`` if nobody claims it; a broken one raises."""
        return self[key] if key in self else default

    def items(self) -> ItemsView[str, S]:
        """Key and spec of every plugin that loads."""
        return self._working().items()

    def values(self) -> ValuesView[S]:
        """The spec of every plugin that loads."""
        return self._working().values()

    def _working(self) -> dict[str, S]:
        found: dict[str, S] = {}
        for key in self:
            try:
                found[key] = self[key]
            except (PluginError, PluginClashError):
                continue  # kept as a fact in Registry.failures
        return found

    def __repr__(self) -> str:
        return f"<{len(self)} {self._kind.name}s: {listed(self)}>"


_default: Registry | None = None
_default_lock = threading.Lock()


def default() -> Registry:
    """The registry of what is installed, made at the first call."""
    global _default
    with _default_lock:
        if _default is None:
            _default = Registry()
        return _default


def reset(registry: Registry | None = None) -> None:
    """Forget what was discovered, or put another registry in its place (for tests)."""
    global _default
    with _default_lock:
        _default = registry


__all__ = ["Failure", "Registry", "Specs", "canonical", "default", "hookspecs", "reset"]

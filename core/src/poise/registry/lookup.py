"""The registry: find, load, look up; failures are kept as facts.

``backbones``, ``heads`` and ``encoders`` are mappings from key to spec. Names come from the
metadata of what is installed; looking one up loads that plugin and no other. One broken plugin
breaks nobody else: whatever fails becomes a ``Failure``, repeated when its key is asked for.
"""

from __future__ import annotations

import inspect
import re
import threading
import traceback
from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from typing import Any, Generic, TypeVar, cast

import pluggy

from poise import hookspecs
from poise.discovery import (
    BACKBONE,
    ENCODER,
    HEAD,
    KINDS,
    OBSERVERS,
    Candidate,
    Kind,
    Policy,
    canonical,
    scan,
)
from poise.errors import PluginClashError, PluginError, PoiseError, UnknownKeyError
from poise.loading import Failure, Loaded, given_keys, load_specs, open_manager
from poise.messages import described, listed, shown, suggestion
from poise.settings import DISABLE, STRICT
from poise.specs import BackboneSpec, EncoderSpec, HeadSpec, Spec
from poise.wire import documented

S = TypeVar("S", BackboneSpec, HeadSpec, EncoderSpec)


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
        self._claims: dict[str, dict[str, list[Candidate]]] | None = None
        self._loaded: dict[Candidate, Loaded] = {}
        self._loading = threading.local()
        self._observers_loaded = False
        self.backbones: Specs[BackboneSpec] = Specs(self, BACKBONE)
        self.heads: Specs[HeadSpec] = Specs(self, HEAD)
        self.encoders: Specs[EncoderSpec] = Specs(self, ENCODER)
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

    def tell_built(self, model: Any, config: Any) -> None:
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
        return list(self._claims_by_kind()[kind.name])

    def claimants(self, kind: Kind, key: str) -> list[Candidate]:
        """The allowed entry points that claim a key, after preferences."""
        return list(self._claims_by_kind()[kind.name].get(key, ()))

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
        claims = self.claimants(kind, key) if isinstance(key, str) else []
        if not claims:
            raise UnknownKeyError(self.unknown(kind, key))
        if len(claims) > 1:
            raise PluginClashError(self._clash(claims[0], claims).message())
        result = self._load(claims[0])
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
        return self._loaded[self.claimants(kind, key)[0]].plugin

    def key_of(self, kind: Kind, config_class: type) -> str | None:
        """The key whose configuration class is ``config_class``, or ``None``.

        Plugins that live in the class's own package are loaded first, so that in practice
        one is. A key that several distributions claim is found through any of them.
        """
        package = config_class.__module__.partition(".")[0]
        claims = [one for key in self.keys(kind) for one in self.claimants(kind, key)]
        claims.sort(key=lambda one: re.split(r"[.:]", one.value)[0] != package)
        for one in claims:
            result = self._load(one)
            if isinstance(result, BackboneSpec | HeadSpec) and result.config is config_class:
                return one.key
        return None

    def unknown(self, kind: Kind, key: object) -> str:
        """The message for a key that nobody provides."""
        what = f"no {kind.name} {shown(key)}"
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

    def _claims_by_kind(self) -> dict[str, dict[str, list[Candidate]]]:
        """Kind → key → the allowed entry points that claim it, after preferences; sorted."""
        with self._lock:
            if self._claims is None:
                claims: dict[str, dict[str, list[Candidate]]] = {
                    kind.name: {} for kind in (*KINDS, OBSERVERS)
                }
                for one in self.candidates:
                    if not self.policy.verdict(one):
                        claims[one.kind].setdefault(one.key, []).append(one)
                for of_kind in claims.values():
                    for key, several in of_kind.items():
                        of_kind[key] = self.policy.choose(several)
                self._claims = claims
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

    def _take(self, plugins: list[Any]) -> None:
        """Register plugin objects that came without entry points."""
        claims: dict[Candidate, Any] = {}
        names: list[str] = []
        for plugin in plugins:
            name = getattr(plugin, "__name__", type(plugin).__name__)
            names.append(name)
            if names.count(name) > 1:
                name = f"{name}-{names.count(name)}"
            for kind in KINDS:
                for key in given_keys(plugin, name, kind):
                    claims[Candidate(kind.name, key, name, name, "given")] = plugin
            if not any(hasattr(plugin, kind.hook) for kind in KINDS):
                claims[Candidate(OBSERVERS.name, name, name, name, "given")] = plugin
        self._candidates = tuple(sorted(claims))
        for candidate, plugin in claims.items():
            loaded = load_specs(candidate, self._manager, self._lock, given=plugin)
            self._keep(candidate, loaded)


def _ran(function: Any, error: BaseException) -> bool:
    """Whether a traceback goes through a function."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_code is code for frame, _ in frames)


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
        return isinstance(key, str) and bool(self._registry.claimants(self._kind, key))

    def get(self, key: str, default: Any = None) -> Any:
        """The spec of a key, or ``default`` if nobody claims it; a broken one raises."""
        return self[key] if key in self else default  # noqa: SIM401 - that would be this method

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


def find(key: str) -> tuple[Kind, str]:
    """The kind and key that ``KEY`` or ``kind:KEY`` means.

    Raises:
        UnknownKeyError: nobody provides it.
        PoiseError: plugins of several kinds are called so.
    """
    every = default()
    prefix, colon, name = key.partition(":")
    if colon:
        for kind in KINDS:
            if kind.name == prefix:
                return kind, name
        kinds = [kind.name for kind in KINDS]
        raise UnknownKeyError(f"no kind {prefix!r}; {suggestion(prefix, kinds, noun='kinds')}")
    found = [kind for kind in KINDS if key in every.keys(kind)]
    if len(found) > 1:
        ways = " or ".join(f"{kind.name}:{key}" for kind in found)
        which = " and ".join(f"{'an' if kind is ENCODER else 'a'} {kind.name}" for kind in found)
        raise PoiseError(f"{key!r} is {which}; say {ways}")
    if found:
        return found[0], key
    for kind in KINDS:
        if any((one.kind, one.key) == (kind.name, key) for one in every.candidates):
            raise UnknownKeyError(every.unknown(kind, key))  # installed, but disabled
    known = {one for kind in KINDS for one in every.keys(kind)}
    documented = [every.unknown(kind, key) for kind in KINDS]
    for message in documented:
        if "pip install" in message:
            raise UnknownKeyError(message)
    what = f"no backbone, head or encoder {key!r}; {suggestion(key, known, noun='installed')}"
    raise UnknownKeyError(what)


__all__ = ["Failure", "Registry", "Specs", "canonical", "default", "find", "hookspecs", "reset"]

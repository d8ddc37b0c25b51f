"""Load one plugin; any error becomes a ``Failure``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import attrs
import pluggy

from poise import hookspecs
from poise.errors import PluginError
from poise.messages import described, join_names, nearest, short_repr
from poise.registry.discovery import KINDS, OBSERVERS, Candidate, Kind
from poise.settings import PREFER
from poise.specs import API, BackboneSpec, EncoderSpec, HeadSpec, Spec

_REFERENCE = re.compile(r"[\w.]+\s*(:\s*[\w.]+\s*)?(\[.*\]\s*)?")
"""A valid object reference: ``package.module`` or ``package.module:object``."""

HEAVY_MODULES = ("keras", "tensorflow", "jax", "torch")
"""Modules that a plugin must not import at the top: lookups must stay cheap."""

_SPEC_CLASSES = {"backbone": BackboneSpec, "head": HeadSpec, "encoder": EncoderSpec}


class Failure(NamedTuple):
    """A plugin that cannot be used.

    Attributes:
        candidate: the entry point that failed.
        cause: what is wrong, on one line.
        fix: how to fix it, on one line.
    """

    candidate: Candidate
    cause: str
    fix: str

    @classmethod
    def of_clash(
        cls, candidate: Candidate, claims: Sequence[Candidate], preferred: str | None = None
    ) -> Failure:
        """The failure of a key that several entry points claim.

        Args:
            candidate: one of them.
            claims: all of them.
            preferred: the preferred distribution, if it is not among the claimants.
        """
        names = sorted({str(claimant) for claimant in claims})
        key = candidate.key
        if len(names) == 1:
            return cls(
                candidate,
                f"{names[0]} registers {key!r} {len(claims)} times",
                f"remove all but one entry point {key!r} from its pyproject.toml",
            )
        among = f", and {PREFER} names {preferred}, which does not claim it" if preferred else ""
        return cls(
            candidate,
            f"claimed by {' and '.join(names)}{among}",
            f"set {PREFER}={key}={candidate.distribution} or another of them, "
            "or uninstall all but one",
        )

    @classmethod
    def of_early_lookup(cls, candidate: Candidate) -> Failure:
        """The failure of a key that its plugin looks up during its import."""
        return cls(
            candidate,
            "its plugin looks it up while Poise imports the plugin",
            "look plugins up in functions, not at the top of the module",
        )

    def line(self) -> str:
        """One line for listings."""
        candidate = self.candidate
        return f"{candidate.kind} {candidate.key} ({candidate}): {self.cause}"

    def message(self) -> str:
        """The whole message of a lookup of the key."""
        candidate = self.candidate
        return (
            f"{candidate.kind} {candidate.key!r} cannot be used: {self.cause}\n"
            f"  from: {candidate}, entry point {candidate.key} = {candidate.value!r}\n"
            f"  fix: {self.fix}"
        )


class Loaded(NamedTuple):
    """The result of loading an entry point.

    Attributes:
        result: the spec of its key, ``None`` for an observer, or the failure.
        plugin: the plugin object, usually a module; ``None`` if the import failed.
    """

    result: Spec | Failure | None
    plugin: Any


class _Broken(Exception):
    """A plugin breaks the contract; carries cause and fix."""

    def __init__(self, cause: str, fix: str) -> None:
        super().__init__(cause)
        self.cause, self.fix = cause, fix


def open_manager() -> pluggy.PluginManager:
    """A pluggy manager with Poise's hooks and no plugins."""
    # Poise loads entry points itself: pluggy's loader stops at the first broken plugin (D1).
    manager = pluggy.PluginManager("poise")
    manager.add_hookspecs(hookspecs)
    return manager


def load_specs(
    candidate: Candidate,
    manager: pluggy.PluginManager,
    lock: Any,
    plugin: Any = None,
) -> Loaded:
    """Load the plugin of an entry point and get the spec of its key.

    Args:
        candidate: the entry point.
        manager: the plugin is registered there, under its distribution's name.
        lock: a context manager that is held while the plugin manager changes.
        plugin: the plugin object, if it is not to be imported.
    """
    try:
        if plugin is None:
            if not _REFERENCE.fullmatch(candidate.value):
                raise _Broken(
                    f"its entry point must name a module, got {candidate.value!r}",
                    f'set {candidate.key} = "package.module" in its pyproject.toml',
                )
            plugin = candidate.load()
        specs = _register(plugin, candidate, manager, lock)
        spec = None if candidate.kind == OBSERVERS.name else _own_spec(specs, candidate)
        return Loaded(spec, plugin)
    except _Broken as broken:
        return Loaded(Failure(candidate, broken.cause, broken.fix), plugin)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
        return Loaded(_failure_of(error, candidate), plugin)


def given_keys(plugin: Any, name: str, kind: Kind) -> list[str]:
    """The keys of a kind that a plugin object without entry points provides.

    Raises:
        PluginError: its hook fails, or does not return specs.
    """
    if not hasattr(plugin, kind.hook):
        return []
    try:
        return [spec.key for spec in getattr(plugin, kind.hook)()]
    except Exception as error:
        what = f"{kind.hook} of the plugin {name} does not return a list of specs"
        raise PluginError(f"{what}: {described(error)}") from error


def _register(
    plugin: Any,
    candidate: Candidate,
    manager: pluggy.PluginManager,
    lock: Any,
) -> list[Any]:
    _refuse_unknown_hooks(plugin, manager)
    with lock:
        if not manager.is_registered(plugin):
            try:
                manager.register(plugin, name=f"{candidate.distribution}:{candidate.value}")
            except pluggy.PluginValidationError as error:
                # Some versions of pluggy keep the hooks that they registered before this one.
                if manager.is_registered(plugin):
                    manager.unregister(plugin)
                reason = str(error).strip().splitlines()[-1]
                raise _Broken(
                    f"a hook has the wrong arguments: {reason}",
                    "give it the arguments that poise.hookspecs declares",
                ) from None
    hooks = {kind.name: kind.hook for kind in KINDS}
    if candidate.kind not in hooks:
        return []
    hook = hooks[candidate.kind]
    impls = getattr(manager.hook, hook).get_hookimpls()
    own = [impl for impl in impls if impl.plugin is plugin]
    if not own:
        raise _Broken(
            f"it has no hook {hook}",
            f"define {hook}() in {candidate.value} and mark it with @poise.hookimpl",
        )
    specs: Any = own[0].function()
    if not isinstance(specs, Iterable) or isinstance(specs, str | dict):
        raise _Broken(
            f"{hook} must return a list of specs, got {type(specs).__name__}",
            f"return a list from {hook}",
        )
    return list(specs)


def _refuse_unknown_hooks(plugin: Any, manager: pluggy.PluginManager) -> None:
    hooks = [name for name in vars(hookspecs) if name.startswith("poise_")]
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is None or options.get("optionalhook"):
            continue
        hook = options.get("specname") or name
        if hook not in hooks:
            close = nearest(hook, hooks)
            fix = f"did you mean {close}?" if close else f"hooks: {join_names(hooks)}"
            raise _Broken(f"it implements the hook {hook}, which does not exist", fix)


def _own_spec(specs: list[Any], candidate: Candidate) -> Spec:
    expected = _SPEC_CLASSES[candidate.kind]
    for spec in specs:
        if not isinstance(spec, expected):
            raise _Broken(
                f"it must return a list of {expected.__name__}, got a {type(spec).__name__} in it",
                f"return poise.{expected.__name__}(…)",
            )
    matches: list[Spec] = [spec for spec in specs if spec.key == candidate.key]
    if len(matches) != 1:
        keys = join_names(spec.key for spec in specs) or "none"
        number = "no spec" if not matches else f"{len(matches)} specs"
        raise _Broken(
            f"it must have one spec of key {candidate.key!r}, got {number}; keys: {keys}",
            f"return one spec of key {candidate.key!r}"
            if matches
            else "give the entry point the name of the spec's key",
        )
    spec = matches[0]
    if spec.api != API:
        newer = type(spec.api) is int and spec.api > API
        raise _Broken(
            f"it was written for api {spec.api!r}, and this Poise has api {API}",
            f"upgrade {'Poise' if newer else candidate.distribution}",
        )
    if not isinstance(spec, EncoderSpec):  # encoders have no configuration class
        _refuse_config_class(spec.config)
    return spec


def _refuse_config_class(cls: Any) -> None:
    fix = "decorate it with @attrs.frozen(kw_only=True)"
    if not isinstance(cls, type) or not attrs.has(cls):
        name = getattr(cls, "__name__", short_repr(cls))
        raise _Broken(f"its configuration class {name} is not made with attrs", fix)
    if not _is_frozen(cls):
        raise _Broken(f"its configuration class {cls.__name__} is not frozen", fix)
    fields = [field for field in attrs.fields(cls) if field.init]
    positional = [field.name for field in fields if not field.kw_only]
    if positional:
        raise _Broken(f"fields of {cls.__name__} are positional: {join_names(positional)}", fix)
    untyped = [field.name for field in fields if field.type is None]
    if untyped:
        what = f"fields of {cls.__name__} have no type: {join_names(untyped)}"
        raise _Broken(what, "annotate them, as Poise checks files against the types")
    try:
        attrs.resolve_types(cls)
    except NameError as error:
        raise _Broken(
            f"a type of {cls.__name__} cannot be resolved: {error}",
            "import it at the top of the module, not under TYPE_CHECKING",
        ) from None


def _is_frozen(cls: type) -> bool:
    # Try it: attrs also adds a __setattr__ to a class that is not frozen but has validators,
    # and has no public way to tell the two apart.
    try:
        cls.__setattr__(object.__new__(cls), "_", None)  # type: ignore[call-arg]
    except attrs.exceptions.FrozenInstanceError:
        return True
    except Exception:  # noqa: BLE001 - any other error: the class is not frozen
        return False
    return False


def _failure_of(error: BaseException, candidate: Candidate) -> Failure:
    module = candidate.value.partition(":")[0].strip()
    authors = f"report it to the authors of {candidate.distribution}"
    if isinstance(error, SystemExit):
        cause = f"loading {module} ended the program (sys.exit({short_repr(error.code)}))"
        return Failure(candidate, cause, f"{authors}, or uninstall it")
    cause = described(error)
    if isinstance(error, SyntaxError) and error.filename:
        cause = f"SyntaxError: {error.msg} in {error.filename}, line {error.lineno}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        missing = error.name.partition(".")[0]
        if missing == module.partition(".")[0]:
            return Failure(candidate, cause, f"reinstall {candidate.distribution}")
        return Failure(candidate, cause, f"install the package that provides {missing!r}")
    return Failure(candidate, cause, f"upgrade {candidate.distribution}, or {authors}")

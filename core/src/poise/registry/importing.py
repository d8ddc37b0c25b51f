"""Loading one plugin: one ``try``, and whatever fails becomes a ``Failure``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import attrs
import pluggy

from poise import hookspecs
from poise.errors import PluginError
from poise.messages import described, listed, nearest, shown
from poise.registry.discovery import KINDS, OBSERVERS, Candidate, Kind
from poise.settings import PREFER
from poise.specs import API, BackboneSpec, EncoderSpec, HeadSpec, Spec

_REFERENCE = re.compile(r"[\w.]+\s*(:\s*[\w.]+\s*)?(\[.*\]\s*)?")
"""What an entry point may name: ``package.module`` or ``package.module:object``."""

HEAVY_MODULES = ("keras", "tensorflow", "jax", "torch")
"""What no plugin may import with its module: looking a key up would not be free."""

_SPEC_CLASSES = {"backbone": BackboneSpec, "head": HeadSpec, "encoder": EncoderSpec}


class Failure(NamedTuple):
    """A plugin that cannot be used, as a fact.

    Attributes:
        candidate: the entry point that failed.
        cause: what is wrong, in one line.
        fix: what would mend it, in one line.
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
            preferred: a distribution that was preferred, but is none of theirs.
        """
        names = sorted({str(one) for one in claims})
        key = candidate.key
        if len(names) == 1:
            return cls(
                candidate,
                f"{names[0]} registers {key!r} {len(claims)} times",
                f"one entry point {key!r} in its pyproject.toml must go",
            )
        among = f", and {PREFER} names {preferred}, which is none of them" if preferred else ""
        return cls(
            candidate,
            f"claimed by {' and '.join(names)}{among}",
            f"set {PREFER}={key}={candidate.distribution} or another of them, "
            "or uninstall all but one",
        )

    @classmethod
    def of_early_look_up(cls, candidate: Candidate) -> Failure:
        """The failure of a key that its own plugin looks up while it is being imported."""
        return cls(
            candidate,
            "it is looked up while it is being loaded",
            "look plugins up inside of functions, not when the module is imported",
        )

    def line(self) -> str:
        """One line for listings."""
        one = self.candidate
        return f"{one.kind} {one.key} ({one}): {self.cause}"

    def message(self) -> str:
        """The whole message for who asks for the key."""
        one = self.candidate
        return (
            f"{one.kind} {one.key!r} cannot be used: {self.cause}\n"
            f"  from: {one}, entry point {one.key} = {one.value!r}\n"
            f"  fix: {self.fix}"
        )


class Loaded(NamedTuple):
    """What loading an entry point gave.

    Attributes:
        result: the spec of its key, ``None`` for an observer, or why there is none.
        plugin: the plugin object, usually a module; ``None`` where the import failed.
    """

    result: Spec | Failure | None
    plugin: Any


class _Broken(Exception):
    """A plugin does not keep the contract; carries cause and fix."""

    def __init__(self, cause: str, fix: str) -> None:
        super().__init__(cause)
        self.cause, self.fix = cause, fix


def open_manager() -> pluggy.PluginManager:
    """A pluggy manager that knows Poise's hooks and no plugin yet."""
    manager = pluggy.PluginManager("poise")
    manager.add_hookspecs(hookspecs)
    return manager


def load_specs(
    candidate: Candidate,
    manager: pluggy.PluginManager,
    lock: Any,
    given: Any = None,
) -> Loaded:
    """Load what an entry point names and take the spec of its key from it.

    Args:
        candidate: the entry point.
        manager: where the plugin is registered, under its distribution's name.
        lock: a context manager, held while the plugin manager changes.
        given: the plugin object, if it need not be imported.
    """
    plugin = given
    try:
        if plugin is None:
            if not _REFERENCE.fullmatch(candidate.value):
                raise _Broken(
                    f"its entry point names {candidate.value!r}, which is no module",
                    f'{candidate.key} = "package.module" is due in its pyproject.toml',
                )
            plugin = candidate.load()
        specs = _register(plugin, candidate, manager, lock)
        spec = None if candidate.kind == OBSERVERS.name else _own_spec(specs, candidate)
        return Loaded(spec, plugin)
    except _Broken as broken:
        return Loaded(Failure(candidate, broken.cause, broken.fix), plugin)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the one place that keeps failures
        return Loaded(_failure_of(error, candidate), plugin)


def given_keys(plugin: Any, name: str, kind: Kind) -> list[str]:
    """The keys of a kind that a plugin object without entry points provides.

    Raises:
        PluginError: its hook fails, or returns no specs.
    """
    if not hasattr(plugin, kind.hook):
        return []
    try:
        return [spec.key for spec in getattr(plugin, kind.hook)()]
    except Exception as error:
        what = f"{kind.hook} of the plugin {name} gives no list of specs"
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
                # Some versions of pluggy keep the hooks that they came to before this one.
                if manager.is_registered(plugin):
                    manager.unregister(plugin)
                reason = str(error).strip().splitlines()[-1]
                raise _Broken(
                    f"a hook has the wrong arguments: {reason}",
                    "give it arguments that poise.hookspecs declares for it",
                ) from None
    hooks = {kind.name: kind.hook for kind in KINDS}
    if candidate.kind not in hooks:
        return []
    hook = hooks[candidate.kind]
    own = [one for one in getattr(manager.hook, hook).get_hookimpls() if one.plugin is plugin]
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
    known = [name for name in vars(hookspecs) if name.startswith("poise_")]
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is None or options.get("optionalhook"):
            continue
        asked = options.get("specname") or name
        if asked not in known:
            close = nearest(asked, known)
            fix = f"did you mean {close}?" if close else f"hooks: {listed(known)}"
            raise _Broken(f"it implements the hook {asked}, which does not exist", fix)


def _own_spec(specs: list[Any], candidate: Candidate) -> Spec:
    expected = _SPEC_CLASSES[candidate.kind]
    for spec in specs:
        if not isinstance(spec, expected):
            raise _Broken(
                f"it returned a {type(spec).__name__} where a {expected.__name__} is due",
                f"return poise.{expected.__name__}(…)",
            )
    found: list[Spec] = [spec for spec in specs if spec.key == candidate.key]
    if len(found) != 1:
        keys = listed(spec.key for spec in specs) or "none"
        times = "no spec" if not found else f"{len(found)} specs"
        raise _Broken(
            f"it has {times} of key {candidate.key!r}; keys: {keys}",
            "name the entry point like the spec's key",
        )
    spec = found[0]
    if spec.api != API:
        newer = type(spec.api) is int and spec.api > API
        raise _Broken(
            f"written for api {spec.api!r}, this Poise has api {API}",
            f"upgrade {'Poise' if newer else candidate.distribution}",
        )
    if not isinstance(spec, EncoderSpec):  # an encoder's configuration is its name
        _refuse_config_class(spec.config)
    return spec


def _refuse_config_class(cls: Any) -> None:
    fix = "decorate it with @attrs.frozen(kw_only=True)"
    if not isinstance(cls, type) or not attrs.has(cls):
        name = getattr(cls, "__name__", shown(cls))
        raise _Broken(f"its configuration class {name} is not made with attrs", fix)
    if not _is_frozen(cls):
        raise _Broken(f"its configuration class {cls.__name__} is not frozen", fix)
    fields = [field for field in attrs.fields(cls) if field.init]
    positional = [field.name for field in fields if not field.kw_only]
    if positional:
        raise _Broken(f"fields of {cls.__name__} are positional: {listed(positional)}", fix)
    untyped = [field.name for field in fields if field.type is None]
    if untyped:
        what = f"fields of {cls.__name__} have no type: {listed(untyped)}"
        raise _Broken(what, "annotate them, so that files can be checked against them")
    try:
        attrs.resolve_types(cls)
    except NameError as error:
        raise _Broken(
            f"a type of {cls.__name__} cannot be found: {error}",
            "import it at the top of the module, not under TYPE_CHECKING",
        ) from None


def _is_frozen(cls: type) -> bool:
    # Asked by trying: attrs gives a class a __setattr__ of its own also where it is not
    # frozen but has validators, and says which of the two it is nowhere in public.
    try:
        cls.__setattr__(object.__new__(cls), "_", None)  # type: ignore[call-arg]
    except attrs.exceptions.FrozenInstanceError:
        return True
    except Exception:  # noqa: BLE001 - whatever else it does, it is not frozen
        return False
    return False


def _failure_of(error: BaseException, candidate: Candidate) -> Failure:
    module = candidate.value.partition(":")[0].strip()
    authors = f"report it to the authors of {candidate.distribution}"
    if isinstance(error, SystemExit):
        cause = f"loading {module} ended the program (sys.exit({shown(error.code)}))"
        return Failure(candidate, cause, f"{authors}, or uninstall it")
    cause = described(error)
    if isinstance(error, SyntaxError) and error.filename:
        cause = f"SyntaxError: {error.msg} in {error.filename}, line {error.lineno}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        missing = error.name.partition(".")[0]
        if missing == module.partition(".")[0]:
            return Failure(candidate, cause, f"reinstall {candidate.distribution}")
        return Failure(candidate, cause, f"install what provides {missing!r}")
    return Failure(candidate, cause, f"upgrade {candidate.distribution}, or {authors}")

"""Loading one plugin: one ``try``, and whatever fails becomes a ``Failure``."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import attrs
import pluggy

from poise import hookspecs
from poise.discovery import KINDS, OBSERVERS, Candidate
from poise.errors import listed, nearest
from poise.specs import API, BackboneSpec, HeadSpec, Spec

_SPEC_CLASSES = {"backbone": BackboneSpec, "head": HeadSpec}


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
    def of_clash(cls, candidate: Candidate, claims: Sequence[Candidate]) -> Failure:
        """The failure of a key that several distributions claim."""
        names = sorted({str(one) for one in claims})
        key = candidate.key
        if len(names) == 1:
            return cls(
                candidate,
                f"{names[0]} registers {key!r} {len(claims)} times",
                f"one entry point {key!r} in its pyproject.toml must go",
            )
        return cls(
            candidate,
            f"claimed by {' and '.join(names)}",
            f"set POISE_PREFER={key}={candidate.distribution} or another of them, "
            "or uninstall all but one",
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
    """What loading an entry point gave: a spec (or a failure), and the plugin object."""

    result: Any
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
    lock: threading.RLock,  # type: ignore[valid-type]  # a factory function before Python 3.13
    given: Any = None,
) -> Loaded:
    """Load what an entry point names and take the spec of its key from it.

    Args:
        candidate: the entry point.
        manager: where the plugin is registered, under its distribution's name.
        lock: held while the manager changes.
        given: the plugin object, if it need not be imported.
    """
    plugin = given
    try:
        if plugin is None:
            plugin = candidate.load()
        specs = _register(plugin, candidate, manager, lock)
        spec = None if candidate.kind == OBSERVERS.name else _own_spec(specs, candidate)
        return Loaded(spec, plugin)
    except _Broken as broken:
        return Loaded(Failure(candidate, broken.cause, broken.fix), plugin)
    except (Exception, SystemExit) as error:
        return Loaded(_failure_of(error, candidate), plugin)


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
    specs = own[0].function()
    if not isinstance(specs, list | tuple):
        raise _Broken(
            f"{hook} must return a list of specs, found {type(specs).__name__}",
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
    found = [spec for spec in specs if spec.key == candidate.key]
    if len(found) != 1:
        keys = listed(spec.key for spec in specs) or "none"
        times = "no spec" if not found else f"{len(found)} specs"
        raise _Broken(
            f"it has {times} of key {candidate.key!r}; keys: {keys}",
            "name the entry point like the spec's key",
        )
    spec = found[0]
    if spec.api != API:
        newer = "Poise" if spec.api > API else candidate.distribution
        raise _Broken(f"written for api {spec.api}, this Poise has api {API}", f"upgrade {newer}")
    _refuse_config_class(spec)
    return spec


def _refuse_config_class(spec: Spec) -> None:
    cls = spec.config
    fix = "decorate it with @attrs.frozen(kw_only=True)"
    if not isinstance(cls, type) or not attrs.has(cls):
        shown = getattr(cls, "__name__", repr(cls))
        raise _Broken(f"its configuration class {shown} is not made with attrs", fix)
    if cls.__setattr__ is object.__setattr__:
        raise _Broken(f"its configuration class {cls.__name__} is not frozen", fix)
    positional = [field.name for field in attrs.fields(cls) if field.init and not field.kw_only]
    if positional:
        raise _Broken(f"fields of {cls.__name__} are positional: {listed(positional)}", fix)


def _failure_of(error: BaseException, candidate: Candidate) -> Failure:
    module = candidate.value.partition(":")[0]
    if isinstance(error, SystemExit):
        return Failure(
            candidate,
            f"importing {module} ended the program (sys.exit({error.code!r}))",
            f"report it to the authors of {candidate.distribution}, or uninstall it",
        )
    cause = f"{type(error).__name__}: {(str(error) or 'no message').splitlines()[0]}"
    if isinstance(error, SyntaxError) and error.filename:
        cause = f"SyntaxError: {error.msg} in {error.filename}, line {error.lineno}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        missing = error.name.partition(".")[0]
        if missing == module.partition(".")[0]:
            return Failure(candidate, cause, f"reinstall {candidate.distribution}")
        return Failure(candidate, cause, f"install what provides {missing!r}")
    return Failure(
        candidate, cause, f"upgrade {candidate.distribution}, or report it to its authors"
    )

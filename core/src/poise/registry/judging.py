"""Whether what a plugin's hook returns keeps the contract of its kind."""

from __future__ import annotations

from typing import Any

import attrs

from poise.messages import join_names, short_repr
from poise.registry.declaring import refuse_declarations
from poise.registry.discovery import Candidate
from poise.registry.failures import Broken
from poise.specs.plugin_kind import PluginKind


def own_spec(specs: list[Any], candidate: Candidate, kind: PluginKind, provider: str) -> Any:
    """The spec of an entry point's key, among those that the hook returned.

    Args:
        specs: what the hook returned.
        candidate: the entry point.
        kind: its kind.
        provider: the distribution that the kind is of.

    Raises:
        Broken: it is not there, or breaks the contract of its kind.
    """
    expected = kind.spec
    for spec in specs:
        if not isinstance(spec, expected):
            raise Broken(
                f"it must return a list of {expected.__name__}, got a {type(spec).__name__} in it",
                f"return {expected.__module__.partition('.')[0]}.{expected.__name__}(…)",
            )
    matches = [spec for spec in specs if spec.key == candidate.key]
    if len(matches) != 1:
        keys = join_names(spec.key for spec in specs) or "none"
        number = "no spec" if not matches else f"{len(matches)} specs"
        raise Broken(
            f"it must have one spec of key {candidate.key!r}, got {number}; keys: {keys}",
            f"return one spec of key {candidate.key!r}"
            if matches
            else "give the entry point the name of the spec's key",
        )
    spec = matches[0]
    if spec.api != kind.api:
        newer = type(spec.api) is int and spec.api > kind.api
        raise Broken(
            f"it was written for api {spec.api!r}, and this {provider} has api {kind.api}",
            f"upgrade {provider if newer else candidate.distribution}",
        )
    refuse_declarations(spec)
    if kind.has_config:  # encoders have no configuration class
        _refuse_config_class(spec.config)
    return spec


def _refuse_config_class(cls: Any) -> None:
    fix = "decorate it with @attrs.frozen(kw_only=True)"
    if not isinstance(cls, type) or not attrs.has(cls):
        name = getattr(cls, "__name__", short_repr(cls))
        raise Broken(f"its configuration class {name} is not made with attrs", fix)
    if not _is_frozen(cls):
        raise Broken(f"its configuration class {cls.__name__} is not frozen", fix)
    fields = [field for field in attrs.fields(cls) if field.init]
    positional = [field.name for field in fields if not field.kw_only]
    if positional:
        raise Broken(f"fields of {cls.__name__} are positional: {join_names(positional)}", fix)
    untyped = [field.name for field in fields if field.type is None]
    if untyped:
        what = f"fields of {cls.__name__} have no type: {join_names(untyped)}"
        raise Broken(what, "annotate them, as Poise checks files against the types")
    try:
        attrs.resolve_types(cls)
    except NameError as error:
        raise Broken(
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

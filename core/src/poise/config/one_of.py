"""Containers with one member for every registered key, at most one of them set."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self

import attrs

from poise import registry
from poise.errors import ConfigError, Fault, PluginError, PluginNotInstalledWarning, UnknownKeyError
from poise.messages import join_names, suggestion
from poise.registry import documented
from poise.registry.discovery import BACKBONE, HEAD, KINDS, Kind


def only_one(kind: Kind, keys: Iterable[str]) -> Fault:
    """The fault of a container with several members set."""
    what = f"must have only one {kind.name} set, got {' and '.join(keys)}; leave the others null"
    return Fault(what)


@attrs.frozen
class UninstalledSection:
    """A section whose plugin is not installed. Poise keeps it and writes it back unread.

    Attributes:
        key: its key in the file.
        data: its content as plain data.
    """

    key: str
    data: Mapping[str, Any] = attrs.field(hash=False)


class _OneOf:
    """A container with one member for every registered key, at most one of them set.

    Read members as attributes: the one that is set gives its configuration, every other known
    key gives ``None``, and any other name raises ``AttributeError`` with the nearest key.
    """

    __slots__ = ("_key", "_section")
    kind: ClassVar[Kind]
    _key: str | None
    _section: Any

    def __init__(self, **sections: Any) -> None:
        members = {key: section for key, section in sections.items() if section is not None}
        faults = [fault for key, section in members.items() for fault in self._faults(key, section)]
        faults += [
            Fault(self._registry().unknown(self.kind, key), key)
            for key in sections
            if key not in members and key not in self._keys()
        ]
        if len(members) > 1:
            faults.insert(0, only_one(self.kind, members))
        if faults:
            raise ConfigError(faults, type(self).__name__ if len(faults) > 1 else "")
        key, section = next(iter(members.items())) if members else (None, None)
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_section", section)

    @classmethod
    def wrapping(cls, value: Any) -> Self:
        """A container as it is, or a container around a plugin's configuration.

        Raises:
            ConfigError: ``value`` is neither of them, nor ``None`` for an empty container.
        """
        if isinstance(value, cls):
            return value
        if value is None:
            return cls()
        if isinstance(value, UninstalledSection):
            return cls(**{value.key: value})
        key = registry.default().key_of(cls.kind, type(value)) if attrs.has(type(value)) else None
        if key is None:
            raise ConfigError([Fault(_refusal(cls, value))])
        return cls(**{key: value})

    def which_oneof_attrib_name(self) -> str | None:
        """The key that is set, or ``None``."""
        return self._key

    def which_oneof(self) -> Any:
        """The configuration that is set, or ``None``."""
        return self._section

    def _registry(self) -> registry.Registry:
        return registry.default()

    def _keys(self) -> set[str]:
        return {*documented.keys(self.kind.name), *self._registry().keys(self.kind)}

    def _faults(self, key: str, section: Any) -> list[Fault]:
        if isinstance(section, UninstalledSection):
            if section.key == key:
                return []
            return [Fault(f"must be a section of {key!r}, got one of {section.key!r}", key)]
        try:
            spec = self._registry().spec_of_section(self.kind, key)
        except (UnknownKeyError, PluginError) as error:
            return [Fault(error.one_line(), key)]
        if isinstance(section, spec.config):
            return []
        name, got = spec.config.__name__, type(section).__name__
        if (got, type(section).__module__) == (name, spec.config.__module__):
            got = "one of an earlier definition of the class; make it again"
        return [Fault(f"must be a {name}, got {got}", key)]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name == self._key:
            return self._section
        if name in self._keys():
            return None
        hint = suggestion(name, self._keys(), noun="keys")
        raise AttributeError(f"{type(self).__name__} has no {self.kind.name} {name!r}; {hint}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise attrs.exceptions.FrozenInstanceError

    def __delattr__(self, name: str) -> None:
        raise attrs.exceptions.FrozenInstanceError

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._keys()})

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return (self._key, self._section) == (other._key, other._section)

    def __hash__(self) -> int:
        return hash((type(self), self._key, self._section))

    def __repr__(self) -> str:
        inner = "" if self._key is None else f"{self._key}={self._section!r}"
        return f"{type(self).__name__}({inner})"

    def __reduce__(self) -> Any:
        return _rebuilt, (type(self), self._key, self._section)


def _refusal(cls: type[_OneOf], value: Any) -> str:
    """Why a value cannot be wrapped, and what to pass instead."""
    kind = cls.kind.name
    what = f"must be a {kind} configuration"
    if isinstance(value, dict):
        return f"{what}, got a dict; read plain data with ModelConfig.from_data"
    if isinstance(value, type) and attrs.has(value):
        return f"{what}, got the class {value.__name__}; did you mean {value.__name__}()?"
    what = f"{what}, got {type(value).__name__}"
    for other in KINDS:
        if attrs.has(type(value)) and registry.default().key_of(other, type(value)):
            return f"{what}, a {other.name} configuration"
    keys = join_names(registry.default().keys(cls.kind)) or "none"
    return f"{what}; installed {kind}s: {keys}"


def _rebuilt(cls: type[_OneOf], key: str | None, section: Any) -> _OneOf:
    return cls(**({} if key is None else {key: section}))


class BackboneConfig(_OneOf):
    """The backbone, as ``BackboneConfig(unet=UNetConfig(filters=16))``.

    Accepts the key of every installed backbone plugin. At most one may be set.

    Raises:
        ConfigError: several are set, a key is unknown, or a section has the wrong class.
    """

    __slots__ = ()
    kind = BACKBONE


class HeadsConfig(_OneOf):
    """The head type, as ``HeadsConfig(centroid=CentroidsHeadConfig())``.

    Accepts the key of every installed head plugin. At most one may be set.

    Raises:
        ConfigError: several are set, a key is unknown, or a section has the wrong class.
    """

    __slots__ = ()
    kind = HEAD


_unwarned: ContextVar[bool] = ContextVar("poise_unwarned", default=False)


@contextmanager
def unwarned() -> Iterator[None]:
    """Do not warn of sections and keys without a plugin: the caller reports them itself.

    For this context alone. The filters of ``warnings`` are those of all threads.
    """
    token = _unwarned.set(True)
    try:
        yield
    finally:
        _unwarned.reset(token)


def warn_uninstalled(kind: Kind, key: str) -> None:
    """Warn that Poise keeps a section that no installed plugin understands."""
    unknown = registry.default().unknown(kind, key)
    warn_of_unread(f"{unknown}; its section is kept as it is", stacklevel=3)


def warn_of_unread(message: str, stacklevel: int) -> None:
    """Warn of what no installed plugin understands, unless the caller reports it."""
    if not _unwarned.get():
        warnings.warn(message, PluginNotInstalledWarning, stacklevel=stacklevel)

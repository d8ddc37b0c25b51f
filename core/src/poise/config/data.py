"""Convert the ``model`` object of a file to ``ModelConfig`` and back."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, TypeVar

from poise import editions, registry
from poise.config.one_of import (
    BackboneConfig,
    HeadsConfig,
    UninstalledSection,
    only_one,
    warn_of_unread,
    warn_uninstalled,
)
from poise.editions import DOCUMENTED, SLEAP
from poise.errors import ConfigError, Fault, PluginError
from poise.messages import short_repr, suggestion
from poise.registry import documented
from poise.wire.structure import json_repr, structure, unstructure

M = TypeVar("M")
Container = BackboneConfig | HeadsConfig
_CONTAINERS: dict[str, type[Container]] = {"backbone": BackboneConfig, "heads": HeadsConfig}
EDITION = "edition"
FIELDS = ("backbone", "heads", "base_checkpoint", EDITION)
SCHEMA = "$schema"
"""The key that editors read. It is not a SLEAP field, so messages never suggest it."""


def is_edition(name: Any) -> bool:
    """Whether a key is ``edition`` or a typo of it. No version of SLEAP writes such a key."""
    return isinstance(name, str) and bool(
        difflib.get_close_matches(name.lower(), [EDITION], cutoff=0.8)
    )


def has_form_of_sleap(data: Any) -> bool:
    """Whether SLEAP, or Poise in SLEAP's form, wrote a model object.

    Both write every key of the two one-of objects, and null for those that are not set. People
    write only the keys that they mean.

    Args:
        data: plain data of a model object, valid or not.
    """
    return isinstance(data, Mapping) and all(
        isinstance(data.get(name), Mapping)
        and documented.first_keys(container.kind.name) <= data[name].keys()
        for name, container in _CONTAINERS.items()
    )


def unknown_nulls(data: Any) -> Iterator[tuple[str, str]]:
    """The keys of a model object that no plugin provides and whose value is null.

    Such a key only says "not this one", so Poise does not keep it. But a typo looks the same,
    so Poise warns.

    Args:
        data: plain data of a model object, valid or not.

    Yields:
        Path inside the model, and the warning.
    """
    if not isinstance(data, Mapping):
        return
    plugins = registry.default()
    for name, container in _CONTAINERS.items():
        members = data.get(name)
        if not isinstance(members, Mapping):
            continue
        kind = container.kind
        keys = {*documented.keys(kind.name)}
        keys |= {candidate.key for candidate in plugins.candidates if candidate.kind == kind.name}
        for key, value in members.items():
            if value is None and isinstance(key, str) and key not in keys:
                yield f"{name}.{key}", f"null, and not written back: {plugins.unknown(kind, key)}"


def model_from_data(cls: Callable[..., M], data: Any, path: str = "model") -> M:
    """Read the plain data of a model object. See ``ModelConfig.from_data``."""
    if not isinstance(data, dict):
        raise ConfigError([Fault(f"must be an object, got {json_repr(data)}", path)])
    if isinstance(data.get("model"), dict):
        what = (
            "must be the model section alone, got a whole job file; read it with poise.read_sleap"
        )
        raise ConfigError([Fault(what, path)])
    for where, what in unknown_nulls(data):
        warn_of_unread(f"{what} @ {where}", stacklevel=4)
    faults = [
        Fault(
            f"a model has no field {name!r}; {suggestion(name, FIELDS, noun='fields')}", str(name)
        )
        for name in data
        if name not in (*FIELDS, SCHEMA)
    ]
    if SCHEMA in data and not isinstance(data[SCHEMA], str):
        what = f"must be the path or URL of a JSON Schema, got {json_repr(data[SCHEMA])}"
        faults.append(Fault(what, SCHEMA))
    values: dict[str, Any] = {}
    default = SLEAP if has_form_of_sleap(data) else DOCUMENTED
    meant = data.get("edition", default)
    # A few rules hold in one edition only. The edition of the file decides, not the reader's.
    with editions.edition(meant if meant in editions.EDITIONS else default):
        for name, container in _CONTAINERS.items():
            try:
                values[name] = _one_of(container, data.get(name, {}))
            except ConfigError as error:
                faults += error.under(name).faults
    plain: dict[str, Any] = {"base_checkpoint": data.get("base_checkpoint"), "edition": meant}
    for name, value in plain.items():
        try:
            cls(**{name: value})
            values[name] = value
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(fault.under(path) if path else fault for fault in faults)
    return cls(**values, schema=data.get(SCHEMA))


def model_to_data(
    backbone: BackboneConfig,
    heads: HeadsConfig,
    base_checkpoint: str | None,
    edition: str,
    schema: str | None,
) -> dict[str, Any]:
    """The plain data of a model object. See ``ModelConfig.to_data``."""
    data: dict[str, Any] = {} if schema is None else {SCHEMA: schema}
    data |= {
        "backbone": _members(backbone),
        "heads": _members(heads),
        "base_checkpoint": base_checkpoint,
    }
    if edition != SLEAP:
        data["edition"] = edition
    return data


def _one_of(cls: type[Container], data: Any) -> Container:
    if not isinstance(data, dict):
        keys = ", ".join(documented.keys(cls.kind.name)[:3])
        what = f"must be an object with one {cls.kind.name} ({keys}, …), got {json_repr(data)}"
        raise ConfigError([Fault(what)])
    faults: list[Fault] = []
    sections: dict[str, Any] = {}
    for key, value in data.items():
        if type(key) is not str:
            faults.append(Fault(f"keys must be strings, got {short_repr(key)}"))
            continue
        if value is None:
            continue
        try:
            sections[key] = _section(cls, key, value)
        except ConfigError as error:
            faults += error.under(key).faults
    if len(data) - list(data.values()).count(None) > 1:
        names = [key for key, value in data.items() if value is not None]
        faults.insert(0, only_one(cls.kind, names))
    if faults:
        raise ConfigError(faults)
    return cls(**sections)


def _section(cls: type[Container], key: str, value: Any) -> Any:
    if not isinstance(value, dict):
        what = f"the section of a {cls.kind.name} must be an object, got {json_repr(value)}"
        keys = {*documented.keys(cls.kind.name), *registry.default().keys(cls.kind)}
        hint = "" if key in keys else f"; {suggestion(key, keys)}"
        raise ConfigError([Fault(what + hint)])
    if key not in registry.default().keys(cls.kind):
        warn_uninstalled(cls.kind, key)
        return UninstalledSection(key, deepcopy(value))
    try:
        spec = registry.default().spec_of_section(cls.kind, key)
    except PluginError as error:
        raise ConfigError([Fault(error.one_line())]) from None
    owner = registry.Owner.of_key(registry.default().claimants(cls.kind, key)[0])
    with owner.entering("the configuration class"):
        return structure(value, spec.config)


def _members(container: Container) -> dict[str, Any]:
    members: dict[str, Any] = dict.fromkeys(documented.keys(container.kind.name))
    key, section = container.which_oneof_attrib_name(), container.which_oneof()
    if key is not None:
        raw = isinstance(section, UninstalledSection)
        # A copy: changes of the data must not change the configuration.
        members[key] = deepcopy(section.data) if raw else unstructure(section)
    return members

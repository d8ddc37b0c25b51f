"""Prepare the model section of a SLEAP file for the strict reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from poise import registry
from poise.config import ModelConfig, UninstalledSection
from poise.config.conversion import affects
from poise.config.data import FIELDS, SCHEMA, is_edition, unknown_nulls
from poise.editions import BACKBONE_STRIDE, HEADS_OF_STACKS, SLEAP, Difference, edition
from poise.errors import ConfigError, Fault, PluginError, UnknownKeyError
from poise.fields import is_integer
from poise.messages import nearest, short_repr
from poise.registry.discovery import BACKBONE, HEAD, Kind
from poise.sleap.migrate import Migration
from poise.sleap.migration_report import Note
from poise.sleap.objects import joined, member
from poise.sleap.versions import (
    Origin,
    backbone_spec,
    overridden_stride,
    path_in_backbone,
    strides_of,
)
from poise.specs import BackboneSpec, HeadSpec
from poise.wire.structure import structure


def migrate_model(data: Any, path: str, migration: Migration) -> Any:
    """Plain data of a model section for the strict reader.

    Args:
        data: the file's data for the model.
        path: its dotted path; empty if the file holds nothing else.
        migration: collects notes and faults.
    """
    if not isinstance(data, Mapping):
        return data
    read: dict[str, Any] = {}
    for key, value in data.items():
        where = joined(path, key)
        if key in ("backbone", "heads"):
            kind = BACKBONE if key == "backbone" else HEAD
            read[key] = _one_of(value, kind, where, migration)
        elif key in (*FIELDS, SCHEMA):
            read[key] = value
        else:
            close = nearest(key, FIELDS)
            hint = f"; did you mean {close!r}?" if close else ""
            what = f"a model has no such field{hint}"
            if is_edition(key):  # somebody meant Poise's key
                migration.fault(where, what)
            else:
                migration.leave_out(member(path, key), value, what)
    for where, what in unknown_nulls(data):
        migration.leave_out(joined(path, where), None, what.removeprefix("null, and "))
    for key, what in (("backbone", "none set"), ("heads", "none set"), ("base_checkpoint", "null")):
        if key not in data:
            migration.note("defaulted", joined(path, key), what)
    return read


def _one_of(data: Any, kind: Kind, path: str, migration: Migration) -> Any:
    if not isinstance(data, Mapping):
        return data
    read: dict[str, Any] = {}
    for key, value in data.items():
        where = joined(path, key)
        if value is None:
            continue
        spec = _spec(kind, key)
        if isinstance(spec, str):
            if spec and isinstance(value, Mapping):
                migration.note("unchecked", where, spec)
            read[key] = value
        else:
            read[key] = migration.section(value, spec.config, where)
    return read


def _spec(kind: Kind, key: str) -> BackboneSpec | HeadSpec | str:
    """The spec of a key; else why it is missing, or ``""`` if the strict reader reports it."""
    installed = registry.default()
    if key not in installed.keys(kind):
        return installed.unknown(kind, key)
    try:
        return installed.spec_of_section(kind, key)
    except (PluginError, UnknownKeyError):
        return ""


def apply_head_stride(model: Any, path: str, origin: Origin, migration: Migration) -> Any:
    """A model section whose backbone has the head's stride, if its own is invalid.

    Since 1.0.10, SLEAP replaces the backbone's stride by that of the head's first output before
    it builds anything. The backbone's stride in a file before training may therefore be any
    number. Poise keeps it if it is valid, and in older files.

    Args:
        model: plain data, migrated.
        path: dotted path of the section.
        origin: which version wrote the file.
        migration: collects notes.
    """
    if not isinstance(model, Mapping) or model.get("edition", SLEAP) != SLEAP:
        return model
    if origin.version is not None and origin.may_be_before((1, 0, 10)):
        return model
    backbone, head = _only_section(model, "backbone", BACKBONE), _only_section(model, "heads", HEAD)
    if backbone is None or head is None:
        return model
    key, section, spec = backbone
    default = attrs.fields_dict(spec.config).get("output_stride")
    own = section.get("output_stride", default and default.default)
    try:
        with edition(SLEAP):
            main = next(strides_of(structure(head[1], head[2].config)), None)
    except ConfigError:
        return model
    if default is None or main is None or not is_integer(own):
        return model
    settled = {**section, "output_stride": main.stride}
    before, after = _faults(section, spec.config), _faults(settled, spec.config)
    if not after < before:
        return model
    where = joined(path, f"backbone.{key}.output_stride")
    why = "; ".join(sorted(map(str, before - after)))
    migration.note(
        "derived",
        where,
        f"{short_repr(own)} is invalid ({why}); read as {main.stride} from "
        f"{joined(path, f'heads.{head[0]}.{main.path}')}, which SLEAP since 1.0.10 uses instead",
    )
    return {**model, "backbone": {**model["backbone"], key: settled}}


def _only_section(
    model: Mapping[str, Any], name: str, kind: Kind
) -> tuple[str, Mapping[str, Any], BackboneSpec | HeadSpec] | None:
    """Key, data and spec of the only section that is set; ``None`` if it cannot be read."""
    members = model.get(name)
    if not isinstance(members, Mapping):
        return None
    sections = [(key, value) for key, value in members.items() if value is not None]
    if len(sections) != 1 or not isinstance(sections[0][1], Mapping):
        return None
    spec = _spec(kind, sections[0][0])
    return None if isinstance(spec, str) else (*sections[0], spec)


def _faults(section: Any, cls: type) -> set[Fault]:
    try:
        with edition(SLEAP):
            structure(section, cls)
    except ConfigError as error:
        return set(error.faults)
    return set()


def edition_notes(config: ModelConfig, path: str) -> list[Note]:
    """Differences between SLEAP 1.4 and its documentation that affect this model."""
    if config.edition != SLEAP:
        return []
    with edition(SLEAP):
        notes = [*_backbone_stride(config, path), *_several_stacks(config, path)]
    for container in (config.backbone, config.heads):
        key, section = container.which_oneof_attrib_name(), container.which_oneof()
        if key is None or isinstance(section, UninstalledSection):
            continue
        spec = registry.default().spec_of_section(container.kind, key)
        field = "backbone" if container.kind is BACKBONE else "heads"
        where = joined(path, f"{field}.{key}")
        notes += [
            _note(difference, joined(where, difference.path).rstrip("."))
            for difference in spec.differences
            if affects(difference, section, where)
        ]
    return notes


def _note(difference: Difference, path: str) -> Note:
    what = f"{difference.sleap}; by the documentation, {difference.documented}"
    return Note("edition", path, f"{difference.name}: {what}")


def _backbone_stride(config: ModelConfig, path: str) -> list[Note]:
    """The backbone's own output stride differs from the one that SLEAP builds."""
    main = next(strides_of(config.heads.which_oneof()), None)
    own = None if main is None else overridden_stride(config, main.stride)
    if main is None or own is None:
        return []
    head = joined(path, f"heads.{config.heads.which_oneof_attrib_name()}.{main.path}")
    what = f"the file has {own}; SLEAP since 1.0.10 builds for the {main.stride} of {head}"
    where = path_in_backbone(config, "output_stride", path)
    return [Note("edition", where, f"{BACKBONE_STRIDE.name}: {what}")]


def _several_stacks(config: ModelConfig, path: str) -> list[Note]:
    """SLEAP 1.4 could not build several stacks with heads."""
    spec = backbone_spec(config)
    if spec is None or spec.stacks(config.backbone.which_oneof()) == 1:
        return []
    return [_note(HEADS_OF_STACKS, path_in_backbone(config, "stacks", path))]

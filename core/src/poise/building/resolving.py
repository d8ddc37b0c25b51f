"""Resolve a configuration: look up its specs, decide strides, fill in names.

This module matches strides to heads and does not need Keras: ``poise check`` stops here,
``poise.build`` continues.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from inspect import unwrap
from typing import Any, cast

import attrs

from poise import editions, registry
from poise.building.limits import LAYERS, STACKS, TooLarge, limit, refuse_more
from poise.config import BackboneConfig, HeadsConfig, ModelConfig, UninstalledSection
from poise.config.conversion import converted
from poise.errors import BuildError, ConfigError, Fault, FaultsError, PluginError, UnknownKeyError
from poise.messages import argument_path, join_names, repeated, short_repr
from poise.registry.discovery import BACKBONE, Kind
from poise.settings import MAX_LAYERS, MAX_STACKS
from poise.skeleton import Skeleton
from poise.specs import BackboneSpec, HeadSpec, Output, Spec, path_of

HEADS = "model.heads"
"""Path of the heads."""


@attrs.frozen(kw_only=True)
class Resolution:
    """A configuration, with everything decided that does not depend on the image size.

    Attributes:
        config: the configuration that is built: part, edge and class names are filled in, and
            the backbone's ``output_stride`` is set to the one its heads need. The original
            configuration is never changed.
        backbone: the backbone's spec.
        head: the head type's spec.
        outputs: the outputs, the main one first.
        max_stride: image height and width must be multiples of this, in pixels.
        stacks: the number of stacks, each with its own outputs.
        encoders: keys of the encoders that the backbone takes from the registry.
        notes: the derived values and what users should know about this model, one sentence
            each.
    """

    config: ModelConfig
    backbone: BackboneSpec
    head: HeadSpec
    outputs: tuple[Output, ...]
    max_stride: int
    stacks: int
    encoders: tuple[str, ...]
    notes: tuple[str, ...]


def resolve(
    config: ModelConfig,
    skeleton: Skeleton | None = None,
    classes: Sequence[str] | None = None,
) -> Resolution:
    """Decide everything that a model of ``config`` depends on.

    Args:
        config: a configuration with one backbone and one head type set.
        skeleton: part and edge names, if the configuration has none.
        classes: class names, if the configuration has none.

    Raises:
        BuildError: no model can be built. The error lists every reason, each with its path.
    """
    faults = _faults_of_arguments(config, skeleton, classes)
    if faults:
        raise BuildError(faults, "no model can be built" if len(faults) > 1 else "")
    backbone, head = _spec(config.backbone, faults), _spec(config.heads, faults)
    with editions.edition(config.edition):
        outputs = _outputs(config, cast(HeadSpec, head), skeleton, classes, faults) if head else ()
        if faults or backbone is None or head is None:
            raise BuildError(faults, "no model can be built" if len(faults) > 1 else "")
        backbone, head = cast(BackboneSpec, backbone), cast(HeadSpec, head)
        section, notes = _backbone_at_stride(config, backbone, head, outputs)
        heads = config.heads.which_oneof()
        if head.resolve is not None:
            heads = head.resolve(heads, skeleton, classes)
        stacks = _stacks(backbone, section, len(outputs))
        notes += _notes_of_units(config)
        notes += _notes_of_head(head, heads)
        notes += _note_of_checkpoint(config.base_checkpoint)
        return Resolution(
            config=attrs.evolve(
                config,
                backbone=BackboneConfig(**{backbone.key: section}),
                heads=HeadsConfig(**{head.key: heads}),
            ),
            backbone=backbone,
            head=head,
            outputs=outputs,
            max_stride=backbone.max_stride(section),
            stacks=stacks,
            encoders=tuple(backbone.encoders(section)),
            notes=tuple(notes),
        )


def _notes_of_units(config: ModelConfig) -> list[str]:
    """The numbers whose meaning changed with the edition of the configuration."""
    if config.units == config.edition:
        return []
    try:
        changes = converted(config, config.edition).changes
    except ConfigError as error:
        what = f"the numbers were written for edition {config.units!r}, which cannot be converted"
        return [f"{what}: {error.one_line()}"]
    return [
        f"{change.path} is {change.before}, which was written for edition {config.units!r} "
        f"({change.difference.name}); poise.to_edition makes it {short_repr(change.after)} in "
        f"edition {config.edition!r}"
        for change in changes
    ]


def _faults_of_arguments(config: Any, skeleton: Any, classes: Any) -> list[Fault]:
    faults = []
    if not isinstance(config, ModelConfig):
        faults.append(Fault(f"must be a poise.ModelConfig, got {short_repr(config)}", "config"))
    if skeleton is not None and not isinstance(skeleton, Skeleton):
        what = f"must be a poise.Skeleton(parts, edges), got {short_repr(skeleton)}"
        faults.append(Fault(what, argument_path("skeleton")))
    if classes is not None:
        names = list(classes) if isinstance(classes, list | tuple) else None
        if names is None or not all(isinstance(name, str) for name in names):
            what = f"must be a list of names, got {short_repr(classes)}"
            faults.append(Fault(what, argument_path("classes")))
        else:
            where = argument_path("classes")
            faults += [
                Fault(f"class names must be unique, got {name!r} twice", f"{where}[{index}]")
                for index, name in repeated(names)
            ]
    return faults


def _spec(container: BackboneConfig | HeadsConfig, faults: list[Fault]) -> Spec | None:
    kind: Kind = container.kind
    where = "model.backbone" if kind is BACKBONE else HEADS
    key, section = container.which_oneof_attrib_name(), container.which_oneof()
    if key is None:
        installed = join_names(registry.default().keys(kind)) or "none"
        faults.append(Fault(f"must set one {kind.name}, got none; installed: {installed}", where))
        return None
    if isinstance(section, UninstalledSection):
        what = registry.default().unknown(kind, key)
        if key in registry.default().keys(kind):
            what = f"{kind.name} {key!r} was read before a plugin provided it; read it again"
        faults.append(Fault(what, f"{where}.{key}"))
        return None
    try:
        return cast(Spec, registry.default().spec(kind, key))
    except (UnknownKeyError, PluginError) as error:
        faults.append(Fault(error.one_line(), f"{where}.{key}"))
        return None


def _outputs(
    config: ModelConfig,
    head: HeadSpec,
    skeleton: Skeleton | None,
    classes: Sequence[str] | None,
    faults: list[Fault],
) -> tuple[Output, ...]:
    where = f"{HEADS}.{head.key}"
    try:
        outputs = head.outputs(config.heads.which_oneof(), skeleton, classes)
    except FaultsError as error:
        faults += error.under(where).faults
        return ()
    return outputs


def _notes_of_head(head: HeadSpec, section: Any) -> list[str]:
    if head.notes is None:
        return []
    return [f"{HEADS}.{head.key}: {note}" for note in head.notes(section)]


def _note_of_checkpoint(folder: str | None) -> list[str]:
    if folder is None:
        return []
    is_there = os.path.exists(folder)  # noqa: PTH110 - Path raises for names that are too long
    there = "" if is_there else ", but there is no such folder here"
    load = "poise.load_weights(model, folder, strict=False) loads them, building does not"
    return [f"model.base_checkpoint: training starts from the weights in '{folder}'{there}; {load}"]


def _stacks(backbone: BackboneSpec, section: Any, outputs: int) -> int:
    """The number of stacks; refused if they are too many, or their heads alone have many layers."""
    stacks = backbone.stacks(section)
    most = limit(MAX_LAYERS, LAYERS)
    try:
        # Counting the layers of so many would take long.
        refuse_more(stacks, limit(MAX_STACKS, STACKS), "stacks", MAX_STACKS)
        refuse_more(stacks * outputs, most, "layers", MAX_LAYERS, is_least=True)
    except TooLarge as error:
        where = path_of(section, "stacks", f"model.backbone.{backbone.key}")
        raise BuildError(error.under(where).faults) from None
    return stacks


def _takes_stride(backbone: BackboneSpec, section: Any, stride: int) -> bool:
    """Whether the spec itself says that features may bear a stride above ``max_stride``."""
    if unwrap(backbone.at_stride) is attrs.fields(BackboneSpec).at_stride.default:
        return False  # sets the field, whatever the backbone can do
    try:
        return backbone.output_stride(backbone.at_stride(section, stride)) == stride
    except ConfigError:
        return False


def _backbone_at_stride(
    config: ModelConfig,
    backbone: BackboneSpec,
    head: HeadSpec,
    outputs: tuple[Output, ...],
) -> tuple[Any, list[str]]:
    """The backbone's configuration for the stride that the outputs need."""
    original = config.backbone.which_oneof()
    where = f"model.backbone.{backbone.key}"
    as_sleap = editions.means_sleap(editions.BACKBONE_STRIDE)
    stride = outputs[0].stride if as_sleap else min(output.stride for output in outputs)
    faults = []
    coarsest = backbone.max_stride(original)
    # Only in SLEAP's edition features may bear a stride that they do not have.
    if as_sleap and stride > coarsest and _takes_stride(backbone, original, stride):
        coarsest = stride
    for output in outputs:
        path = f"{HEADS}.{head.key}.{output.where}"
        if output.stride > coarsest:
            what = f"stride {output.stride} is coarser than the backbone's {coarsest}"
            raisable = "max_stride" in attrs.fields_dict(type(original))
            fix = f"raise {where}.max_stride, or lower it" if raisable else "lower it"
            faults.append(Fault(f"{what}; {fix}", path))
        elif output.stride < stride:
            what = (
                f"stride {output.stride} is finer than that of the main output, {stride}, which "
                f"SLEAP 1.4 builds the backbone for; use {stride} or more, or edition "
                f"{editions.DOCUMENTED!r}"
            )
            faults.append(Fault(what, path))
    if faults:
        raise BuildError(faults, "strides do not fit" if len(faults) > 1 else "")
    try:
        section = backbone.at_stride(original, stride)
    except ConfigError as error:
        heading = f"the backbone cannot have the stride {stride} that its heads need"
        raise BuildError(error.under(where).faults, heading) from None
    before = backbone.output_stride(original)
    after = backbone.output_stride(section)
    notes = []
    if before != after:
        reason = "the main output's" if as_sleap else "the finest of its outputs"
        path = path_of(original, "output_stride", where)
        built = "built for output stride" if path == where else "built as"
        notes.append(f"{path} is {built} {after} ({reason}), not {before}")
    published = backbone.pretrained(section) if backbone.pretrained else None
    if published is not None:
        what = "poise.load_pretrained(model) loads them, building does not"
        notes.append(f"{where} asks for {published.title}: {what}")
    if backbone.notes is not None:
        notes += [f"{where}: {note}" for note in backbone.notes(section)]
    return section, notes

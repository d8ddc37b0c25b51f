"""``load_pretrained``: published weights into the layers that they are for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from poise.building.record import FILE, PUBLISHED, Origin, record_of, record_origins, sha256_of
from poise.errors import WeightsError
from poise.messages import listed
from poise.pretrained.fetching import has_checksum
from poise.pretrained.finding import find
from poise.pretrained.image_channels import adapted
from poise.specs import PublishedWeights
from poise.weights import LoadReport, Record, WeightsFile, open_weights
from poise.weights.matching import match
from poise.weights.old_names import with_new_names
from poise.weights.slots import Slot, slots_of


def load_pretrained(model: Any, path: str | os.PathLike[str] | None = None) -> LoadReport:
    """Put the published weights that a model's configuration asks for into the model.

    ``poise.build`` gives random weights, whatever the configuration says, since it needs no
    connection and trained weights may be loaded next. Call this before training a model
    whose backbone is to start from published weights.

    The file is looked for in a plugin's ``poise_weights``, in the folder ``POISE_WEIGHTS``
    and in the cache, and then downloaded, unless ``POISE_OFFLINE`` is set.

    Args:
        model: built by ``poise.build``.
        path: the file, if it is not to be looked for.

    Returns:
        What was matched. Its ``total`` counts the weights that are published for; those of
        decoder and heads stay as they are. A note says if the file could not be verified,
        because its publisher states no checksum, or is another one than the published.

    Raises:
        WeightsError: the model is not for published weights, or they cannot be had, or do
            not fit. The model is then unchanged.
    """
    published = _asked_for(model)
    expected = published.layer_names()
    with (published.opened or open_weights)(find(published, path)) as file:
        if published.opened is not None:
            own = {record.layer[-1] for record in file.records}
            records, notes = list(file.records), list(file.notes)
        else:
            own = _names_in_model(published, expected)
            records, notes = _named_as_in_the_model(file, published, expected)
        slots = [slot for slot in slots_of(model) if slot.layer and slot.layer[-1] in own]
        if not slots:
            raise WeightsError(f"{published.title}: model {model.name!r} has none of their layers")
        origin = _origin(published, file.source)
        if not origin.verified and published.path is None:
            notes.append(_not_verified(origin))
        records = _for_images_of(slots, published, records, notes)
        wanted = {slot.layer[-1]: slot.layer for slot in slots}
        used = [
            attrs.evolve(record, layer=wanted[record.layer[-1]])
            for record in records
            if record.layer[-1] in wanted
        ]
        found = match(used, slots)
        unused = dict.fromkeys(one.layer[-1] for one in records if one.layer[-1] not in wanted)
        if unused:
            notes.append(f"layers of the file that this model does not have: {listed(unused, 4)}")
        report = LoadReport(
            source=str(file.source),
            format=file.format,
            total=len(slots),
            matched=tuple(slot.name for _, slot in found.matched),
            missing=tuple(slot.name for slot in found.missing),
            unexpected=tuple(record.name for record in found.unexpected),
            mismatched=tuple(found.mismatched),
            ignored=file.ignored,
            notes=(*notes, *found.notes),
        )
        if not report.ok:
            raise WeightsError(f"{report}\n  nothing was assigned", report)
        arrays = [(slot, record.read()) for record, slot in found.matched]
    record_origins(model, origin, anew=False)
    return attrs.evolve(report, not_finite=_assigned(arrays))


def _origin(published: PublishedWeights, file: Path) -> Origin:
    if published.path is not None:  # the user's own
        return Origin(kind=FILE, name=file.name, sha256=sha256_of(file))
    verified = has_checksum(file, published.checksum) if published.checksum else None
    return Origin(
        kind=PUBLISHED,
        name=published.name,
        sha256=sha256_of(file),
        title=published.title,
        url=published.url,
        # Another file may have other owners.
        licence="" if verified is False else published.licence,
        verified=verified,
    )


def _not_verified(origin: Origin) -> str:
    if origin.verified is None:
        return "its publisher states no checksum: the file was taken as it is"
    return f"not the file that is published at {origin.url}, by its checksum"


def _asked_for(model: Any) -> PublishedWeights:
    record = record_of(model)
    if record is None:
        raise WeightsError(
            f"model {model.name!r} was not built by poise.build: nothing says which weights it "
            "is for"
        )
    backbone = record.resolution.backbone
    section = record.resolution.config.backbone.which_oneof()
    published = backbone.pretrained(section) if backbone.pretrained else None
    if published is None:
        raise WeightsError(
            f"model.backbone.{backbone.key} asks for no published weights: {section!r}"
        )
    return published


def _named_as_in_the_model(
    file: WeightsFile, published: PublishedWeights, expected: tuple[str, ...]
) -> tuple[list[Record], list[str]]:
    """The file's records under the names of the model: by name, or else by order."""
    records, notes = _met(file, published, expected)
    renaming = with_new_names(records, published.old_names)
    return renaming.records, notes + renaming.notes


def _met(
    file: WeightsFile, published: PublishedWeights, expected: tuple[str, ...]
) -> tuple[list[Record], list[str]]:
    """The file's records under the expected names."""
    names = list(dict.fromkeys(record.layer[:1] for record in file.records))
    leaves = {record.layer[-1] for record in file.records if record.layer}
    if leaves >= set(expected):
        return [record for record in file.records if record.layer], []
    if not file.named or len(names) != len(expected):
        lacking = [name for name in expected if name not in leaves and "#" not in name]
        lacks = f"it lacks {listed(lacking, 4)}, and " if lacking else "it "
        raise WeightsError(
            f"{file.source}: is not {published.title}: {lacks}has {len(names)} layers with "
            f"weights, not {len(expected)}"
        )
    renamed = dict(zip(names, expected, strict=True))
    records = [attrs.evolve(one, layer=(renamed[one.layer[:1]],)) for one in file.records]
    return records, [f"layers of other names, such as {names[0][0]!r}: met in published order"]


def _names_in_model(published: PublishedWeights, expected: tuple[str, ...]) -> set[str]:
    """The model's layers that the weights are for."""
    old = {name for names in published.old_names.values() for name in names}
    return {name for name in expected if name not in old} | set(published.old_names)


def _for_images_of(
    slots: Sequence[Slot], published: PublishedWeights, records: list[Record], notes: list[str]
) -> list[Record]:
    """The records, those that see the image made for as many channels as the model's has."""
    channels = {
        slot.layer[-1]: slot.shape[2] if len(slot.shape) == 4 else slot.shape[0]
        for slot in slots
        if slot.layer[-1] in published.image_layers and len(slot.shape) in (1, 4)
        # What a convolution has beside its kernel belongs to its own channels.
        if slot.role != "bias"
    }
    made = [
        adapted(record, channels[record.layer[-1]])
        if record.layer[-1] in channels and record.role != "bias"
        else record
        for record in records
    ]
    if any(new is not old for new, old in zip(made, records, strict=True)):
        number = next(iter(channels.values()))
        notes.append(f"made for images of {number} channels: each as the mean of RGB")
    return made


def _assigned(arrays: Sequence[tuple[Slot, Any]]) -> tuple[str, ...]:
    """Assign, and give the names of weights that are not finite."""
    import numpy as np

    for slot, array in arrays:
        slot.variable.assign(array)
    return tuple(slot.name for slot, array in arrays if not np.isfinite(array).all())

"""``load_pretrained``: load published weights into the layers that they are for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from poise.building.record import FILE, PUBLISHED, Origin, record_of, record_origins, sha256_of
from poise.errors import WeightsError
from poise.messages import join_names
from poise.pretrained.finding import find
from poise.pretrained.identity import has_checksum
from poise.pretrained.image_channels import adapted
from poise.specs import PublishedWeights
from poise.weights import LoadReport, Record, WeightsFile, open_weights
from poise.weights.matching import match
from poise.weights.narrowing import stored
from poise.weights.old_names import with_new_names
from poise.weights.slots import Slot, slots_of


def load_pretrained(model: Any, path: str | os.PathLike[str] | None = None) -> LoadReport:
    """Load the published weights that a model's configuration asks for.

    ``poise.build`` always creates random weights, because it must work without a connection
    and because you may load trained weights next. Call this function before you train a model
    whose backbone should start from published weights.

    Poise asks the plugins' ``poise_weights``, looks in the folder ``POISE_WEIGHTS`` and in the
    cache, and then downloads the file, unless ``POISE_OFFLINE`` is set.

    Args:
        model: built by ``poise.build``.
        path: the file, if Poise should not look for it.

    Returns:
        Which weights matched. Its ``total`` counts the weights of layers that have published
        weights; decoder and heads are unchanged. A note says if the file was not verified,
        because the publisher states no checksum or the checksum differs.

    Raises:
        WeightsError: the configuration asks for no published weights, or Poise cannot find
            them, or they do not match. The model is unchanged.
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
            raise WeightsError(f"{published.title}: model {model.name!r} has none of its layers")
        origin = _origin(published, file.source)
        if origin.kind == PUBLISHED and not origin.verified:
            notes.append(_not_verified(origin))
        records = _for_images_of(slots, published, records, notes)
        layers = {slot.layer[-1]: slot.layer for slot in slots}
        used = [
            attrs.evolve(record, layer=layers[record.layer[-1]])
            for record in records
            if record.layer[-1] in layers
        ]
        matches = match(used, slots)
        unused = dict.fromkeys(
            record.layer[-1] for record in records if record.layer[-1] not in layers
        )
        if unused:
            notes.append(
                f"layers of the file that this model does not have: {join_names(unused, 4)}"
            )
        report = LoadReport(
            source=str(file.source),
            format=file.format,
            total=len(slots),
            matched=tuple(slot.name for _, slot in matches.matched),
            missing=tuple(slot.name for slot in matches.missing),
            unexpected=tuple(record.name for record in matches.unexpected),
            mismatched=tuple(matches.mismatched),
            ignored=file.ignored,
            unlisted=file.unlisted,
            notes=(*notes, *matches.notes),
        )
        if not report.ok:
            raise WeightsError(f"{report}\n  nothing was assigned", report)
        changed: list[str] = []
        arrays = [(slot, stored(slot, record, changed)) for record, slot in matches.matched]
    record_origins(model, origin, anew=False)
    return attrs.evolve(report, not_finite=_assigned(arrays), changed=tuple(changed))


def _origin(published: PublishedWeights, file: Path) -> Origin:
    if published.path is not None and not published.checksum:  # a file of the user's
        return Origin(kind=FILE, name=file.name, sha256=sha256_of(file))
    verified = has_checksum(file, published.checksum) if published.checksum else None
    return Origin(
        kind=PUBLISHED,
        name=published.name,
        sha256=sha256_of(file),
        title=published.title,
        url=published.url,
        # Another file may have another license.
        license="" if verified is False else published.license,
        verified=verified,
    )


def _not_verified(origin: Origin) -> str:
    if origin.verified is None:
        return "not verified: the publisher states no checksum"
    return f"its checksum differs from that of the file at {origin.url}"


def _asked_for(model: Any) -> PublishedWeights:
    record = record_of(model)
    if record is None:
        raise WeightsError(
            f"model {model.name!r} was not built by poise.build, so Poise does not know which "
            "weights it needs"
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
    """The file's records under the names of the model, matched by name or else by order."""
    records, notes = _expected_records(file, published, expected)
    renaming = with_new_names(records, published.old_names)
    return renaming.records, notes + renaming.notes


def _expected_records(
    file: WeightsFile, published: PublishedWeights, expected: tuple[str, ...]
) -> tuple[list[Record], list[str]]:
    """The file's records under the expected names."""
    names = list(dict.fromkeys(record.layer[:1] for record in file.records))
    leaves = {record.layer[-1] for record in file.records if record.layer}
    if leaves >= set(expected):
        return [record for record in file.records if record.layer], []
    if not file.named or len(names) != len(expected):
        lacking = [name for name in expected if name not in leaves and "#" not in name]
        without = f" without {join_names(lacking, 4)}" if lacking else ""
        raise WeightsError(
            f"{file.source}: must be {published.title}, {len(expected)} layers with weights, got "
            f"{len(names)} layers{without}"
        )
    renamed = dict(zip(names, expected, strict=True))
    records = [attrs.evolve(record, layer=(renamed[record.layer[:1]],)) for record in file.records]
    return records, [
        f"layers have other names, such as {names[0][0]!r}: matched in published order"
    ]


def _names_in_model(published: PublishedWeights, expected: tuple[str, ...]) -> set[str]:
    """The model's layers that the weights are for."""
    old = {name for names in published.old_names.values() for name in names}
    return {name for name in expected if name not in old} | set(published.old_names)


def _for_images_of(
    slots: Sequence[Slot], published: PublishedWeights, records: list[Record], notes: list[str]
) -> list[Record]:
    """The records; those that see the image are adapted to the channels of the model's images."""
    channels = {
        slot.layer[-1]: slot.shape[2] if len(slot.shape) == 4 else slot.shape[0]
        for slot in slots
        if slot.layer[-1] in published.image_layers and len(slot.shape) in (1, 4)
        # A convolution's bias belongs to its output channels, not to the image's.
        if slot.role != "bias"
    }
    fitted = [
        adapted(record, channels[record.layer[-1]])
        if record.layer[-1] in channels and record.role != "bias"
        else record
        for record in records
    ]
    if any(new is not old for new, old in zip(fitted, records, strict=True)):
        number = next(iter(channels.values()))
        notes.append(f"adapted to images of {number} channels: each is the mean of RGB")
    return fitted


def _assigned(arrays: Sequence[tuple[Slot, Any]]) -> tuple[str, ...]:
    """Assign the arrays, and return the names of weights that are not finite."""
    import numpy as np

    for slot, array in arrays:
        slot.variable.assign(array)
    return tuple(slot.name for slot, array in arrays if not np.isfinite(array).all())

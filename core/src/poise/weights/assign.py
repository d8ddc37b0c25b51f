"""``load_weights``: match, then read, then assign; a load is all or nothing."""

from __future__ import annotations

import os
from typing import Any

import attrs

from poise.building.record import FILE, Origin, record_origins, sha256_of
from poise.errors import WeightsError
from poise.messages import join_names
from poise.processes import logs
from poise.specs import OldNames
from poise.weights.formats import open_weights
from poise.weights.load_report import LoadReport
from poise.weights.matching import Match, match
from poise.weights.narrowing import stored
from poise.weights.old_names import Renaming, with_new_names
from poise.weights.records import LayerPath, Record, WeightsFile
from poise.weights.slots import Slot, group_names, output_layers, slots_of


def load_weights(model: Any, path: str | os.PathLike[str], strict: bool = True) -> LoadReport:
    """Fill a model with the weights of a file, by layer name.

    Reads Keras 2 ``.h5`` (whole models and weights alone), Keras 3 ``.h5``,
    ``.weights.h5`` and ``.keras``. Poise reads only arrays and names. It never creates a
    layer or Lambda of the file, and never loads a pickle.

    Args:
        model: a built ``keras.Model``.
        path: the file; or a folder with ``best_model.h5`` or a single weights file, zipped or
            not.
        strict: refuse the file unless every weight of the model and of the file is matched.
            With ``False`` Poise assigns what matches; the report lists the rest.

    Returns:
        Which weights matched, and everything that did not.

    Raises:
        WeightsError: the file cannot be read, or (``strict``) does not match the model;
            ``report`` then lists the differences. The model is unchanged.
    """
    if not slots_of(model):
        raise WeightsError(f"model {model.name!r} has no weights yet; build it before loading")
    with open_weights(path) as file:
        return fill(model, file, strict)


def fill(model: Any, file: WeightsFile, strict: bool = True) -> LoadReport:
    """The same with a file that is open already. See ``load_weights``."""
    slots = slots_of(model)
    records = file.records if file.named else _named_by(model, slots, file)
    renaming = with_new_names(records, old_names_of(model))
    matches = match(renaming.records, slots, output_layers(model))
    report = _report(file, slots, matches, renaming)
    if strict and not report.ok:
        raise WeightsError(
            f"{report}\n  nothing was assigned; strict=False assigns "
            f"the {len(matches.matched)} that match",
            report,
        )
    changed: list[str] = []
    arrays = _read(matches, changed)
    origin = Origin(kind=FILE, name=file.source.name, sha256=sha256_of(file.source))
    for slot, array in arrays:
        slot.variable.assign(array)
    record_origins(model, origin, anew=not report.missing and not report.mismatched)
    report = attrs.evolve(report, not_finite=_not_finite(arrays), changed=tuple(changed))
    logs.info(__name__, "loaded weights: %s", report)
    if report.not_finite:
        logs.warning(__name__, "NaN or infinite values: %s", report.not_finite)
    return report


def old_names_of(model: Any) -> OldNames:
    """The names that older files use for the layers of a model from ``poise.build``."""
    from poise.building.record import record_of

    record = record_of(model)
    backbone = record.resolution.backbone if record else None
    if record is None or backbone is None or backbone.old_names is None:
        return {}
    return backbone.old_names(record.resolution.config.backbone.which_oneof())


def _read(matches: Match, changed: list[str]) -> list[tuple[Slot, Any]]:
    import numpy as np

    arrays: dict[int, tuple[Slot, Any]] = {}
    for record, slot in matches.matched:
        array = stored(slot, record, changed)
        shared = arrays.setdefault(id(slot.variable), (slot, array))
        if shared[1] is not array and not np.array_equal(shared[1], array, equal_nan=True):
            raise WeightsError(
                f"{shared[0].name} and {slot.name} are one weight in the model, "
                "but different arrays in the file"
            )
    return list(arrays.values())


def _not_finite(arrays: list[tuple[Slot, Any]]) -> tuple[str, ...]:
    import numpy as np

    return tuple(slot.name for slot, array in arrays if not np.isfinite(array).all())


def _named_by(model: Any, slots: tuple[Slot, ...], file: WeightsFile) -> tuple[Record, ...]:
    """Records of a file without layer names, under the names of the model's layers.

    The file states only class and order, and the order of layers may differ between
    versions. Poise accepts the match only where shapes leave one choice.
    """
    names = group_names(model)
    needed: dict[LayerPath, list[Any]] = {}
    for slot in slots:
        needed.setdefault(slot.layer, []).append(slot.shape)
    held: dict[LayerPath, list[Any]] = {}
    for record in file.records:
        held.setdefault(names.get(record.layer, ("?", *record.layer)), []).append(record.shape)
    groups = {path: group for group, path in names.items() if group}
    alike: dict[Any, list[str]] = {}
    for layer, shapes in needed.items():
        class_name = groups.get(layer, ("",))[-1].rstrip("0123456789_")
        alike.setdefault((layer[:-1], class_name, tuple(shapes)), []).append("/".join(layer))
    twins = next((layers for layers in alike.values() if len(layers) > 1), None)
    if held != needed or twins:
        why = "classes, order and shapes of its layers differ from the model's"
        if held == needed and twins:
            why = f"{join_names(twins, 3)} look alike"
        raise WeightsError(
            f"{file.source}: has no layer names (earlier versions of Keras 3 wrote none), "
            f"and {why}; load it with the code that wrote it and save as .keras or .h5"
        )
    return tuple(attrs.evolve(record, layer=names[record.layer]) for record in file.records)


def _report(
    file: WeightsFile, slots: tuple[Slot, ...], matches: Match, renaming: Renaming
) -> LoadReport:
    notes = list(file.notes) + renaming.notes + matches.notes
    in_file = dict(renaming.renamed)
    renamed = [(in_file.pop(name, name), new) for name, new in matches.renamed]
    renamed += [(old, new) for new, old in in_file.items()]
    if not file.named:
        notes.append("the file has no layer names; class, order and shapes left one choice")
    return LoadReport(
        source=str(file.source),
        format=file.format,
        total=len({id(slot.variable) for slot in slots}),
        matched=tuple(slot.name for _, slot in matches.matched),
        missing=tuple(slot.name for slot in matches.missing),
        unexpected=tuple(record.name for record in matches.unexpected),
        mismatched=tuple(matches.mismatched),
        renamed=tuple(renamed),
        ignored=file.ignored,
        unlisted=file.unlisted,
        replaced=file.replaced,
        notes=tuple(notes),
    )

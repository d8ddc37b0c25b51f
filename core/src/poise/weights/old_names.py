"""Weights that older files store under other names, or in more pieces, than the model.

This module handles two cases. Keras generated names, ``conv2d``, ``conv2d_1``, …, with a count
that depends on what the process built before. Such a name states only a rank among layers of
its class; here it is ``conv2d#0``, ``conv2d#1``, …. And one grouped convolution used to be many
small ones: their kernels, side by side, are the grouped kernel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from poise.errors import WeightsError
from poise.specs import OldNames
from poise.weights.records import LayerPath, Record


@attrs.define
class Renaming:
    """A file's records after renaming.

    Attributes:
        records: the records, under the names of the model's layers where they are known.
        renamed: layer name in the model → layer name in the file.
        notes: which records were merged, as sentences.
    """

    records: list[Record]
    renamed: dict[str, str] = attrs.field(factory=dict)
    notes: list[str] = attrs.field(factory=list)


def with_new_names(records: Sequence[Record], old_names: OldNames) -> Renaming:
    """Give records the names of the model's layers.

    Args:
        records: the records of a file.
        old_names: layer of the model → the names of its weights in older files. Layers that
            the file has under the model's names stay as they are.

    Raises:
        WeightsError: kernels that belong side by side differ in shape.
    """
    renaming = Renaming(list(records))
    if not old_names:
        return renaming
    ranked = with_ranks(records, [old for olds in old_names.values() for old in olds])
    by_layer: dict[LayerPath, list[Record]] = {}
    for record in ranked:
        by_layer.setdefault(record.layer, []).append(record)
    written = {ranked[i].layer: records[i].layer for i in range(len(records))}
    new_names: dict[LayerPath, list[Record]] = {}
    used: set[LayerPath] = set()
    merged, pieces = 0, 0
    for parent in dict.fromkeys(layer[:-1] for layer in by_layer):
        for own, olds in old_names.items():
            layers = [(*parent, old) for old in olds]
            if (*parent, own) in by_layer or not all(layer in by_layer for layer in layers):
                continue
            new_names[layers[0]] = _joined((*parent, own), [by_layer[layer] for layer in layers])
            used.update(layers)
            names = ["/".join(written[layer]) for layer in layers]
            merged, pieces = merged + (len(names) > 1), pieces + len(names) * (len(names) > 1)
            between = f" … {names[-1]}" if len(names) > 1 else ""
            renaming.renamed["/".join((*parent, own))] = f"{names[0]}{between}"
    if merged:
        renaming.notes.append(f"{merged} grouped kernels were merged from {pieces} small ones")
    renaming.records = []
    for layer, own_records in by_layer.items():
        if layer in new_names:
            renaming.records += new_names[layer]
        elif layer not in used:
            renaming.records += [
                attrs.evolve(record, layer=written[layer]) for record in own_records
            ]
    return renaming


def with_ranks(records: Sequence[Record], names: Iterable[str]) -> list[Record]:
    """The same records, with generated layer names replaced by ranks, as in ``conv2d#3``.

    Args:
        records: the records of a file.
        names: old names. Those with ``#`` give the stems of generated names.
    """
    stems = sorted({name.partition("#")[0] for name in names if "#" in name})
    if not stems:
        return list(records)
    pattern = re.compile(rf"({'|'.join(map(re.escape, stems))})(?:_(\d+))?")
    numbers: dict[tuple[LayerPath, str], set[int]] = {}
    split: dict[LayerPath, tuple[str, int]] = {}
    for layer in {record.layer for record in records if record.layer}:
        automatic = pattern.fullmatch(layer[-1])
        if automatic:
            split[layer] = automatic[1], int(automatic[2] or 0)
            numbers.setdefault((layer[:-1], automatic[1]), set()).add(split[layer][1])
    ranks: Mapping[Any, dict[int, int]] = {
        place: {number: rank for rank, number in enumerate(sorted(used))}
        for place, used in numbers.items()
    }
    renamed = {
        layer: (*layer[:-1], f"{stem}#{ranks[layer[:-1], stem][number]}")
        for layer, (stem, number) in split.items()
    }
    return [
        attrs.evolve(record, layer=renamed.get(record.layer, record.layer)) for record in records
    ]


def _joined(layer: LayerPath, parts: list[list[Record]]) -> list[Record]:
    """The records of one layer, merged from the layers that it used to be."""
    if len(parts) == 1:
        return [attrs.evolve(record, layer=layer) for record in parts[0]]
    kernels = [records[0] for records in parts if len(records) == 1]
    shapes = {record.shape[:-1] for record in kernels}
    if len(kernels) < len(parts) or len(shapes) > 1 or not next(iter(shapes)):
        raise WeightsError(
            f"{'/'.join(layer)}: parts of a grouped convolution must be kernels of one size, got "
            f"{len(parts)} layers that are not"
        )
    channels = sum(record.shape[-1] for record in kernels)

    def read() -> Any:
        import numpy as np

        return np.concatenate([record.read() for record in kernels], axis=-1)

    return [Record(layer, kernels[0].role, (*kernels[0].shape[:-1], channels), read)]

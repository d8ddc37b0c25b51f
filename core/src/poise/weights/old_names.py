"""Weights that older files keep under other names, or in more pieces, than a model does.

Two things are undone here. Keras named layers by itself, ``conv2d``, ``conv2d_1``, …,
counting from wherever it had come to in the process: such a name says no more than its rank
among its like, and is known as ``conv2d#0``, ``conv2d#1``, …. And grouped convolutions used
to be as many small ones, whose kernels, side by side, are the grouped kernel.
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
    """What became of a file's records.

    Attributes:
        records: under the names of the model's layers as far as they are known.
        renamed: name in the model → name in the file, of layers.
        notes: what was put together, as sentences.
    """

    records: list[Record]
    renamed: dict[str, str] = attrs.field(factory=dict)
    notes: list[str] = attrs.field(factory=list)


def with_new_names(records: Sequence[Record], old_names: OldNames) -> Renaming:
    """Give records the names that the model has for their layers.

    Args:
        records: what a file holds.
        old_names: layer of the model → the names of its weights in older files. Layers that
            the file has under the model's own names are left alone.

    Raises:
        WeightsError: kernels that belong side by side do not fit together.
    """
    found = Renaming(list(records))
    if not old_names:
        return found
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
            found.renamed["/".join((*parent, own))] = f"{names[0]}{between}"
    if merged:
        found.notes.append(f"{merged} grouped kernels were put together from {pieces} small ones")
    found.records = []
    for layer, own_records in by_layer.items():
        if layer in new_names:
            found.records += new_names[layer]
        elif layer not in used:
            found.records += [attrs.evolve(one, layer=written[layer]) for one in own_records]
    return found


def with_ranks(records: Sequence[Record], names: Iterable[str]) -> list[Record]:
    """The same records, layers that Keras named called by rank, as ``conv2d#3``.

    Args:
        records: what a file holds.
        names: old names, of which those with ``#`` say what Keras' own names begin with.
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
        place: {number: rank for rank, number in enumerate(sorted(found))}
        for place, found in numbers.items()
    }
    renamed = {
        layer: (*layer[:-1], f"{stem}#{ranks[layer[:-1], stem][number]}")
        for layer, (stem, number) in split.items()
    }
    return [attrs.evolve(one, layer=renamed.get(one.layer, one.layer)) for one in records]


def _joined(layer: LayerPath, parts: list[list[Record]]) -> list[Record]:
    """The records of one layer, out of those of the layers that it used to be."""
    if len(parts) == 1:
        return [attrs.evolve(record, layer=layer) for record in parts[0]]
    kernels = [records[0] for records in parts if len(records) == 1]
    shapes = {record.shape[:-1] for record in kernels}
    if len(kernels) < len(parts) or len(shapes) > 1 or not next(iter(shapes)):
        raise WeightsError(
            f"{'/'.join(layer)} is one grouped convolution, and the file has {len(parts)} layers "
            "for it that are not as many kernels of one size"
        )
    channels = sum(record.shape[-1] for record in kernels)

    def read() -> Any:
        import numpy as np

        return np.concatenate([record.read() for record in kernels], axis=-1)

    return [Record(layer, kernels[0].role, (*kernels[0].shape[:-1], channels), read)]

"""Match names in a file with layers of the model.

Layers match by name, weights within a layer by role. Names may differ by convention in three
ways. Each rule applies only where it leaves one choice:

1. a stack's number: ``ConfmapsHead_0`` in files before SLEAP 1.2.1, ``ConfmapsHead`` since;
2. a layer that was renamed after its weights were created: its group has the new name, its
   weights have the old one;
3. a nested model's name, which Keras often generates (``model_1/conv1`` for ``model/conv1``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import attrs

from poise.errors import WeightsError
from poise.weights.load_report import Mismatch
from poise.weights.records import LayerPath, Record
from poise.weights.slots import Slot

SYNONYMS = {"depthwise_kernel": "kernel"}
"""Roles that Keras 3 renamed: DepthwiseConv2D's kernel."""

Owned = TypeVar("Owned", Record, Slot)


@attrs.define
class Match:
    """Matched and unmatched weights. The attributes are those of the report, as objects."""

    matched: list[tuple[Record, Slot]] = attrs.field(factory=list)
    missing: list[Slot] = attrs.field(factory=list)
    unexpected: list[Record] = attrs.field(factory=list)
    mismatched: list[Mismatch] = attrs.field(factory=list)
    renamed: list[tuple[str, str]] = attrs.field(factory=list)
    notes: list[str] = attrs.field(factory=list)


def match(
    records: Sequence[Record], slots: Sequence[Slot], outputs: frozenset[LayerPath] = frozenset()
) -> Match:
    """Match a file's records with a model's slots, by name, role and shape.

    Args:
        records: what the file holds.
        slots: what the model needs.
        outputs: paths of the model's output layers, whose names may end in a stack's number.

    Raises:
        WeightsError: the file has two arrays for one weight.
    """
    twice = [
        name for name, count in Counter(record.name for record in records).items() if count > 1
    ]
    if twice:
        raise WeightsError(f"weight names must be unique, got {twice[0]!r} twice")
    matches = Match()
    in_file, in_model = _by_layer(records), _by_layer(slots)
    pairs = pair_layers(in_file, in_model, outputs)
    for file_layer, layer_records in in_file.items():
        model_layer = pairs.get(file_layer)
        if model_layer is None:
            matches.unexpected += layer_records
            continue
        if "/".join(file_layer) != "/".join(model_layer):
            matches.renamed.append(("/".join(file_layer), "/".join(model_layer)))
        _match_roles(layer_records, in_model[model_layer], matches)
    # A layer used in two places needs a match in only one of them.
    met = {id(slot.variable) for _, slot in matches.matched}
    refused = {mismatch.name for mismatch in matches.mismatched}
    missing = {
        id(slot.variable): slot
        for slot in slots
        if id(slot.variable) not in met and slot.name not in refused
    }
    matches.missing = list(missing.values())
    return matches


def pair_layers(
    in_file: Mapping[LayerPath, Sequence[Record]],
    in_model: Mapping[LayerPath, Sequence[Slot]],
    outputs: frozenset[LayerPath],
) -> dict[LayerPath, LayerPath]:
    """Model layer for each file layer that matches one."""
    model_layers = {"/".join(path): path for path in in_model}
    pairs = {
        path: model_layers["/".join(path)] for path in in_file if "/".join(path) in model_layers
    }
    for rule in (_renamed_after_building, _numbered_stack(outputs), _nested_elsewhere):
        taken = set(pairs.values())
        left_file = [path for path in in_file if path not in pairs]
        left_model = [path for path in in_model if path not in taken]
        if left_file and left_model:
            pairs |= rule(left_file, left_model, list(in_file), list(in_model))
    return pairs


Rule = Callable[
    [list[LayerPath], list[LayerPath], list[LayerPath], list[LayerPath]],
    dict[LayerPath, LayerPath],
]
"""``rule(left over in file, left over in model, all in file, all in model) -> pairs``."""


def _renamed_after_building(
    left_file: list[LayerPath],
    left_model: list[LayerPath],
    all_file: list[LayerPath],
    all_model: list[LayerPath],
) -> dict[LayerPath, LayerPath]:
    alone = Counter(path[0] for path in all_file if path)
    free = set(left_model)
    return {
        path: path[:1]
        for path in left_file
        if len(path) == 2 and alone[path[0]] == 1 and path[:1] in free
    }


def _numbered_stack(outputs: frozenset[LayerPath]) -> Rule:
    def rule(
        left_file: list[LayerPath],
        left_model: list[LayerPath],
        all_file: list[LayerPath],
        all_model: list[LayerPath],
    ) -> dict[LayerPath, LayerPath]:
        file_plain = Counter(_without_number(path)[0] for path in all_file)
        model_plain = Counter(_without_number(path)[0] for path in all_model)
        by_plain = {_without_number(path)[0]: path for path in left_model}
        candidates = {}
        for path in left_file:
            plain, number = _without_number(path)
            target = by_plain.get(plain)
            if target is None or file_plain[plain] > 1 or model_plain[plain] > 1:
                continue
            other = _without_number(target)[1]
            # Either name may have the number, but not both: 0 and 1 are different stacks.
            if (number is None) != (other is None):
                candidates[path] = (target, number if other is None else other)
        numbers = {number for target, number in candidates.values() if target in outputs}
        # The number means the stack only on layers that belong to a head: on an output, or on
        # a layer with the same number as all outputs.
        if len(numbers) != 1:
            return {}
        return {path: target for path, (target, number) in candidates.items() if number in numbers}

    return rule


def _nested_elsewhere(
    left_file: list[LayerPath],
    left_model: list[LayerPath],
    all_file: list[LayerPath],
    all_model: list[LayerPath],
) -> dict[LayerPath, LayerPath]:
    in_file = Counter(path[-1] for path in all_file if path)
    in_model = Counter(path[-1] for path in all_model if path)
    by_leaf = {path[-1]: path for path in left_model if path}
    return {
        path: by_leaf[path[-1]]
        for path in left_file
        if path
        and path[-1] in by_leaf
        and in_file[path[-1]] == in_model[path[-1]] == 1
        and len(path) + len(by_leaf[path[-1]]) > 2
    }


def _match_roles(records: Sequence[Record], slots: Sequence[Slot], matches: Match) -> None:
    by_role = {slot.role: slot for slot in slots}
    pairs = {
        record.role: by_role[role]
        for record in records
        if (role := _role_in(by_role, record.role)) is not None
    }
    if not pairs and slots:
        # The file has none of the roles of the layer: Keras 3 numbers them, and some old files
        # use other names. All of them keep the order within a layer.
        layer = "/".join(slots[0].layer)
        if len(records) == len(slots):
            pairs = {record.role: slot for record, slot in zip(records, slots, strict=True)}
            matches.renamed += [
                (record.name, slot.name)
                for record, slot in zip(records, slots, strict=True)
                if not record.role.isdigit()
            ]
        else:
            matches.notes.append(
                f"{layer}: the file has {len(records)} weights, the layer {len(slots)} "
                f"({', '.join(slot.role for slot in slots)}); the file does not say which is which"
            )
    for record in records:
        slot = pairs.get(record.role)
        if slot is None:
            matches.unexpected.append(record)
        elif slot.shape != record.shape:
            matches.mismatched.append(Mismatch(slot.name, record.shape, slot.shape))
        else:
            matches.matched.append((record, slot))


def _role_in(by_role: Mapping[str, Slot], role: str) -> str | None:
    if role in by_role:
        return role
    for old, new in SYNONYMS.items():
        if role in (old, new):
            other = new if role == old else old
            return other if other in by_role else None
    return None


def _without_number(path: LayerPath) -> tuple[LayerPath, str | None]:
    numbered = re.fullmatch(r"(.+)_(\d+)", path[-1]) if path else None
    if numbered is None:
        return path, None
    return (*path[:-1], numbered[1]), numbered[2]


def _by_layer(owned: Iterable[Owned]) -> dict[LayerPath, list[Owned]]:
    layers: dict[LayerPath, list[Owned]] = {}
    for member in owned:
        layers.setdefault(member.layer, []).append(member)
    return layers

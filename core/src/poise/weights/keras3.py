"""The layout of ``.weights.h5`` files, alone or inside ``.keras`` archives.

The tree of groups is the tree of objects: ``layers/conv2d_1/vars/0`` is the first variable
of the second Conv2D. Groups have class names, numbered per class in the order of the model's
layers. Layer names are in an attribute ``name`` of ``vars``. Files of earlier versions lack
it; then only the ``config.json`` of an archive, or the model, has the names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from poise.errors import WeightsError
from poise.weights import hdf5, stored_texts
from poise.weights.inventory import Inventory
from poise.weights.records import LayerPath, Record

CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
"""Groups for a model's list of layers: the current name, and that of TensorFlow 2.12 and 2.13."""

NOT_LAYERS = ("optimizer", "metrics")
"""Groups of the root that belong to training."""


@attrs.define
class Tree:
    """The contents of a file's groups.

    Attributes:
        records: every variable, under its layer's name if the file states it, otherwise
            under its group's name.
        groups: for each record the path of its group, containers left out.
        named: whether the file names every layer that owns variables.
        ignored: how many variables belong to no layer, by purpose.
        seen: identities of the groups already visited.
    """

    records: list[Record] = attrs.field(factory=list)
    groups: list[LayerPath] = attrs.field(factory=list)
    named: bool = True
    ignored: dict[str, int] = attrs.field(factory=dict)
    seen: set[Any] = attrs.field(factory=set)


def is_tree(file: Any) -> bool:
    """Whether an HDF5 file has this layout."""
    return "vars" in file or any(name in file for name in CONTAINERS)


def read(file: Any, held: Inventory) -> Tree:
    """All variables of a file."""
    tree = Tree()
    for name in NOT_LAYERS:
        if name in file:
            hdf5.checked_group(hdf5.child(file, name))
            tree.ignored[name] = len(held.below(name))
    _walk(file, (), (), tree)
    return tree


def renamed(tree: Tree, names: Mapping[LayerPath, LayerPath], source: str) -> tuple[Record, ...]:
    """The records under layer names that come from outside the groups.

    Args:
        tree: a file without names.
        names: layer path for each group path.
        source: origin of ``names``, for the error.

    Raises:
        WeightsError: a group is not among ``names``.
    """
    unknown = sorted({"/".join(group) for group in tree.groups if group not in names})
    if unknown:
        raise WeightsError(f"groups {', '.join(unknown[:6])} match no layer of {source}")
    return tuple(
        attrs.evolve(record, layer=names[group])
        for record, group in zip(tree.records, tree.groups, strict=True)
    )


def names_in_config(config: Any) -> dict[LayerPath, LayerPath]:
    """Layer path for each group path, from the ``config.json`` of an archive."""
    names: dict[LayerPath, LayerPath] = {(): ()}
    _name_layers(config, (), (), names)
    return names


def numbered(class_names: Iterable[str]) -> Iterator[str]:
    """Group names for layers of these classes, as ``conv2d`` and ``conv2d_1``."""
    used: Counter[str] = Counter()
    for class_name in class_names:
        name = snake_case(class_name)
        yield f"{name}_{used[name]}" if used[name] else name
        used[name] += 1


def snake_case(class_name: str) -> str:
    """A class name as Keras writes it in files: ``Conv2DTranspose`` → ``conv2d_transpose``."""
    name = re.sub(r"\W+", "", class_name.rpartition(">")[2])
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _walk(group: Any, groups: LayerPath, layer: LayerPath, tree: Tree) -> None:
    if len(groups) > hdf5.DEEPEST:
        raise WeightsError(f"{group.file.filename}: groups nest deeper than {hdf5.DEEPEST}")
    address = hdf5.identity(hdf5.checked_group(group))
    if address in tree.seen:
        raise WeightsError(f"{group.file.filename}{group.name}: the same group appears twice")
    tree.seen.add(address)
    for name, member in hdf5.children(group):
        if name == "vars":
            _own_variables(member, groups, layer, tree)
        elif name in CONTAINERS:
            for inner_name, inner in hdf5.children(member):
                _walk(inner, (*groups, inner_name), (*layer, _own_name(inner, inner_name)), tree)
        elif groups or name not in NOT_LAYERS:
            _walk(member, (*groups, name), (*layer, _own_name(member, name)), tree)


def _own_variables(group: Any, groups: LayerPath, layer: LayerPath, tree: Tree) -> None:
    # HDF5 lists names alphabetically: "10" before "2".
    for role in sorted(
        hdf5.checked_group(group), key=lambda key: (not key.isdigit(), key.zfill(9), key)
    ):
        if len(tree.records) == hdf5.MOST:
            raise WeightsError(f"{group.file.filename}: holds more than {hdf5.MOST} variables")
        tree.records.append(hdf5.record(hdf5.child(group, role), layer, role))
        tree.groups.append(groups)
        tree.named &= not groups or stored_texts.name(group, "name") is not None


def _own_name(group: Any, default: str) -> str:
    if "vars" not in hdf5.checked_group(group):
        return default
    return stored_texts.name(hdf5.child(group, "vars"), "name") or default


def _name_layers(
    config: Any, groups: LayerPath, layer: LayerPath, names: dict[LayerPath, LayerPath]
) -> None:
    inner = config.get("config") if isinstance(config, dict) else None
    entries = inner.get("layers") if isinstance(inner, dict) else None
    # The configuration lists calls of functions among the layers; the groups do not.
    layers = [
        entry
        for entry in entries or ()
        if not str(entry.get("module", "")).startswith("keras.src.ops")
    ]
    group_names = numbered(str(entry["class_name"]) for entry in layers)
    for group_name, entry in zip(group_names, layers, strict=True):
        path = (*layer, str(entry["config"]["name"]))
        names[(*groups, group_name)] = path
        _name_layers(entry, (*groups, group_name), path, names)

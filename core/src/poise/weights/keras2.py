"""The layout of Keras 2's HDF5 files, which Keras 3 calls legacy and still writes.

The root group has an attribute ``layer_names``. Each layer's group has an attribute
``weight_names``: paths below that group, as in ``model_weights/<layer>/<layer>/kernel:0``. A
nested model is one group whose weight names begin with the names of its layers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from poise.errors import WeightsError
from poise.weights import hdf5, stored_texts
from poise.weights.inventory import Inventory
from poise.weights.records import LayerPath, Record

OUTSIDE_LAYERS = "top_level_model_weights"
"""The group for weights that the model itself owns."""

OPTIMIZER = "optimizer_weights"
"""The group of the root for what belongs to training."""


def weights_group(file: Any) -> Any | None:
    """The group that lists the layers: a whole model's, or the root of a weights file.

    Returns:
        ``None`` if the file has another layout.
    """
    group = file
    if "model_weights" in file:
        group = hdf5.checked_group(hdf5.child(file, "model_weights"))
    return group if stored_texts.texts(group, "layer_names") is not None else None


def records(group: Any) -> Iterator[Record]:
    """Every weight that the layout lists, layer by layer."""
    layer_names = stored_texts.texts(group, "layer_names") or ()
    count = 0
    _refuse_twice(group, layer_names)
    for layer_name in (*layer_names, OUTSIDE_LAYERS):
        if layer_name == OUTSIDE_LAYERS and layer_name not in group:
            continue
        layer = hdf5.checked_group(hdf5.descendant(group, layer_name))
        weight_names = stored_texts.texts(layer, "weight_names")
        if weight_names is None:
            raise WeightsError(f"{layer.file.filename}{layer.name}: has no weight_names")
        _refuse_twice(layer, weight_names)
        for weight_name in weight_names:
            count += 1
            if count > hdf5.MOST:
                raise WeightsError(f"{layer.file.filename}: lists more than {hdf5.MOST} weights")
            path, role = place(layer_name, weight_name)
            yield hdf5.record(hdf5.descendant(layer, weight_name), path, role)


def _refuse_twice(group: Any, names: tuple[str, ...]) -> None:
    name, times = Counter(names).most_common(1)[0] if names else ("", 0)
    if times > 1:
        raise WeightsError(
            f"{group.file.filename}{group.name}: names must be unique, got {name!r} twice"
        )


def optimizer_arrays(file: Any, held: Inventory) -> set[Any]:
    """Addresses of the optimizer's arrays: those that its group lists, or all of that group."""
    if OPTIMIZER not in file:
        return set()
    group = hdf5.checked_group(hdf5.child(file, OPTIMIZER))
    below = held.below(OPTIMIZER)
    try:
        listed = stored_texts.texts(group, "weight_names")
    except WeightsError:  # nobody reads these arrays, so a bad list of them is no reason to refuse
        listed = None
    if listed is None:
        return below
    paths = {f"{OPTIMIZER}/{name}" for name in listed}
    return {address for address in below if held.arrays[address] in paths}


def place(layer_name: str, weight_name: str) -> tuple[LayerPath, str]:
    """Which layer owns a weight, and its role.

    The role follows the last slash, because layer names may contain slashes. The text between
    the listed layer's name and the role names an inner layer. A name scope before the layer's
    name has no meaning.
    """
    bare = re.sub(r":\d+$", "", weight_name).strip("/")
    if layer_name == OUTSIDE_LAYERS:
        return (), bare
    owner, _, role = bare.rpartition("/")
    inner = f"/{owner}/".rpartition(f"/{layer_name}/")[2].strip("/")
    return ((layer_name, inner) if inner else (layer_name,)), role

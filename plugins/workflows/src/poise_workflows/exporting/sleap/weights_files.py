"""``best_model.h5``: a whole model in the layout of Keras 2's HDF5 files."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from poise_workflows.exporting.sleap.graphs import NESTED, Layer, Network, weights_of
from poise_workflows.results.hdf5 import open_hdf5, whole_hdf5

NAME = "best_model.h5"
VERSION = "2.4.0"
"""The version of Keras whose layout is written; later ones of Keras 2 read it."""

MOST = 64_512
"""Bytes of an attribute; HDF5 has no room for more. Keras splits a longer list."""

_BYTES_OF_FILE, _BYTES_OF_LAYER = 100_000, 6_000


def write_weights_file(network: Network, path: Path) -> None:
    """Write a model, its configuration and its weights.

    Args:
        network: the model.
        path: the file; one that exists is replaced.

    Raises:
        ResultsError: the disk does not take it; what was there is unchanged.
    """
    layers = network.ordered()
    arrays = {layer.name: [weight.read() for weight in weights_of(layer)] for layer in layers}
    size = sum(array.nbytes for of_layer in arrays.values() for array in of_layer)
    size += _BYTES_OF_FILE + _BYTES_OF_LAYER * _count(network)
    with whole_hdf5(path, size) as draft, open_hdf5(draft, "w") as file:
        config = {"class_name": NESTED, "config": network.config()}
        for name, text in (("keras_version", VERSION), ("backend", "tensorflow")):
            file.attrs[name] = text.encode()
        file.attrs["model_config"] = json.dumps(config).encode()
        _write_layers(file.create_group("model_weights"), layers, arrays)


def _count(network: Network) -> int:
    inner = [layer.inner for layer in network.layers.values() if layer.inner]
    arrays = sum(len(layer.weights) for layer in network.layers.values())
    return len(network.layers) + arrays + sum(map(_count, inner))


def _write_layers(group: Any, layers: Sequence[Layer], arrays: dict[str, list[Any]]) -> None:
    _write_names(group, "layer_names", [layer.name for layer in layers])
    group.attrs["backend"] = b"tensorflow"
    group.attrs["keras_version"] = VERSION.encode()
    for layer in layers:
        of_layer = group.create_group(layer.name)
        names = [weight.name for weight in weights_of(layer)]
        _write_names(of_layer, "weight_names", names)
        for name, array in zip(names, arrays[layer.name], strict=True):
            of_layer.create_dataset(name, data=array.astype("float32", copy=False))


def _write_names(group: Any, attribute: str, names: Sequence[str]) -> None:
    """Write a list of names, in pieces if it is long, as Keras does."""
    import numpy as np

    texts = [name.encode() for name in names]
    if not texts:
        group.attrs[attribute] = []
        return
    longest = max(map(len, texts))
    pieces = math.ceil(len(texts) * longest / MOST)
    while any(array.nbytes > MOST for array in np.array_split(np.asarray(texts), pieces)):
        pieces += 1
    parts = np.array_split(np.asarray(texts), pieces)
    for index, part in enumerate(parts):
        group.attrs[attribute if pieces == 1 else f"{attribute}{index}"] = part

"""Run what a folder holds, from its files alone: the proof of the export.

SLEAP's program cannot run here, and neither can its version of Keras. This module builds what
``model_config`` says from Keras' own layers, gives it the arrays of the file by their names, and
knows nothing of the model that was exported.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from poise.reading import read
from poise.sleap.versions import backbone_spec
from poise_workflows.exporting.sleap.graphs import INPUT, NESTED
from poise_workflows.exporting.sleap.weights_files import NAME
from poise_workflows.results.hdf5 import open_hdf5

Floats = npt.NDArray[np.float32]

OUTPUTS = {
    "SingleInstanceConfmapsHead": "confmaps",
    "CentroidConfmapsHead": "confmaps",
    "CenteredInstanceConfmapsHead": "confmaps",
    "MultiInstanceConfmapsHead": "confmaps",
    "PartAffinityFieldsHead": "pafs",
    "ClassMapsHead": "class_maps",
    "ClassVectorsHead": "class_vectors",
    "OffsetRefinementHead": "offsets",
}
"""SLEAP's name of an output → Poise's."""

_LACKING = {"Conv2DTranspose": ("groups",), "DepthwiseConv2D": ("groups",)}
"""Class → fields that Keras 3 does not take."""


def run_folder(folder: Path, images: Floats) -> dict[str, Floats]:
    """The outputs of the model in a folder.

    Args:
        folder: what ``write_sleap_folder`` wrote.
        images: ``(N, H, W, C)``, from 0 to 1. As in SLEAP, they are padded to the stride of the
            network outside of it, and its maps are cut to the images.

    Returns:
        Poise's name of an output → its values.
    """
    height, width = images.shape[1:3]
    multiple = _stride(folder)
    below, right = -height % multiple, -width % multiple
    padded = np.pad(images, [(0, 0), (0, below), (0, right), (0, 0)])
    model = _model_of(folder, padded.shape[1:])
    outputs = model(padded, training=False)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    arrays = zip(model.heads, outputs, strict=True)
    return {
        OUTPUTS[name]: _cut(np.asarray(_numbers(output)), (height, width), padded.shape[1:3])
        for name, output in arrays
    }


def _stride(folder: Path) -> int:
    config = read(folder).config
    spec = backbone_spec(config)
    assert spec is not None  # SLEAP's backbones are those of Poise
    return int(spec.max_stride(config.backbone.which_oneof()))


def _cut(output: Floats, image: tuple[int, int], padded: tuple[int, ...]) -> Floats:
    if output.ndim < 4:
        return output
    rows, columns = (
        -(-size * cells // whole)
        for size, cells, whole in zip(image, output.shape[1:3], padded, strict=True)
    )
    return output[:, :rows, :columns]


def _numbers(tensor: Any) -> Any:
    import keras

    return keras.ops.convert_to_numpy(tensor)


def _model_of(folder: Path, image: tuple[int, ...]) -> Any:
    with open_hdf5(folder / NAME) as file:
        config = json.loads(file.attrs["model_config"])["config"]
        arrays = dict(_arrays(file["model_weights"]))
    model = _built(config, image)
    for path, variable in _variables(model, ()):
        variable.assign(arrays.pop(path))
    assert not arrays, sorted(arrays)  # nothing in the file is left over
    model.heads = [name for name, *_ in config["output_layers"]]
    return model


def _built(config: Mapping[str, Any], image: tuple[Any, ...] | None) -> Any:
    """The model of a configuration, with weights of zero."""
    import keras

    tensors: dict[str, Any] = {}
    inputs = []
    for entry in config["layers"]:
        name = entry["name"]
        if entry["class_name"] == INPUT:
            shape = image or entry["config"]["batch_input_shape"][1:]
            tensors[name] = [keras.Input(shape=shape, name=_allowed(name))]
            inputs += tensors[name]
            continue
        sources = [tensors[source][index] for source, _, index, _ in entry["inbound_nodes"][0]]
        outputs = _layer(entry, sources)(sources if len(sources) > 1 else sources[0])
        tensors[name] = outputs if isinstance(outputs, list) else [outputs]
    outputs = [tensors[name][index] for name, _, index in config["output_layers"]]
    return keras.Model(inputs[0], outputs, name=_allowed(config["name"]))


def _layer(entry: Mapping[str, Any], sources: list[Any]) -> Any:
    import keras

    name, config = entry["class_name"], dict(entry["config"])
    if name == NESTED:
        return _built(config, tuple(sources[0].shape[1:]))
    for field in _LACKING.get(name, ()):
        del config[field]
    for field in config:
        if field.endswith("_initializer"):
            config[field] = "zeros"  # the numbers come from the file
    if name == "BatchNormalization":
        (config["axis"],) = config["axis"]
    return getattr(keras.layers, name)(**{**config, "name": _allowed(config["name"])})


def _allowed(name: str) -> str:
    """A name that Keras 3 allows: it has no slashes."""
    return name.replace("/", "_")


def _variables(model: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _variables(layer, (layer.name,))
            continue
        for variable in layer.weights:
            role = str(variable.path).rpartition("/")[2]
            yield "/".join((*path, layer.name, role)), variable


def _arrays(group: Any) -> Iterator[tuple[str, Floats]]:
    """Every array, under the path of its layer in the network."""
    for name in _names(group, "layer_names"):
        layer = group[name]
        for weight in _names(layer, "weight_names"):
            owner, _, role = weight.removesuffix(":0").rpartition("/")
            path = (owner,) if owner == name else (name, owner)
            plain = "/".join(map(_allowed, path))
            yield f"{plain}/{role.replace('depthwise_kernel', 'kernel')}", layer[weight][()]


def _names(group: Any, attribute: str) -> list[str]:
    whole = [attribute] if attribute in group.attrs else _pieces(group, attribute)
    return [name.decode() for piece in whole for name in group.attrs[piece] if len(name)]


def _pieces(group: Any, attribute: str) -> list[str]:
    pieces = (f"{attribute}{index}" for index in range(len(group.attrs)))
    return [piece for piece in pieces if piece in group.attrs]

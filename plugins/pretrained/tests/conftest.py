"""Encoders with figures of the original, and files such as it read and wrote."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import poise
import poise_pretrained
from poise import registry
from poise.testing import standins

FIGURES = json.loads((Path(__file__).parent / "data" / "encoders.json").read_text("utf-8"))
FAMILIES = tuple(FIGURES)

HEAD = standins.DOT
"""A head of one channel, since no plugin with heads is needed here."""


@pytest.fixture(autouse=True)
def only_these_plugins():
    """This plugin and a head, whatever else is installed."""
    built = registry.Registry(plugins=[poise_pretrained, standins.plugin_of(HEAD)])
    registry.reset(built)
    yield built
    registry.reset()


@pytest.fixture(scope="session")
def spec():
    """The backbone's spec."""
    (backbone,) = poise_pretrained.poise_backbones()
    return backbone


@pytest.fixture
def figures(request):
    """``figures(name)`` → the original's figures of an encoder, whichever of the 32."""

    def figures(name):
        if name not in FIGURES:
            return _from_golden(request.getfixturevalue("golden") / "encoders", name)
        return FIGURES[name]

    return figures


@pytest.fixture
def build(keras):
    """``build(image, edition="2026", **fields)`` → a model with one map of stride 2."""

    def build(image, edition="2026", **fields):
        fields.setdefault("decoder_filters", 4)
        stride = fields.setdefault("output_stride", 2)
        config = poise.ModelConfig(
            backbone=poise.BackboneConfig(
                pretrained_encoder=poise_pretrained.PretrainedEncoderConfig(**fields)
            ),
            heads=poise.HeadsConfig(poise_testing_dot=HEAD.config(output_stride=stride)),
            edition=edition,
        )
        return poise.build(config, image)

    yield build
    keras.backend.clear_session()


@pytest.fixture
def published_file(figures, tmp_path):
    """``published_file(name)`` → such a file as is published, with the recipe's weights.

    Keras 2 lists every layer of a network, also those without weights.
    """

    def published_file(name):
        import h5py

        file = tmp_path / f"{name}.h5"
        with h5py.File(file, "w") as opened:
            groups = {"input_1": {}}
            for number, (layer, roles) in enumerate(recipe_weights(name, figures(name)).items()):
                named = {f"{layer}/{role}:0": array for role, array in roles.items()}
                if name.startswith("vgg"):  # older than Keras 2
                    named = {
                        f"{layer}_{'W' if role == 'kernel' else 'b'}_1:0": array
                        for role, array in roles.items()
                    }
                groups |= {layer: named, f"activation_{number}": {}}
            write_groups(opened, groups)
        return file

    return published_file


@pytest.fixture
def sleap_file(figures, tmp_path):
    """``sleap_file(name, model)`` → SLEAP's file of a model, the recipe's weights in the encoder.

    Encoder and decoder are one layer of it, whose trainable weights are before the others; the
    decoder's and the head's are those of ``model``.
    """

    def sleap_file(name, model):
        import h5py

        inner = recipe_weights(name, figures(name))
        heads = {}
        for layer in model.layers:
            of_decoder = layer.name.startswith(("decoder_", "center_"))
            if layer.weights and (of_decoder or layer.name.endswith("Head")):
                place = inner if of_decoder else heads
                place[layer.name] = {weight.name: np.asarray(weight) for weight in layer.weights}
        named = nested_weights(inner)
        file = tmp_path / "best_model.h5"
        with h5py.File(file, "w") as opened:
            groups = {"input": {}, "model_1": named}
            for layer, roles in heads.items():
                groups[layer] = {f"{layer}/{role}:0": array for role, array in roles.items()}
            write_groups(opened.create_group("model_weights"), groups)
        return file

    return sleap_file


def nested_weights(layers):
    """Arrays by layer and role, by their names in a nested model's group, in its order."""
    named = {
        f"{layer}/{role}:0": array
        for layer, roles in layers.items()
        for role, array in roles.items()
    }
    last = ("/moving_mean:0", "/moving_variance:0")
    return {name: named[name] for name in sorted(named, key=lambda name: name.endswith(last))}


def write_groups(place, groups):
    """Weights by layer and name as Keras 2 lays them out."""
    write_names(place, "layer_names", list(groups))
    for layer, named in groups.items():
        group = place.create_group(layer)
        write_names(group, "weight_names", list(named))
        for weight, array in named.items():
            group.create_dataset(weight, data=array)


def recipe_weights(name, figure):
    """The weights that the original's figures were computed with, by layer and role."""
    weights, index = {}, 0
    for layer, roles in figure["layers"].items():
        for role, shape in roles.items():
            weights.setdefault(layer, {})[role] = _drawn(
                f"{name}|{index}|{role}|{'x'.join(map(str, shape))}", role, shape, figure["gain"]
            )
            index += 1
    return weights


def _drawn(text, role, shape, gain):
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")
    random = np.random.RandomState(seed)
    if role == "moving_variance":
        return random.uniform(0.5, 1.5, shape).astype("float32")
    drawn = random.standard_normal(shape)
    if "kernel" in role:
        fan_in = np.prod(shape[:2] if role == "depthwise_kernel" else shape[:-1])
        return (gain * drawn / np.sqrt(fan_in)).astype("float32")
    return (1 + 0.1 * drawn if role == "gamma" else 0.1 * drawn).astype("float32")


def write_names(group, attribute, names):
    """Names as Keras 2 writes them: lists that are too long for one attribute in pieces."""
    encoded = np.array([name.encode() for name in names], dtype="S" if names else "S1")
    pieces = max(1, -(-encoded.nbytes // 60_000))
    if pieces == 1:
        group.attrs[attribute] = encoded
    else:
        for number, piece in enumerate(np.array_split(encoded, pieces)):
            group.attrs[f"{attribute}{number}"] = piece


def _from_golden(folder, name):
    index = json.loads((folder / "index.json").read_text())[name]
    table = json.loads(gzip.decompress((folder / "layers" / f"{name}.json.gz").read_bytes()))
    layers = {}
    for _, layer, role, shape, _ in table["weights"]:
        layers.setdefault(layer, {})[role] = shape
    with np.load(folder / "outputs" / f"{name}.npz") as arrays:
        last = arrays["final"]
        outputs = {
            "32": {
                "shape": list(last.shape),
                "largest": float(np.abs(last).max()),
                "samples": last.reshape(-1)[np.arange(32) * last.size // 32].tolist(),
            }
        }
        for number, skip in enumerate(index["skips"]):
            outputs[str(skip["stride"])] = {
                "shape": arrays[f"skip{number}_shape"].tolist(),
                "largest": float(arrays[f"skip{number}_stats"][-1]),
                "samples": arrays[f"skip{number}_samples"][::16].tolist(),
            }
    unet = index["sleap_unet_256x4"]
    return {
        "image": index["input_shape"],
        "gain": index["gain"],
        "parameters": index["params_total"],
        "trainable": index["params_trainable"],
        "in_unet": [unet["total"], unet["trainable"]],
        "layers": layers,
        "outputs": outputs,
    }

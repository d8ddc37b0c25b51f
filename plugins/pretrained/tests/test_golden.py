"""The same numbers as the original encoders; ``data/README.md`` has the origin.

Their weights come out of files such as are published, and such as SLEAP wrote, so what is held
to the numbers is the loader, too: names, orders, kernels of single groups.
"""

from __future__ import annotations

import gzip
import json
import os

import numpy as np
import pytest

import poise
from poise_pretrained.names import ENCODERS

from .conftest import nested_weights

# One of each family; the others are more of the same.
FAMILIES = (
    "vgg16",
    "resnet18",
    "resnext50",
    "inceptionv3",
    "densenet121",
    "seresnet18",
    "seresnet50",
    "mobilenet",
    "mobilenetv2",
    "efficientnetb0",
)
# JAX compiles the initializers of Keras' own networks for each shape of weights, and each
# operation for each shape of features: a minute for some networks.
QUICK_ON_JAX = ("resnet18", "resnext50", "seresnet50", "efficientnetb0")


def marks(name):
    on_jax = os.environ.get("KERAS_BACKEND") == "jax"
    quick = name in (QUICK_ON_JAX if on_jax else FAMILIES)
    return [pytest.mark.backends] * (name in FAMILIES) + [pytest.mark.slow] * (not quick)


EVERY = [pytest.param(name, marks=marks(name)) for name in ENCODERS]

# The others' layers have the names of their published files.
SLEAP_NAMES = ("seresnet50", "inceptionv3")
EVERY_OF_SLEAP = [
    pytest.param(name, marks=[] if name in SLEAP_NAMES else [pytest.mark.slow]) for name in ENCODERS
]

WITH_DECODER = [
    pytest.param(name, marks=[] if name in ("vgg16", "resnet18") else [pytest.mark.slow])
    for name in ENCODERS
]


def size_of(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


def encoder_in(keras, model):
    """The encoder of a model: from the image to what the decoder joins, by stride."""
    names = {layer.name for layer in model.layers}
    first = "center_block1_conv" if "center_block1_conv" in names else "decoder_stage0_upsampling"
    features = {"32": model.get_layer(first).input}
    for stage, stride in enumerate(("16", "8", "4", "2")):
        features[stride] = model.get_layer(f"decoder_stage{stage}_concat").input[1]
    return keras.Model(model.input, features)


def compare(keras, encoder, figure):
    actual = encoder(np.random.RandomState(0).uniform(0, 1, figure["image"]).astype("float32"))
    assert actual.keys() == figure["outputs"].keys()
    for stride, expected in figure["outputs"].items():
        array = keras.ops.convert_to_numpy(actual[stride])
        assert list(array.shape) == expected["shape"]
        sampled = array.reshape(-1)[np.arange(32) * array.size // 32]
        apart = np.abs(sampled - expected["samples"]).max()
        assert apart <= 1e-4 * expected["largest"], stride


@pytest.mark.parametrize("name", EVERY)
def test_weights_of_a_published_file_give_the_originals_numbers(
    keras, figures, build, published_file, name
):
    figure = figures(name)
    model = build((*figure["image"][1:3], 3), "sleap-1.4", encoder=name)

    report = poise.load_pretrained(model, published_file(name))

    encoder = encoder_in(keras, model)
    assert report.ok
    assert report.total == len(encoder.weights)
    assert encoder.count_params() == figure["parameters"]
    assert size_of(encoder.trainable_weights) == figure["trainable"]
    compare(keras, encoder, figure)


@pytest.mark.parametrize("name", EVERY_OF_SLEAP)
def test_weights_of_sleaps_file_give_the_originals_numbers(keras, figures, build, sleap_file, name):
    figure = figures(name)
    model = build((*figure["image"][1:3], 3), "sleap-1.4", encoder=name)

    report = poise.load_weights(model, sleap_file(name, model))

    assert report.ok
    assert report.total == len(model.weights)
    compare(keras, encoder_in(keras, model), figure)


def test_sleaps_files_hold_an_encoders_weights_under_these_names_in_this_order(golden, figures):
    for name in ENCODERS:
        path = golden / "encoders" / "layers" / f"{name}.json.gz"
        decoded = json.loads(gzip.decompress(path.read_bytes()))["sleap_nested_weight_names"]
        of_encoder = [name for name in decoded if not name.startswith(("decoder_", "center_"))]
        assert list(nested_weights(figures(name)["layers"])) == of_encoder, name


@pytest.mark.parametrize("name", WITH_DECODER)
def test_with_the_default_decoder_a_network_has_as_many_parameters_as_sleaps(build, figures, name):
    figure = figures(name)
    model = build((*figure["image"][1:3], 3), "sleap-1.4", encoder=name, decoder_filters=256)
    head = 256 + 1

    total, trainable = figure["in_unet"]
    assert model.count_params() == total + head
    assert size_of(model.trainable_weights) == trainable + head

"""Networks to look at, and the weights and inputs that SLEAP's figures were made with."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from poise_unet import UNetConfig, poise_backbones
from stacked import backbone, grow

__all__ = ["backbone", "grow"]

FIGURES = json.loads((Path(__file__).parent / "data" / "sleap_1_4_1.json").read_text())


def pytest_generate_tests(metafunc):
    """Run a test that asks for ``case`` once for each of SLEAP's figures."""
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", FIGURES.values(), ids=FIGURES.keys())


@pytest.fixture(scope="session")
def figures():
    """SLEAP's figures by the name of the case."""
    return FIGURES


@pytest.fixture(scope="session")
def spec():
    """What the plugin's hook returns for its one key."""
    (unet,) = poise_backbones()
    return unet


@pytest.fixture
def network(keras, grow):
    """``network(case)`` → the model of one of SLEAP's figures, its weights filled in."""

    def network(case):
        entry, stacks = grow(UNetConfig(**case["config"]), tuple(case["image"]))
        head = case["head"]
        if head is None:
            stride = case["config"]["output_stride"]
            outputs = {f"stack{t}": features[stride] for t, features in enumerate(stacks)}
        else:
            layer = keras.layers.Conv2D(head["channels"], 1, padding="same", name=head["name"])
            outputs = {head["name"]: layer(stacks[0][head["stride"]])}
        model = keras.Model(entry, outputs)
        for layer in model.layers:
            for variable in layer.weights:
                variable.assign(_random_weight(layer, variable, **case["recipe"]))
        return model

    return network


@pytest.fixture
def predict(keras, network):
    """``predict(case)`` → outputs of one of SLEAP's figures on its own input, as arrays."""

    def predict(case):
        shape = (case["batch"], *case["image"])
        images = np.random.RandomState(12345).uniform(size=shape).astype("float32")
        outputs = network(case)(images)
        return {name: keras.ops.convert_to_numpy(value) for name, value in outputs.items()}

    return predict


@pytest.fixture(scope="session")
def tolerance(keras):
    """How far outputs may lie from SLEAP's, in parts of the largest output."""
    return 1e-5 if keras.backend.backend() == "tensorflow" else 1e-4


def _random_weight(layer, variable, base_seed, gain):
    """The value of a weight: normal numbers seeded by its layer's name, its role and shape."""
    shape = tuple(variable.shape)
    key = f"{base_seed}|{layer.name}|{variable.name}|{','.join(map(str, shape))}"
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "little")
    drawn = np.random.RandomState(seed).standard_normal(shape)
    if variable.name == "bias":
        return 0.1 * drawn
    channels_in = shape[3] if type(layer).__name__ == "Conv2DTranspose" else shape[2]
    return drawn * (gain / np.sqrt(shape[0] * shape[1] * channels_in))

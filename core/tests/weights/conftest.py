"""Small models, and files of them in the layout of Keras 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Layers = Mapping[str, Mapping[str, np.ndarray]]
"""``{layer name: {weight name: array}}``, in file order."""


@pytest.fixture
def h5py() -> Any:
    return pytest.importorskip("h5py", reason="reading weights needs h5py")


@pytest.fixture
def small_model(keras: Any) -> Callable[..., Any]:
    """A network with every kind of variable that pose networks have, and a head."""

    def build(head: str = "ConfmapsHead", body: str = "enc0_conv0", filters: int = 4) -> Any:
        layers = keras.layers
        image = keras.Input((8, 8, 1), name="input")
        x = layers.Conv2D(filters, 3, padding="same", name=body)(image)
        x = layers.BatchNormalization(name="enc0_bn")(x)
        x = layers.Activation("relu", name="enc0_act")(x)
        x = layers.DepthwiseConv2D(3, padding="same", name="enc0_depthwise")(x)
        x = layers.Conv2DTranspose(filters, 3, padding="same", name="dec0_trans_conv")(x)
        return keras.Model(image, layers.Conv2D(2, 1, name=head)(x), name="small")

    return build


@pytest.fixture
def nested_model(keras: Any) -> Callable[..., Any]:
    """A network with another inside it, as encoders with a decoder are."""

    def build(inner: str = "encoder", head: str = "ConfmapsHead") -> Any:
        layers = keras.layers
        features = keras.Input((None, None, 1))
        x = layers.Conv2D(3, 3, padding="same", name="conv1")(features)
        x = layers.BatchNormalization(name="bn1")(x)
        encoder = keras.Model(features, x, name=inner)
        image = keras.Input((8, 8, 1), name="input")
        x = layers.Conv2D(2, 1, name=head)(encoder(image))
        return keras.Model(image, x, name="outer")

    return build


@pytest.fixture
def shuffled() -> Callable[..., Any]:
    """Give every weight of a model values that no initializer gives."""

    def fill(model: Any, seed: int = 0) -> Any:
        random = np.random.default_rng(seed)
        model.set_weights([random.uniform(0.1, 1, array.shape) for array in model.get_weights()])
        return model

    return fill


@pytest.fixture
def predict() -> Callable[[Any], np.ndarray]:
    def run(model: Any) -> np.ndarray:
        image = np.random.default_rng(1).uniform(size=(1, 8, 8, 1)).astype("float32")
        return np.asarray(model(image, training=False))

    return run


@pytest.fixture
def weights_of() -> Callable[[Any], dict[str, dict[str, np.ndarray]]]:
    """The weights of a flat model as Keras 2 lists them: ``{layer: {"layer/role:0": array}}``."""

    def listing(model: Any) -> dict[str, dict[str, np.ndarray]]:
        return {
            layer.name: {f"{weight.path}:0": np.asarray(weight) for weight in layer.weights}
            for layer in model.layers
        }

    return listing


@pytest.fixture
def write_keras2(h5py: Any, tmp_path: Path) -> Callable[..., Path]:
    """Write the layout of Keras 2 with h5py."""

    def write(
        layers: Layers,
        *,
        whole: bool = True,
        name: str = "best_model.h5",
        as_bytes: bool = True,
        chunk: int | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> Path:
        def names(group: Any, attribute: str, values: list[str]) -> None:
            stored = [value.encode() for value in values] if as_bytes else values
            if chunk is None:
                group.attrs[attribute] = stored
                return
            for index in range(0, max(len(stored), 1), chunk):
                group.attrs[f"{attribute}{index // chunk}"] = stored[index : index + chunk]

        with h5py.File(tmp_path / name, "w") as file:
            for attribute, value in (attributes or {}).items():
                file.attrs[attribute] = value
            root = file.create_group("model_weights") if whole else file
            root.attrs["keras_version"] = b"2.4.0" if as_bytes else "2.4.0"
            names(root, "layer_names", list(layers))
            for layer, weights in layers.items():
                group = root.create_group(layer)
                names(group, "weight_names", list(weights))
                for weight, array in weights.items():
                    group.create_dataset(weight, data=array)
        return tmp_path / name

    return write

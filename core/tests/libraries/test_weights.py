"""Weights files of another library's network, and presets as such libraries keep them."""

from __future__ import annotations

import json
import re
from functools import partial

import numpy as np
import pytest

from poise.errors import WeightsError
from poise.libraries.presets import in_kaggle_cache, weights_file
from poise.libraries.variants import Preset
from poise.libraries.weights import LibraryNetwork, opened, published
from poise.specs import Normalization

PRESETS = {"small_imagenet": Preset(variant="small", handle="kaggle://k/m/keras/small_imagenet/2")}


def make(channels):
    """The library's model: automatic names, a random layer, a layer after the last features."""
    import keras
    from keras import layers

    image = keras.Input((16, 16, channels))
    x = layers.Conv2D(4, 3, strides=2, padding="same", name="stem")(image)
    x = layers.Dropout(0.5)(layers.BatchNormalization()(x))
    x = layers.Conv2D(4, 3, strides=2, padding="same")(x)
    model = keras.Model(image, layers.Conv2D(7, 1, name="top")(x))
    model.levels = [x]
    return model


def features(model, image):
    from poise.libraries.replay import pyramid

    return pyramid(model, model.levels, image, {})


@pytest.fixture
def network(keras):
    return LibraryNetwork(name="small", make=make, features=features, image_layer="stem")


@pytest.fixture
def saved(keras, tmp_path):
    """The library's model with numbers in it, and its file."""
    model = make(3)
    random = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(random.uniform(0.5, 1.5, weight.shape))
    file = tmp_path / "model.weights.h5"
    model.save_weights(file)
    return model, file


def test_the_arrays_bear_the_names_that_layers_have_here(keras, network, saved):
    model, file = saved
    with opened(network, "these", file) as weights:
        arrays = {record.name: record.read() for record in weights.records}
    assert list(arrays) == [
        *("stem/kernel", "stem/bias"),
        *(f"stem_batch_normalization/{role}" for role in ("gamma", "beta")),
        *(f"stem_batch_normalization/moving_{role}" for role in ("mean", "variance")),
        *(f"stem_batch_normalization_dropout_conv2d/{role}" for role in ("kernel", "bias")),
    ]
    assert weights.notes == ("2 weights come after the last features: not needed",)
    for array, weight in zip(arrays.values(), model.weights, strict=False):
        np.testing.assert_array_equal(array, keras.ops.convert_to_numpy(weight))


def test_a_file_with_other_weights_is_refused(keras, network, saved):
    from keras import layers

    _, file = saved
    image = keras.Input((16, 16, 3))
    keras.Model(image, layers.Conv2D(4, 3)(image)).save_weights(file)
    with (
        pytest.raises(WeightsError, match=r"is not these: must have \d+ weights, as .* has, got 2"),
        opened(network, "these", file),
    ):
        pass


def test_a_file_with_other_shapes_is_refused(keras, network, saved):
    _, file = saved
    make(1).save_weights(file)
    with (
        pytest.raises(WeightsError, match=r"is not these: stem/0 has the shape"),
        opened(network, "these", file),
    ):
        pass


def test_a_preset_beside_the_file_must_be_of_this_network(keras, network, saved):
    model, file = saved
    described = {"class_name": type(model).__name__, "config": {"width": 3, "name": "x"}}
    (file.parent / "config.json").write_text(json.dumps(described))
    model.get_config = lambda: {"width": 4, "name": "y"}
    network = LibraryNetwork(
        name="small", make=lambda channels: model, features=features, image_layer="stem"
    )
    with (
        pytest.raises(WeightsError, match=re.escape("got: width 3, small has 4")),
        opened(network, "these", file),
    ):
        pass


def test_a_preset_for_other_images_is_refused_with_what_would_do(keras, saved):
    _, file = saved
    converter = {"scale": 1 / 127.5, "offset": -1}
    (file.parent / "image_converter.json").write_text(json.dumps({"config": converter}))
    signed = Normalization(scale=2, mean=(1.0, 1.0, 1.0))
    make_network = partial(
        LibraryNetwork,
        name="small",
        make=make,
        features=features,
        image_layer="stem",
        normalizations={"unit": None, "signed": signed},
    )
    with opened(make_network(images="signed"), "these", file) as weights:
        assert len(weights.records) == 8
    with (
        pytest.raises(WeightsError, match="set normalization to 'signed'"),
        opened(make_network(images="unit"), "these", file),
    ):
        pass


def test_a_preset_is_looked_for_in_the_librarys_cache_and_not_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    network = LibraryNetwork(name="small", make=make, features=features, image_layer="stem")
    weights = published("small_imagenet", network, key="k", library="Lib", presets=PRESETS)
    folder = tmp_path / "models" / "k" / "m" / "keras" / "small_imagenet"

    assert not weights.fetched
    assert weights.url == "https://www.kaggle.com/models/k/m/keras/small_imagenet/2"
    assert weights.elsewhere() is None
    (folder / "2").mkdir(parents=True)
    (folder / "2" / "model.weights.h5").touch()
    with pytest.raises(WeightsError, match="may be cut short"):
        weights.elsewhere()
    (folder / "2.complete").touch()
    assert weights.elsewhere() == folder / "2" / "model.weights.h5"
    assert in_kaggle_cache(PRESETS["small_imagenet"].handle) == weights.elsewhere()


def test_of_a_presets_folder_the_weights_of_the_network_are_meant(tmp_path):
    for name in ("config.json", "model.weights.h5", "task.weights.h5"):
        (tmp_path / name).touch()
    assert weights_file(tmp_path) == tmp_path / "model.weights.h5"
    (tmp_path / "config.json").unlink()
    with pytest.raises(WeightsError, match="holds several weights files; pass one of"):
        weights_file(tmp_path)

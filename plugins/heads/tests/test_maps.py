"""The outputs that are maps: confmaps, pafs, offsets, class_maps."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from poise.specs import Output
from poise_heads import (
    CentroidsHeadConfig,
    ClassMapsHeadConfig,
    PartAffinityFieldsHeadConfig,
    SingleInstanceConfmapsHeadConfig,
)
from poise_heads.class_maps import class_maps
from poise_heads.confmaps import confmaps
from poise_heads.offsets import offsets
from poise_heads.pafs import pafs

MAPS = {
    "confmaps": confmaps(
        SingleInstanceConfmapsHeadConfig(output_stride=4, loss_weight=0.25),
        ["a", "b", "c"],
        "SingleInstanceConfmapsHead",
    ),
    "pafs": pafs(
        PartAffinityFieldsHeadConfig(output_stride=4, loss_weight=0.25), [("a", "b"), ("b", "c")]
    ),
    "offsets": offsets(
        SingleInstanceConfmapsHeadConfig(output_stride=4, loss_weight=0.25), ["a", "b", "c"]
    ),
    "class_maps": class_maps(
        ClassMapsHeadConfig(output_stride=4, loss_weight=0.25), ["female", "male"]
    ),
}
CHANNELS = {"confmaps": 3, "pafs": 4, "offsets": 6, "class_maps": 2}


@pytest.mark.parametrize(("name", "output"), MAPS.items())
def test_an_output_goes_by_its_name_and_knows_its_channels(name: str, output: Output) -> None:
    assert (output.name, output.channels, output.stride) == (name, CHANNELS[name], 4)
    assert output.spatial
    assert output.targets is not None


@pytest.mark.parametrize(("name", "output"), MAPS.items())
def test_the_loss_weight_is_the_configs_except_for_offsets(name: str, output: Output) -> None:
    assert output.loss_weight == (1.0 if name == "offsets" else 0.25)


@pytest.mark.parametrize(("name", "output"), MAPS.items())
def test_a_map_is_one_pointwise_convolution_with_bias(
    name: str, output: Output, keras: ModuleType
) -> None:
    features = keras.Input((None, None, 5))
    predictions = output.layer(features)
    model = keras.Model(features, predictions)
    assert tuple(predictions.shape) == (None, None, None, CHANNELS[name])
    assert model.count_params() == (5 + 1) * CHANNELS[name]
    kernel, bias = model.get_layer(output.layer_name).weights
    assert tuple(kernel.shape) == (1, 1, 5, CHANNELS[name])
    assert tuple(bias.shape) == (CHANNELS[name],)


@pytest.mark.parametrize(("name", "output"), MAPS.items())
def test_a_map_keeps_size_and_only_class_maps_are_bounded(
    name: str, output: Output, keras: ModuleType
) -> None:
    features = keras.Input((3, 7, 5))
    model = keras.Model(features, output.layer(features))
    images = np.random.default_rng(0).normal(size=(2, 3, 7, 5)).astype("float32")
    kernel, bias = (keras.ops.convert_to_numpy(w) for w in model.get_layer(index=1).weights)
    expected = images @ kernel[0, 0] + bias
    if name == "class_maps":
        expected = 1 / (1 + np.exp(-expected))
    actual = keras.ops.convert_to_numpy(model(images))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_confidence_maps_can_be_given_an_activation(keras: ModuleType) -> None:
    config = SingleInstanceConfmapsHeadConfig(output_stride=4)
    features = keras.Input((3, 7, 5))

    predictions = confmaps(config, ["a"], "Head", activation="sigmoid").layer(features)

    actual = keras.ops.convert_to_numpy(
        keras.Model(features, predictions)(np.full((1, 3, 7, 5), -9))
    )
    assert (actual > 0).all()
    assert keras.Model(features, predictions).get_layer("Head").activation.__name__ == "sigmoid"


def test_centroids_have_one_map_and_two_offsets_with_or_without_an_anchor() -> None:
    config = CentroidsHeadConfig(offset_refinement=True)
    assert confmaps(config, [None], "CentroidConfmapsHead").channels == 1
    assert offsets(config, [None]).channels == 2

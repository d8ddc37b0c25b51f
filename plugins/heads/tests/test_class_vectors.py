"""The class of the animal in a crop."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from poise.errors import BuildError
from poise_heads import ClassVectorsHeadConfig
from poise_heads.class_vectors import class_vectors


def test_with_pooling_any_image_size_will_do(keras: ModuleType) -> None:
    output = class_vectors(ClassVectorsHeadConfig(), ["a", "b"])
    assert tuple(output.layer(keras.Input((None, None, 4))).shape) == (None, 2)


@pytest.mark.parametrize("size", [(None, None), (8, None), (None, 8)])
def test_without_pooling_an_image_of_any_size_is_refused(
    keras: ModuleType, size: tuple[int | None, int | None]
) -> None:
    config = ClassVectorsHeadConfig(global_pool=False)
    output = class_vectors(config, ["a", "b"], section="class_vectors.")
    with pytest.raises(BuildError) as caught:
        output.layer(keras.Input((*size, 4)))
    assert str(caught.value) == (
        "without global_pool the dense layers need the size of the image, which is not fixed; "
        "give a fixed image size, or set global_pool to true @ class_vectors.global_pool"
    )


@pytest.mark.parametrize("layers", [0, 1, 3])
def test_the_probabilities_of_all_classes_sum_to_one(keras: ModuleType, layers: int) -> None:
    config = ClassVectorsHeadConfig(num_fc_layers=layers, num_fc_units=5)
    features = keras.Input((6, 4, 3))
    model = keras.Model(features, class_vectors(config, ["a", "b", "c"]).layer(features))
    images = np.random.default_rng(0).normal(size=(2, 6, 4, 3)).astype("float32")
    vectors = keras.ops.convert_to_numpy(model(images))
    assert vectors.shape == (2, 3)
    np.testing.assert_allclose(vectors.sum(axis=1), 1, rtol=1e-5)


def test_pooling_takes_the_maximum_of_each_channel(keras: ModuleType) -> None:
    config = ClassVectorsHeadConfig(num_fc_layers=0)
    features = keras.Input((4, 4, 1))
    model = keras.Model(features, class_vectors(config, ["a", "b"]).layer(features))
    image = np.full((1, 4, 4, 1), -3.0, "float32")
    moved = image.copy()
    image[0, 0, 0, 0] = moved[0, 2, 3, 0] = 7.0
    kernel, _ = model.get_layer("ClassVectorsHead").weights
    logits = 7.0 * keras.ops.convert_to_numpy(kernel)[0]
    expected = np.exp(logits) / np.exp(logits).sum()
    for variant in (image, moved):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(model(variant))[0], expected, rtol=1e-4
        )

"""Batch normalization: which variance is kept for use after training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise import editions
from poise.editions import EDITIONS, Edition

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]

SLEAP, DOCUMENTED = EDITIONS
BATCH = np.random.default_rng(0).normal(3, 2, (2, 3, 4, 5)).astype("float32")


def layer_of(edition: Edition, **options: Any) -> Any:
    from poise.blocks.normalization import batch_normalization

    with editions.edition(edition):
        return batch_normalization(momentum=0.9, name="bn", **options)


def variance_of(layer: Any) -> np.ndarray:
    return np.array(layer.get_weights()[-1])


@pytest.mark.parametrize(("edition", "ddof"), [(SLEAP, 1), (DOCUMENTED, 0)])
def test_the_moving_variance_is_unbiased_in_sleap_alone(edition: Edition, ddof: int) -> None:
    layer = layer_of(edition)
    due = np.ones(5)
    for batch in (BATCH, 2 * BATCH):
        layer(batch, training=True)
        due = 0.9 * due + 0.1 * batch.var(axis=(0, 1, 2), ddof=ddof)
    np.testing.assert_allclose(variance_of(layer), due, rtol=1e-5)


def test_outputs_are_the_same_in_both_editions() -> None:
    from keras import ops

    sleap, documented = layer_of(SLEAP), layer_of(DOCUMENTED)
    for training in (True, False):
        outputs = [
            ops.convert_to_numpy(layer(BATCH, training=training)) for layer in (documented, sleap)
        ]
        np.testing.assert_array_equal(outputs[1], outputs[0])
        sleap.set_weights(documented.get_weights())


def test_frozen_layers_inference_and_single_values_keep_finite_statistics() -> None:
    frozen = layer_of(SLEAP, trainable=False)
    frozen(BATCH, training=True)
    unused = layer_of(SLEAP)
    unused(BATCH, training=False)
    for layer in (frozen, unused):
        assert variance_of(layer).tolist() == [1.0] * 5
    single = layer_of(SLEAP)
    single(BATCH[:1, :1, :1], training=True)
    np.testing.assert_allclose(variance_of(single), 0.9, rtol=1e-6)


def test_a_model_of_any_size_trains_and_is_saved_with_its_statistics(tmp_path: Any) -> None:
    import keras

    images = keras.Input((None, None, 5))
    model = keras.Model(images, layer_of(SLEAP)(images))
    model.compile("sgd", "mse")
    model.train_on_batch(BATCH, BATCH)
    due = 0.9 + 0.1 * BATCH.var(axis=(0, 1, 2), ddof=1)
    np.testing.assert_allclose(variance_of(model), due, rtol=1e-5)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(variance_of(again), variance_of(model))


def test_weights_of_either_edition_fill_the_other_although_the_file_names_no_layer(
    tmp_path: Any,
) -> None:
    import keras

    def model_of(edition: Edition) -> Any:
        images = keras.Input(BATCH.shape[1:])
        return keras.Model(images, layer_of(edition)(images))

    sleap, documented = model_of(SLEAP), model_of(DOCUMENTED)
    sleap(BATCH, training=True)
    sleap.save_weights(tmp_path / "model.weights.h5")
    documented.load_weights(tmp_path / "model.weights.h5")

    np.testing.assert_array_equal(variance_of(documented), variance_of(sleap))

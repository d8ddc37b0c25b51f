"""Keras on PyTorch without its copies gives what Keras gives, or Keras predicts alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise_workflows.pipelines.torch_calls import TorchFunction, keep_kernels

pytestmark = pytest.mark.backends


@pytest.fixture
def model(keras: Any) -> Any:
    """Convolutions with and without a bias, strided, grouped, pooled and joined."""
    if keras.backend.backend() != "torch":
        pytest.skip("is about PyTorch")
    keras.utils.set_random_seed(3)
    layers = keras.layers
    image = keras.Input((16, 24, 4))
    x = layers.Conv2D(8, 3, padding="same", bias_initializer="normal")(image)
    y = layers.MaxPooling2D(2)(layers.Activation("relu")(x))
    y = layers.Conv2D(8, 3, padding="same", groups=2, bias_initializer="normal")(y)
    y = layers.UpSampling2D(2, interpolation="bilinear")(y)
    z = layers.Conv2D(8, 3, padding="same", use_bias=False)(layers.Concatenate()([x, y]))
    maps = layers.Conv2D(2, 3, strides=2, padding="same", bias_initializer="normal")(z)
    return keras.Model(image, {"maps": maps})


def images() -> Any:
    return np.random.default_rng(1).random((2, 16, 24, 4), dtype=np.float32)


def test_weights_keep_their_values_and_shapes(model: Any) -> None:
    before = [array.copy() for array in model.get_weights()]

    keep_kernels(model)

    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)


def test_the_second_batch_is_predicted_without_copies_and_equal(model: Any) -> None:
    from torch.profiler import ProfilerActivity, profile

    expected = model.predict_on_batch(images())["maps"]
    quick = TorchFunction(model, keep_kernels(model))
    quick.predict_on_batch(images())

    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        outputs = quick.predict_on_batch(images())
    with profile(activities=[ProfilerActivity.CPU]) as of_keras:
        model.predict_on_batch(images())

    np.testing.assert_allclose(outputs["maps"], expected, rtol=0, atol=1e-5)
    assert _count(profiled, "aten::clone") < _count(of_keras, "aten::clone") / 2
    assert _count(profiled, "aten::add") == _count(of_keras, "aten::add") - 3


def _count(profiled: Any, name: str) -> int:
    return sum(event.count for event in profiled.key_averages() if event.key == name)


def test_where_the_two_differ_keras_predicts_alone(model: Any) -> None:
    """The bias of another convolution stands for whatever goes wrong."""
    expected = model.predict_on_batch(images())["maps"]
    biases = keep_kernels(model)
    first, *_, last = biases
    quick = TorchFunction(model, {**biases, first: biases[first] + 1.0})
    assert last != first

    for _ in range(2):
        outputs = quick.predict_on_batch(images())["maps"]
        np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-5)

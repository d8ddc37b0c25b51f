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


def test_a_size_that_comes_often_is_predicted_without_keras(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = model.predict_on_batch(images())["maps"]
    quick = TorchFunction(model, keep_kernels(model), often=2)
    for _ in range(3):
        quick.predict_on_batch(images())

    monkeypatch.setattr(type(model), "__call__", _fails)
    monkeypatch.setattr(type(model), "predict_on_batch", _fails)
    outputs = quick.predict_on_batch(images())

    np.testing.assert_allclose(outputs["maps"], expected, rtol=0, atol=1e-5)
    with pytest.raises(AssertionError, match="Keras is asked"):
        quick.predict_on_batch(images()[:1])


def _fails(*arguments: Any, **options: Any) -> Any:
    raise AssertionError("Keras is asked")


def test_a_recorded_network_sees_the_batch_and_not_the_one_that_was_recorded(model: Any) -> None:
    quick = TorchFunction(model, keep_kernels(model), often=1)
    for _ in range(2):
        quick.predict_on_batch(images())

    others = 1 - images()
    outputs = quick.predict_on_batch(others)["maps"]

    np.testing.assert_allclose(outputs, model.predict_on_batch(others)["maps"], rtol=0, atol=1e-5)


def test_what_cannot_be_repeated_is_left_to_keras(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = model.predict_on_batch(images())["maps"]
    quick = TorchFunction(model, keep_kernels(model))
    for _ in range(3):
        quick.predict_on_batch(images())

    monkeypatch.setattr("poise_workflows.pipelines.torch_calls._called", _fails)
    for _ in range(2):
        outputs = quick.predict_on_batch(images())["maps"]
        np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("is_seen", [True, False], ids=["in Python", "in a shape"])
def test_a_layer_that_decides_by_values_is_left_to_keras(keras: Any, is_seen: bool) -> None:
    """Recorded, it would decide as for the first batch, for ever."""
    if keras.backend.backend() != "torch":
        pytest.skip("is about PyTorch")
    quick = TorchFunction(deciding(keras, is_seen=is_seen), {})
    dark, bright = np.zeros((1, 4, 4, 1), np.float32), np.ones((1, 4, 4, 1), np.float32)

    batches = [*[dark] * 4, bright, dark, bright]
    maps = [quick.predict_on_batch(batch)["maps"].max() for batch in batches]

    assert maps == [1] * len(batches)


def deciding(keras: Any, *, is_seen: bool) -> Any:
    """A model that adds 1 to dark images: by a number in Python, or by the length of an array."""

    class Brightened(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, x: Any) -> Any:
            if is_seen:
                return x + 1 if float(keras.ops.convert_to_numpy(x).mean()) < 0.5 else x
            return x + 1 if len(x[x > 0.5]) == 0 else x

        def compute_output_spec(self, x: Any) -> Any:  # which has no values
            return keras.KerasTensor(x.shape, x.dtype)

    image = keras.Input((4, 4, 1))
    return keras.Model(image, {"maps": Brightened()(image)})


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

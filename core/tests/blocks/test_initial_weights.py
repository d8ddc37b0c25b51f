"""Kernels that NumPy draws are those that Keras would draw, in everything but the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]

INITIALIZERS: dict[str, dict[str, Any]] = {
    "glorot_uniform": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform"},
    "he_uniform": {"scale": 2.0, "mode": "fan_in", "distribution": "uniform"},
    "efficientnet": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"},
}


def layer_of(keras: Any, kind: str = "Conv2D", initializer: Any = "he_uniform") -> Any:
    if kind == "DepthwiseConv2D":
        return keras.layers.DepthwiseConv2D(5, depthwise_initializer=initializer)
    return keras.layers.Conv2D(48, 5, kernel_initializer=initializer)


def kernel(layer: Any) -> Any:
    from keras import ops

    return np.asarray(ops.convert_to_numpy(layer.weights[0]))


@pytest.mark.parametrize("kind", ["Conv2D", "DepthwiseConv2D"])
@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_distribution_is_that_of_the_layers_initializer(
    keras: Any, kind: str, name: str
) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    drawn, plain = (
        layer_of(keras, kind, keras.initializers.VarianceScaling(**INITIALIZERS[name], seed=3))
        for _ in range(2)
    )
    image = keras.Input((8, 8, 64))
    drawn_by_numpy(drawn, image)
    plain(image)

    ours, theirs = kernel(drawn), kernel(plain)
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    assert abs(ours.mean()) < 0.05 * theirs.std()
    assert ours.std() == pytest.approx(theirs.std(), rel=0.05)
    assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.02)


def test_a_layers_configuration_is_that_of_a_plain_layer(keras: Any) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    drawn, plain = layer_of(keras), layer_of(keras)
    drawn_by_numpy(drawn, keras.Input((8, 8, 3)))
    assert drawn.get_config()["kernel_initializer"] == plain.get_config()["kernel_initializer"]


def test_weights_are_named_and_saved_like_those_of_a_plain_layer(keras: Any) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    image = keras.Input((8, 8, 3))
    norm = keras.layers.BatchNormalization(name="norm")
    plain = keras.layers.BatchNormalization(name="norm")
    drawn_by_numpy(norm, image)
    plain(image)

    def told(layer: Any) -> list[Any]:
        return [(one.path, one.shape, one.dtype, one.trainable) for one in layer.weights]

    assert told(norm) == told(plain)
    assert [one.path for one in norm.weights] == [
        f"norm/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")
    ]


def test_what_is_drawn_follows_the_seed_and_differs_from_layer_to_layer(keras: Any) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    def two() -> list[Any]:
        keras.utils.set_random_seed(7)
        layers = [layer_of(keras) for _ in range(2)]
        for layer in layers:
            drawn_by_numpy(layer, keras.Input((8, 8, 3)))
        return [kernel(layer) for layer in layers]

    first, again = two(), two()
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(*first)


def test_other_initializers_are_left_alone(keras: Any) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    layer = layer_of(keras, initializer=keras.initializers.Constant(0.5))
    drawn_by_numpy(layer, keras.Input((8, 8, 3)))
    assert (kernel(layer) == 0.5).all()


def test_a_batch_norm_begins_with_the_zeros_and_ones_of_keras(keras: Any) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    made, plain = keras.layers.BatchNormalization(), keras.layers.BatchNormalization()
    drawn_by_numpy(made, keras.Input((8, 8, 3)))
    plain(keras.Input((8, 8, 3)))
    for ours, theirs in zip(made.weights, plain.weights, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(
            *(keras.ops.convert_to_numpy(one.value) for one in (ours, theirs))
        )
    assert {**made.get_config(), "name": ""} == {**plain.get_config(), "name": ""}


def test_a_weight_of_half_precision_stays_one(keras: Any) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    layer = keras.layers.Conv2D(4, 3, kernel_initializer="he_uniform", dtype="bfloat16")
    drawn_by_numpy(layer, keras.Input((8, 8, 3)))
    assert keras.backend.standardize_dtype(layer.kernel.dtype) == "bfloat16"
    assert np.isfinite(np.asarray(kernel(layer), "float32")).all()


def test_a_layer_begins_with_another_ones_weights_and_shares_no_memory_with_them(
    keras: Any,
) -> None:
    from poise.blocks.initial_weights import beginning_like

    image = keras.Input((8, 8, 64))
    for kind in ("Conv2D", "DepthwiseConv2D"):
        other, layer = layer_of(keras, kind), layer_of(keras, kind)
        other(image)
        before = kernel(other).copy()
        beginning_like(other, layer, image)
        np.testing.assert_array_equal(kernel(layer), before)
        layer.weights[0].assign(before + 1)
        np.testing.assert_array_equal(kernel(other), before)
        assert {**layer.get_config(), "name": ""} == {**other.get_config(), "name": ""}


def test_the_weights_of_layers_inside_of_another_one_come_along(keras: Any) -> None:
    from poise.blocks.initial_weights import beginning_like

    image = keras.Input((8, 4))
    other, layer = (keras.layers.TimeDistributed(keras.layers.Dense(3)) for _ in range(2))
    other(image)
    beginning_like(other, layer, image)
    for ours, theirs in zip(layer.weights, other.weights, strict=True):
        np.testing.assert_array_equal(
            *(keras.ops.convert_to_numpy(one.value) for one in (ours, theirs))
        )

"""Bilinear upsampling of features whose size is known only when the model runs."""

from __future__ import annotations

import threading

import numpy as np
import pytest

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]


def by_hand(x, factors):
    """Each new cell from the two nearest cells along an axis, whose centers are at halves."""
    for axis, factor in zip((1, 2), factors, strict=True):
        count = x.shape[axis]
        place = np.clip((np.arange(count * factor) + 0.5) / factor - 0.5, 0, count - 1)
        low = np.floor(place).astype(int)
        share = (place - low).reshape([-1 if i == axis else 1 for i in range(4)])
        high = np.minimum(low + 1, count - 1)
        x = np.take(x, low, axis) * (1 - share) + np.take(x, high, axis) * share
    return x


def upsampled(keras, factor, size):
    from poise.blocks.open_sizes import upsampled_at_any_size

    x = keras.Input((*size, 3))
    with upsampled_at_any_size():
        layer = keras.layers.UpSampling2D(factor, interpolation="bilinear", name="up")
        return keras.Model(x, layer(x))


@pytest.mark.parametrize("factors", [(2, 2), (4, 4), (8, 8), (2, 4), (3, 3)])
def test_every_size_is_interpolated_between_the_centers_of_cells(keras, factors):
    model = upsampled(keras, factors, (None, None))

    for height, width in ((4, 5), (1, 3), (7, 1), (2, 2)):
        x = np.random.default_rng(0).random((2, height, width, 3)).astype("float32")
        np.testing.assert_allclose(model.predict(x, verbose=0), by_hand(x, factors), atol=1e-6)


def test_a_layer_for_a_known_size_stays_that_of_keras(keras):
    layer = upsampled(keras, 2, (4, 4)).get_layer("up")

    assert type(layer) is keras.layers.UpSampling2D


@pytest.mark.parametrize("size", [(None, None), (None, 4), (4, None)])
def test_a_layer_for_an_open_size_has_the_name_and_settings_of_that_of_keras(keras, size):
    layer = upsampled(keras, 2, size).get_layer("up")
    own = keras.layers.UpSampling2D(2, interpolation="bilinear", name="up")

    assert isinstance(layer, keras.layers.UpSampling2D)
    assert layer.get_config() == own.get_config()


def test_outside_of_the_context_keras_is_as_it_was(keras):
    upsampled(keras, 2, (None, None))
    x = keras.Input((None, None, 3))
    layer = keras.layers.UpSampling2D(2, interpolation="bilinear", name="up")

    assert keras.Model(x, layer(x)).get_layer("up") is layer


def test_a_layer_that_is_called_twice_is_one_layer(keras):
    from poise.blocks.open_sizes import upsampled_at_any_size

    x = keras.Input((None, None, 3))
    with upsampled_at_any_size():
        layer = keras.layers.UpSampling2D(2, interpolation="bilinear", name="up")
        model = keras.Model(x, layer(layer(x)))

    assert [layer.name for layer in model.layers[1:]] == ["up"]
    assert model(np.zeros((1, 3, 2, 3), "float32")).shape == (1, 12, 8, 3)


def test_builds_in_several_threads_leave_keras_as_it_was(keras):
    from poise.blocks.open_sizes import upsampled_at_any_size

    call = keras.layers.UpSampling2D.__call__
    opened, close = threading.Event(), threading.Event()

    def elsewhere():
        with upsampled_at_any_size():
            opened.set()
            close.wait(10)

    thread = threading.Thread(target=elsewhere)
    with upsampled_at_any_size():
        thread.start()
        assert opened.wait(10)
    x = keras.Input((None, None, 3))
    layer = keras.layers.UpSampling2D(2, interpolation="bilinear", name="up")
    assert keras.Model(x, layer(x)).get_layer("up") is layer  # the other thread still builds
    close.set()
    thread.join()

    assert keras.layers.UpSampling2D.__call__ is call

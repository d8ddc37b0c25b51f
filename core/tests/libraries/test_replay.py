"""Another library's model on our image: the same numbers, sound layers, the same names."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]


def model_of_a_library(channels=3, sound=False):
    """A model as libraries build them: a Lambda, automatic names, functions, a fixed size."""
    import keras
    from keras import layers

    image = keras.Input((16, 16, channels))
    x = layers.Conv2D(4, 3, strides=2, padding="same", name="stem")(image[:, ::2, ::2])
    x = layers.ReLU()(x)
    deep = layers.Conv2D(6, 3, strides=2, padding="same", name="deep")(x)
    deep = layers.BatchNormalization()(deep)
    twice = layers.Rescaling(2.0) if sound else layers.Lambda(lambda y: y * 2)
    deep = layers.Add()([deep, twice(deep)])
    return keras.Model(image, deep), [x, deep]


def doubled(layer, inputs):
    from keras import layers

    return layers.Rescaling(2.0, name="doubled")(inputs[0])


def replayed(image_shape, rules, channels=3, sound=False):
    import keras

    from poise.libraries.replay import pyramid

    model, levels = model_of_a_library(channels, sound)
    random = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(random.uniform(0.5, 1.5, weight.shape))
    images = random.random((2, 16, 16, channels), dtype="float32")
    expected = [
        keras.ops.convert_to_numpy(level) for level in keras.Model(model.input, levels)(images)
    ]
    image = keras.Input(image_shape, name="input")
    return keras.Model(image, pyramid(model, levels, image, rules)), images, expected


@pytest.mark.parametrize("sound", [True, False])
def test_the_numbers_are_the_librarys_at_the_strides_that_levels_have(keras, sound):
    rules = {} if sound else {"Lambda": doubled}
    model, images, expected = replayed((16, 16, 3), rules, sound=sound)
    output = model(images)
    assert list(model.output) == [4, 8]
    for stride, maps in zip(output, expected, strict=True):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(output[stride]), maps, rtol=1e-5, atol=1e-6
        )


def test_a_rule_puts_another_layer_in_a_layers_place(keras):
    model, _, _ = replayed((16, 16, 3), {"Lambda": doubled})
    assert not any(isinstance(layer, keras.layers.Lambda) for layer in model.layers)
    assert model.get_layer("doubled")


def test_every_name_is_the_same_each_time_whatever_the_image_comes_from(keras):
    rules = {"Lambda": doubled}
    first, second = (replayed((16, 16, 3), rules)[0] for _ in range(2))
    names = [operation.name for operation in first.operations]
    assert names == [operation.name for operation in second.operations]
    assert {"stem_re_lu", "deep_batch_normalization", "image_get_item"} <= set(names)


def test_what_is_replayed_takes_images_of_any_size_and_can_be_saved(keras, tmp_path):
    model, _, _ = replayed((None, None, 3), {"Lambda": doubled})
    images = np.random.default_rng(1).random((1, 32, 48, 3), dtype="float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for output, copy in zip(model(images).values(), loaded(images).values(), strict=True):
        output, copy = map(keras.ops.convert_to_numpy, (output, copy))
        assert output.shape[1:3] in ((8, 12), (4, 6))
        np.testing.assert_array_equal(output, copy)


def test_of_levels_with_one_stride_the_last_counts(keras):
    from poise.libraries.replay import pyramid

    model, (shallow, deep) = model_of_a_library()
    before = model.get_layer("stem").output
    image = keras.Input((16, 16, 3))
    features = pyramid(model, [before, shallow, deep], image, {"Lambda": doubled})
    assert list(features) == [4, 8]
    assert features[4]._keras_history.operation.name == "stem_re_lu"

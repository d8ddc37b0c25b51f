"""A network that is made again from data: the same layers, and nothing of the first one kept."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]


def network(image):
    """A function, a layer of two inputs, and layers with weights, trained or not."""
    from keras import layers

    x = layers.Conv2D(4, 3, strides=2, padding="same", name="stem")(image[:, ::2, ::2])
    deep = layers.Conv2D(4, 3, strides=2, padding="same", name="deep")(x)
    deep = layers.BatchNormalization(name="norm")(deep)
    deep = layers.Add(name="sum")([deep, layers.AveragePooling2D(2, name="mean")(x)])
    return {4: x, 8: deep}


def seeing(image):
    """Attention of one thing to another, by position and by name, with an option; and a mask."""
    from keras import layers

    x = layers.Conv2D(4, 4, strides=4, name="stem")(image)
    x = layers.Reshape((16, 4), name="flat")(x)
    half = layers.Cropping1D((0, 8), name="half")(x)
    attend = layers.MultiHeadAttention(2, 2, name="attend")
    x = attend(x, half, key=layers.Dense(4, name="key")(half), use_causal_mask=True)
    x = layers.Dropout(0.5, seed=0, name="drop")(x, training=False)
    return {4: layers.Reshape((4, 4, 4), name="maps")(x)}


def made_by_its_recipe(image, other):
    from poise.libraries.recipes import recipe_of

    return recipe_of(image, seeing(image)).make(other)


def replayed(image, other):
    import keras

    from poise.libraries.replay import replay

    features = seeing(image)
    return dict(
        zip(features, replay(keras.Model(image, features), [features[4]], other, {}), strict=True)
    )


@pytest.fixture
def recipe(keras):
    from poise.libraries.recipes import recipe_of

    image = keras.Input((None, None, 3))
    return recipe_of(image, network(image))


def test_what_is_made_again_computes_the_same_under_the_same_names(keras, recipe):
    image, other = keras.Input((16, 16, 3)), keras.Input((16, 16, 3))
    first, again = keras.Model(image, network(image)), keras.Model(other, recipe.make(other))
    assert [weight.path for weight in again.weights] == [weight.path for weight in first.weights]
    again.set_weights(first.get_weights())
    images = np.random.default_rng(0).random((2, 16, 16, 3), dtype="float32")
    outputs, expected = again(images), first(images)
    assert list(outputs) == [4, 8]
    for stride, maps in expected.items():
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (outputs[stride], maps)))


@pytest.mark.parametrize("how", [made_by_its_recipe, replayed])
def test_whatever_else_a_layer_is_called_with_it_is_called_with_again(keras, how):
    image, other = keras.Input((16, 16, 3)), keras.Input((16, 16, 3))
    first, again = keras.Model(image, seeing(image)), keras.Model(other, how(image, other))
    again.set_weights(first.get_weights())
    images = np.random.default_rng(0).random((2, 16, 16, 3), dtype="float32")
    output, expected = (keras.ops.convert_to_numpy(model(images)[4]) for model in (again, first))
    np.testing.assert_array_equal(output, expected)


def test_it_is_made_on_any_tensor_and_each_time_with_weights_of_its_own(keras, recipe):
    image = keras.Input((16, 16, 3), name="input")
    first, again = (
        keras.Model(image, recipe.make(keras.layers.Rescaling(2.0, name="double")(image)))
        for _ in range(2)
    )
    kernels = [model.get_layer("stem").kernel for model in (first, again)]
    before = keras.ops.convert_to_numpy(kernels[1]).copy()
    assert not np.array_equal(keras.ops.convert_to_numpy(kernels[0]), before)
    kernels[0].assign(before + 1)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(kernels[1]), before)


def test_nothing_of_the_network_that_it_was_taken_from_stays_in_memory(keras):
    from poise.libraries.recipes import recipe_of

    image = keras.Input((None, None, 3))
    features = network(image)
    model = keras.Model(image, features)
    kept = {layer.name: weakref.ref(layer) for layer in model.operations}
    recipe = recipe_of(image, features)
    del image, features, model
    gc.collect()
    assert recipe.steps
    assert [name for name, layer in kept.items() if layer() is not None] == []

"""Initial weights that NumPy makes are those that Keras would, in everything but the numbers."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]


def layer_of(keras: Any, kind: str = "Conv2D", initializer: Any = "he_uniform") -> Any:
    if kind == "DepthwiseConv2D":
        return keras.layers.DepthwiseConv2D(5, depthwise_initializer=initializer)
    return keras.layers.Conv2D(48, 5, kernel_initializer=initializer)


def array(weight: Any) -> Any:
    from keras import ops

    return np.asarray(ops.convert_to_numpy(weight))


def kernel(layer: Any) -> Any:
    return array(layer.weights[0])


def drawn(layer: Any, image: Any, seed: int | None = None) -> Any:
    """The layer, built where NumPy draws."""
    from poise.blocks.initial_weights import drawn_by_numpy

    with drawn_by_numpy(seed):
        layer(image)
    return layer


def third_party_layer(keras: Any) -> Any:
    """A third-party layer with layers inside, which changes a weight after it is drawn."""

    class Gated(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__(name="gated")
            self.inner = keras.layers.Dense(8)
            self.outer = keras.layers.Dense(8, kernel_initializer="random_normal")

        def build(self, shape: Any) -> None:
            self.gate = self.add_weight(shape=(8, 8), name="gate")
            self.gate.assign(self.gate * 2)
            self.inner.build(shape)

        def call(self, x: Any) -> Any:
            return self.outer(self.inner(x) @ self.gate)

    return Gated()


@pytest.mark.parametrize("kind", ["Conv2D", "DepthwiseConv2D"])
def test_a_layers_configuration_is_that_of_a_plain_layer(keras: Any, kind: str) -> None:
    image = keras.Input((8, 8, 3))
    layer, plain = layer_of(keras, kind), layer_of(keras, kind)
    drawn(layer, image, seed=1)
    plain(image)
    assert {**layer.get_config(), "name": ""} == {**plain.get_config(), "name": ""}
    assert layer.get_build_config() == plain.get_build_config()


def test_weights_are_named_and_saved_like_those_of_a_plain_layer(keras: Any) -> None:
    image = keras.Input((8, 8, 3))
    norm = drawn(keras.layers.BatchNormalization(name="norm"), image)
    plain = keras.layers.BatchNormalization(name="norm")
    plain(image)

    def told(layer: Any) -> list[Any]:
        return [
            (weight.path, weight.shape, weight.dtype, weight.trainable) for weight in layer.weights
        ]

    assert told(norm) == told(plain)
    assert [weight.path for weight in norm.weights] == [
        f"norm/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")
    ]


def test_without_a_seed_weights_follow_that_of_keras_and_differ_from_layer_to_layer(
    keras: Any,
) -> None:
    def two() -> list[Any]:
        keras.utils.set_random_seed(7)
        layers = [layer_of(keras) for _ in range(2)]
        return [kernel(drawn(layer, keras.Input((8, 8, 3)))) for layer in layers]

    first, again = two(), two()
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(*first)


def test_a_seed_decides_every_weight_whatever_was_drawn_before(keras: Any) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    def three(seed: int) -> list[Any]:
        layers = [layer_of(keras), layer_of(keras), third_party_layer(keras)]
        images = [keras.Input((8, 8, 3)), keras.Input((8, 8, 3)), keras.Input((8,))]
        with drawn_by_numpy(seed):
            for layer, image in zip(layers, images, strict=True):
                layer(image)
        return [array(weight) for layer in layers for weight in layer.weights if weight.ndim > 1]

    first, again, other = three(1), three(1), three(2)
    assert len(first) == 5
    for kernel, same, differs in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(kernel, same)
        assert not np.array_equal(kernel, differs)
    assert not np.array_equal(first[0], first[1])


def test_an_initializer_keeps_the_seed_that_it_was_given(keras: Any) -> None:
    image = keras.Input((8, 8, 3))
    first, second = (
        drawn(layer_of(keras, initializer=keras.initializers.HeUniform(seed=3)), image, seed)
        for seed in (1, None)
    )
    np.testing.assert_array_equal(kernel(first), kernel(second))


def test_a_nested_context_continues_the_seed_or_has_its_own(keras: Any) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    def kernels(inner: int | None) -> list[Any]:
        layers, image = [layer_of(keras) for _ in range(3)], keras.Input((8, 8, 3))
        with drawn_by_numpy(1):
            layers[0](image)
            with drawn_by_numpy(inner):
                layers[1](image)
            layers[2](image)
        return [kernel(layer) for layer in layers]

    on, own = kernels(None), kernels(2)
    np.testing.assert_array_equal(on[0], own[0])
    np.testing.assert_array_equal(on[1], own[2])  # the second weight of the first seed
    assert not np.array_equal(on[1], own[1])
    np.testing.assert_array_equal(own[1], kernel(drawn(layer_of(keras), keras.Input((8, 8, 3)), 2)))


def test_a_third_party_initializer_is_called_by_keras(keras: Any) -> None:
    calls = []

    class Ramp(keras.initializers.Initializer):
        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            calls.append(tuple(shape))
            return keras.ops.reshape(keras.ops.arange(np.prod(shape), dtype=dtype), shape)

    class Halved(keras.initializers.HeUniform):
        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return 0.5 * super().__call__(shape, dtype=dtype)

    image = keras.Input((8, 8, 3))
    ramp = drawn(layer_of(keras, initializer=Ramp()), image)
    assert calls == [(5, 5, 3, 48)]
    assert kernel(ramp).ravel().tolist() == list(range(5 * 5 * 3 * 48))
    halved, plain = (layer_of(keras, initializer=Halved(seed=3)) for _ in range(2))
    plain(image)
    np.testing.assert_array_equal(kernel(drawn(halved, image, seed=1)), kernel(plain))


def test_a_generator_of_keras_goes_on_as_it_does_without(keras: Any) -> None:
    def two(context_seed: int | None) -> list[Any]:
        image, generator = keras.Input((8, 8, 3)), keras.random.SeedGenerator(5)
        layers = [
            layer_of(keras, initializer=keras.initializers.HeUniform(seed=generator))
            for _ in range(2)
        ]
        for layer in layers:
            layer(image) if context_seed is None else drawn(layer, image, context_seed)
        return [kernel(layer) for layer in layers]

    plain, seeded = two(None), two(1)
    np.testing.assert_array_equal(seeded, plain)
    assert not np.array_equal(*seeded)


def test_a_batch_norm_begins_with_the_zeros_and_ones_of_keras(keras: Any) -> None:
    layer, plain = keras.layers.BatchNormalization(), keras.layers.BatchNormalization()
    drawn(layer, keras.Input((8, 8, 3)))
    plain(keras.Input((8, 8, 3)))
    for weight, expected in zip(layer.weights, plain.weights, strict=True):
        assert weight.dtype == expected.dtype
        np.testing.assert_array_equal(array(weight.value), array(expected.value))
    assert {**layer.get_config(), "name": ""} == {**plain.get_config(), "name": ""}


@pytest.mark.parametrize("dtype", ["int32", "bool", "float16"])
def test_constants_have_the_dtype_of_the_weight(keras: Any, dtype: str) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    with drawn_by_numpy():
        weights = [
            keras.Variable(initializer, shape=(2, 3), dtype=dtype, trainable=False)
            for initializer in ("zeros", "ones", keras.initializers.Constant(1))
        ]
    for weight, value in zip(weights, (0, 1, 1), strict=True):
        assert keras.backend.standardize_dtype(weight.dtype) == dtype
        np.testing.assert_array_equal(array(weight), np.full((2, 3), value, dtype))


def test_a_weight_of_half_precision_stays_one(keras: Any) -> None:
    layer = keras.layers.Conv2D(4, 3, kernel_initializer="he_uniform", dtype="bfloat16")
    drawn(layer, keras.Input((8, 8, 3)))
    assert keras.backend.standardize_dtype(layer.kernel.dtype) == "bfloat16"
    assert np.isfinite(np.asarray(kernel(layer), "float32")).all()


def test_a_layer_may_look_at_its_weights_and_change_them_when_it_is_built(keras: Any) -> None:
    once, twice = third_party_layer(keras), third_party_layer(keras)
    twice.build = lambda shape: (type(twice).build(twice, shape), twice.gate.assign(twice.gate * 2))
    drawn(once, keras.Input((8,)), seed=1)
    drawn(twice, keras.Input((8,)), seed=1)
    np.testing.assert_allclose(array(twice.gate), 2 * array(once.gate), rtol=1e-6)
    assert array(once.gate).std() > 0


def test_what_is_built_after_the_context_and_outside_of_it_keras_draws(keras: Any) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    image = keras.Input((8, 8, 3))
    plain, elsewhere, after = (
        layer_of(keras, initializer=keras.initializers.HeUniform(seed=3)) for _ in range(3)
    )
    plain(image)
    with drawn_by_numpy(1):
        thread = threading.Thread(target=lambda: elsewhere(image))
        thread.start()
        thread.join()
    after(image)
    np.testing.assert_array_equal(kernel(elsewhere), kernel(plain))
    np.testing.assert_array_equal(kernel(after), kernel(plain))
    assert not np.array_equal(kernel(drawn(layer_of(keras), image, 3)), kernel(plain))


def test_threads_that_build_at_once_draw_each_its_own_numbers(keras: Any) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    image, turn = keras.Input((8, 8, 3)), threading.Barrier(3)
    kernels: dict[int, list[Any]] = {}

    def build(seed: int) -> None:
        layers = [layer_of(keras) for _ in range(3)]
        turn.wait()
        with drawn_by_numpy(seed):
            for layer in layers:
                turn.wait()
                layer(image)
        kernels[seed] = [kernel(layer) for layer in layers]

    threads = [threading.Thread(target=build, args=(seed,)) for seed in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in (1, 2, 3):
        with drawn_by_numpy(seed):
            alone = [layer_of(keras) for _ in range(3)]
            for layer in alone:
                layer(image)
        np.testing.assert_array_equal(kernels[seed], [kernel(layer) for layer in alone])


def test_nothing_of_keras_is_changed_after_the_context_not_even_by_an_error(keras: Any) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    before = keras.Layer.__call__, keras.Variable.__init__, dict(vars(keras.Variable))
    with drawn_by_numpy(), pytest.raises(LookupError), drawn_by_numpy(1):
        raise LookupError
    assert (keras.Layer.__call__, keras.Variable.__init__, dict(vars(keras.Variable))) == before


def test_what_does_not_fit_is_refused_as_by_keras_and_the_next_layer_is_built(keras: Any) -> None:
    from poise.blocks.initial_weights import drawn_by_numpy

    vector, image = keras.Input((8,)), keras.Input((8, 8, 3))
    with pytest.raises(ValueError) as plain:  # noqa: PT011 - its words are compared
        keras.layers.Conv2D(4, 3, name="conv")(vector)
    with drawn_by_numpy(1):
        with pytest.raises(ValueError) as refused:  # noqa: PT011 - its words are compared
            keras.layers.Conv2D(4, 3, name="conv")(vector)
        layer = layer_of(keras)
        layer(image)
    assert str(refused.value) == str(plain.value)
    assert len(layer.weights) == 2
    assert kernel(layer).std() > 0


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


def test_weights_of_nested_layers_are_copied_too(keras: Any) -> None:
    from poise.blocks.initial_weights import beginning_like

    image = keras.Input((8, 4))
    other, layer = (keras.layers.TimeDistributed(keras.layers.Dense(3)) for _ in range(2))
    other(image)
    beginning_like(other, layer, image)
    for copied, original in zip(layer.weights, other.weights, strict=True):
        np.testing.assert_array_equal(
            *(keras.ops.convert_to_numpy(weight.value) for weight in (copied, original))
        )

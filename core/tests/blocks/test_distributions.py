"""What NumPy draws has the distribution that an initializer of Keras asks for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]

INITIALIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "glorot_uniform": ("GlorotUniform", {}),
    "glorot_normal": ("GlorotNormal", {}),
    "he_uniform": ("HeUniform", {}),
    "lecun_normal": ("LecunNormal", {}),
    "efficientnet": (
        "VarianceScaling",
        {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"},
    ),
    "not truncated": ("VarianceScaling", {"distribution": "untruncated_normal"}),
    "normal": ("RandomNormal", {"mean": 1.0, "stddev": 0.3}),
    "truncated": ("TruncatedNormal", {"mean": -1.0, "stddev": 0.3}),
    "uniform": ("RandomUniform", {"minval": 1.0, "maxval": 3.0}),
}
SHAPES = {
    "convolution": (5, 5, 64, 48),
    "depthwise": (25, 25, 64, 1),
    "dense": (300, 200),
    "vector": (60_000,),
}


def initializer_of(keras: Any, name: str, **more: Any) -> Any:
    cls, arguments = INITIALIZERS[name]
    return getattr(keras.initializers, cls)(**arguments, **more)


def by_keras(keras: Any, initializer: Any, shape: tuple[int, ...]) -> Any:
    return np.asarray(keras.ops.convert_to_numpy(initializer(shape, dtype="float32")))


def by_numpy(initializer: Any, shape: tuple[int, ...], seed: int = 0) -> Any:
    from poise.blocks.distributions import draw_of

    draw = draw_of(initializer)
    assert draw is not None
    return draw(initializer, shape, np.random.default_rng(seed))


@pytest.mark.parametrize("name", INITIALIZERS)
@pytest.mark.parametrize("what", SHAPES)
def test_the_distribution_is_that_of_keras(keras: Any, name: str, what: str) -> None:
    initializer, shape = initializer_of(keras, name, seed=3), SHAPES[what]
    drawn, expected = by_numpy(initializer, shape), by_keras(keras, initializer, shape)
    assert drawn.shape == expected.shape
    assert drawn.dtype == expected.dtype == np.dtype("float32")
    assert abs(drawn.mean() - expected.mean()) < 0.03 * expected.std()
    assert drawn.std() == pytest.approx(expected.std(), rel=0.03)
    shares = [0, 1, 25, 75, 99, 100] if is_bounded(name) else [1, 25, 75, 99]
    ends = [np.percentile(numbers, shares) for numbers in (drawn, expected)]
    np.testing.assert_allclose(*ends, atol=0.1 * float(expected.std()))


def is_bounded(name: str) -> bool:
    return name not in ("normal", "not truncated")


@pytest.mark.parametrize("shape", [(40, 24), (24, 40), (3, 3, 8, 16)])
def test_an_orthogonal_kernel_keeps_lengths(keras: Any, shape: tuple[int, ...]) -> None:
    drawn = by_numpy(keras.initializers.Orthogonal(gain=2.0, seed=1), shape)
    flat = drawn.reshape(-1, shape[-1])
    small = flat.T @ flat if flat.shape[0] >= flat.shape[1] else flat @ flat.T
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-5)
    assert drawn.dtype == np.dtype("float32")


def test_axes_that_are_named_decide_how_many_values_meet(keras: Any) -> None:
    try:
        initializer = keras.initializers.HeNormal(seed=1, input_axes=[0], output_axes=[1, 2])
    except TypeError:
        pytest.skip("this Keras cannot name axes")
    shape = (500, 12, 16)
    assert by_numpy(initializer, shape).std() == pytest.approx(
        by_keras(keras, initializer, shape).std(), rel=0.03
    )


@pytest.mark.parametrize(
    ("initializer", "number"),
    [("Zeros", 0), ("Ones", 1), ("Constant", 0.5), ("Identity", None), ("HeNormal", None)],
)
def test_constants_are_told_from_what_is_not_one(
    keras: Any, initializer: str, number: float | None
) -> None:
    from poise.blocks.distributions import constant_of

    arguments = {"value": 0.5} if initializer == "Constant" else {}
    assert constant_of(getattr(keras.initializers, initializer)(**arguments)) == number


def test_a_class_that_only_sets_arguments_is_drawn_and_one_that_draws_itself_is_not(
    keras: Any,
) -> None:
    from poise.blocks.distributions import draw_of

    class Wide(keras.initializers.RandomNormal):
        def __init__(self) -> None:
            super().__init__(stddev=2.0, seed=1)

    class Shifted(Wide):
        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return super().__call__(shape, dtype=dtype) + 1

    assert by_numpy(Wide(), (100, 100)).std() == pytest.approx(2, rel=0.05)
    for initializer in (Shifted(), keras.initializers.Identity(), lambda shape, dtype=None: 0):
        assert draw_of(initializer) is None

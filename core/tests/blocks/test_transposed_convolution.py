"""Transposed convolutions by their definition, and Keras' beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.backends]


def line(values: list[float]) -> Any:
    return np.array(values, "float32").reshape(1, -1, 1, 1)


def column(values: list[float]) -> Any:
    return np.array(values, "float32").reshape(-1, 1, 1, 1)


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "expected"),
    [
        # A cell of 1 among zeros shows the kernel where it adds it.
        ([1, 2, 3], 2, "same", [0, 0, 1, 2, 3, 0]),
        ([1, 2, 3], 2, "valid", [0, 0, 1, 2, 3, 0, 0]),
        ([1, 2, 3, 4], 2, "same", [0, 1, 2, 3, 4, 0]),
        ([1, 2], 2, "same", [0, 0, 1, 2, 0, 0]),
        ([1], 2, "same", [0, 0, 1, 0, 0, 0]),
        ([1, 2, 3, 4, 5], 2, "same", [0, 1, 2, 3, 4, 5]),
    ],
)
def test_a_cell_adds_the_kernel_where_the_definition_says(
    kernel: list[float], stride: int, padding: str, expected: list[float]
) -> None:
    from poise.blocks.transposed_convolution import by_definition

    output = by_definition(line([0, 1, 0]), column(kernel), (stride, 1), padding)

    assert output.ravel().tolist() == expected


def test_it_is_the_transpose_of_a_convolution() -> None:
    from poise.blocks.transposed_convolution import by_definition

    random = np.random.default_rng(0)
    fine, coarse = random.random((1, 8, 6, 2)), random.random((1, 4, 3, 3))
    kernel = random.random((3, 3, 2, 3))
    padded = np.pad(fine, [(0, 0), (0, 1), (0, 1), (0, 0)])
    convolved = sum(
        padded[:, row : row + 8 : 2, column : column + 6 : 2] @ kernel[row, column]
        for row in range(3)
        for column in range(3)
    )

    transposed = by_definition(coarse, kernel, (2, 2), "same")

    np.testing.assert_allclose((convolved * coarse).sum(), (fine * transposed).sum())


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(
    ("kernel_size", "strides"), [((3, 3), (2, 2)), ((4, 4), (2, 2)), ((8, 8), (4, 4))]
)
def test_keras_computes_those_of_backbones_by_their_definition(
    keras: Any, kernel_size: tuple[int, int], strides: tuple[int, int], padding: str
) -> None:
    from poise.blocks.transposed_convolution import difference_from_definition

    layer = keras.layers.Conv2DTranspose
    assert difference_from_definition(layer, kernel_size, strides, padding) < 1e-5


def test_a_shifted_one_is_found_in_a_nested_model_too(
    keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poise.blocks import transposed_convolution

    x = keras.Input((4, 4, 1))
    nested = keras.Model(x, keras.layers.Conv2DTranspose(2, 3, strides=2, padding="same")(x))
    model = keras.Model(x, keras.layers.Conv2D(1, 1)(nested(x)))
    assert not list(transposed_convolution.inexact_layers(model))
    definition = transposed_convolution.by_definition
    monkeypatch.setattr(
        transposed_convolution, "by_definition", lambda *args: np.roll(definition(*args), 1, 1)
    )
    transposed_convolution.difference_from_definition.cache_clear()

    ((layer, difference),) = transposed_convolution.inexact_layers(model)

    assert layer is nested.layers[-1]
    assert difference > 0.1
    transposed_convolution.difference_from_definition.cache_clear()


def test_a_subclass_with_other_arguments_has_no_definition_here(keras):
    from poise.blocks.transposed_convolution import difference_from_definition

    class Doubling(keras.layers.Conv2DTranspose):
        def __init__(self, filters):
            super().__init__(filters, 2, strides=2)

    assert difference_from_definition(Doubling, (2, 2), (2, 2), "valid") == 0

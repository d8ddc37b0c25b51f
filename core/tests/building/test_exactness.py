"""Models whose layers a version of Keras computes by other numbers are refused."""

from __future__ import annotations

from typing import Any

import pytest

from poise import BuildError
from poise.building.exactness import refuse_inexact_layers

pytestmark = pytest.mark.usefixtures("keras")


@pytest.fixture
def model(keras: Any) -> Any:
    x = keras.Input((4, 4, 1))
    return keras.Model(x, keras.layers.Conv2DTranspose(2, 3, strides=2, name="up")(x))


def shifted_on(
    keras: Any,
    monkeypatch: pytest.MonkeyPatch,
    backend: str,
    difference: Any = lambda *_: 1.5,
    version: str = "3.14.1",
) -> None:
    from poise.blocks import transposed_convolution

    monkeypatch.setattr(transposed_convolution, "difference_from_definition", difference)
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setattr(keras, "__version__", version)


def test_on_torch_the_error_names_the_keras_that_is_right_and_the_layer(
    keras: Any, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shifted_on(keras, monkeypatch, "torch")

    with pytest.raises(BuildError) as refused:
        refuse_inexact_layers(model)

    assert str(refused.value) == (
        "must be Keras 3.15 or newer on PyTorch, got 3.14.1; pip install -U 'keras>=3.15', or set "
        "KERAS_BACKEND to tensorflow or jax: transposed convolutions of kernel 3 × 3 and strides "
        "2 × 2 are shifted there (up) @ keras"
    )


def test_no_other_backend_is_advised_than_one_that_this_keras_suits(
    keras: Any, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shifted_on(keras, monkeypatch, "torch", version="3.8.0")

    with pytest.raises(BuildError, match="or set KERAS_BACKEND to tensorflow: transposed"):
        refuse_inexact_layers(model)


def test_other_backends_are_not_asked(
    keras: Any, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shifted_on(keras, monkeypatch, "jax")

    refuse_inexact_layers(model)


def test_on_torch_exact_layers_are_compared_and_built(
    keras: Any, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    shifted_on(keras, monkeypatch, "torch", lambda *settings: asked.append(settings) or 0.0)

    refuse_inexact_layers(model)

    assert asked == [(keras.layers.Conv2DTranspose, (3, 3), (2, 2), "valid")]


def test_layers_of_other_classes_are_never_taken_for_a_fault_of_keras(
    keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Rolled(keras.layers.Conv2DTranspose):
        """Computes more than its base class."""

    x = keras.Input((4, 4, 1))
    shifted_on(keras, monkeypatch, "torch")

    refuse_inexact_layers(keras.Model(x, Rolled(2, 3, strides=2)(x)))

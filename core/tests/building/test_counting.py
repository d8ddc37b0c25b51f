"""A build that fails leaves nothing behind, and one that is refused has drawn nothing."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("keras")

import keras
import numpy as np

from poise import BuildError
from poise.building.counting import built
from poise.building.limits import TooLarge
from poise.settings import MAX_LAYERS, MAX_PARAMETERS


def network(*filters: int, initializer: Any = "glorot_uniform") -> keras.Model:
    images = x = keras.Input((8, 8, 1))
    for number in filters:
        x = keras.layers.Conv2D(number, 1, kernel_initializer=initializer)(x)
    return keras.Model(images, x)


def without_memory(shape: Any, dtype: Any = None) -> Any:
    raise MemoryError


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poise.building.limits.ORDINARY_PARAMETERS", 10)


@pytest.mark.parametrize("filters", [(10**9,), (10**40,), (4, 10**9), (30_000, 40_000)])
def test_a_network_that_no_machine_holds_is_refused(filters: tuple[int, ...]) -> None:
    with pytest.raises(TooLarge, match=r"at most 1,000,000,000 parameters, got at least"):
        built(lambda: network(*filters), 1)

    assert built(lambda: network(2), 1).count_params() == 4


def test_a_large_network_is_refused_before_a_weight_is_drawn(
    ordinary: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MAX_PARAMETERS.name, "99")
    drawn: list[Any] = []

    def initializer(shape: Any, dtype: Any = None) -> Any:
        drawn.append(shape)
        return keras.ops.ones(shape, dtype)

    with pytest.raises(TooLarge, match="at most 99 parameters"):
        built(lambda: network(6, 20, initializer=initializer), 1)

    assert np.prod(drawn[0]) == 6  # what is ordinary may be drawn
    assert len(drawn) == 1


def test_a_large_network_is_built_as_any_other(ordinary: None) -> None:
    large = built(lambda: network(6, 20), 1)

    assert large.count_params() == 152
    for weights in large.get_weights():
        assert weights.ndim == 1 or np.unique(weights).size > 1


@pytest.mark.parametrize("is_counted", [False, True])
def test_names_and_weights_do_not_depend_on_counting(
    is_counted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made() -> keras.Model:
        keras.utils.clear_session()
        keras.utils.set_random_seed(3)
        return built(lambda: network(6, 20), None)

    plain = made()
    if is_counted:
        monkeypatch.setattr("poise.building.limits.ORDINARY_PARAMETERS", 10)
    again = made()

    assert [layer.name for layer in again.layers] == [layer.name for layer in plain.layers]
    for after, before in zip(again.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(after, before)


def test_layers_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MAX_LAYERS.name, "3")

    assert len(built(lambda: network(1, 1, 1), 1).layers) == 4
    with pytest.raises(TooLarge, match="at most 3 layers, got at least 4"):
        built(lambda: network(1, 1, 1, 1), 1)


def test_a_build_without_memory_is_refused_and_the_next_one_works() -> None:
    with pytest.raises(BuildError, match="must be a network that fits into memory"):
        built(lambda: network(2, initializer=without_memory), 1)

    assert built(lambda: network(2), 1).count_params() == 4


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, RuntimeError])
def test_weights_that_cannot_be_drawn_are_forgotten(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> Any:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr("poise.blocks.initial_weights.np.random.default_rng", refuse)
        with pytest.raises((error, BuildError)):
            built(lambda: network(2), 1)

    with keras.StatelessScope():
        pass  # Keras draws here what it still has to
    assert built(lambda: network(2), 1).count_params() == 4

"""The memory of prediction and of a step of training, by hand and by ``poise.inspect``."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

import poise
from poise.inspection.graph import Call
from poise.inspection.memory import ActivationMemory, StepMemory, step_memory

KERNEL = (SimpleNamespace(path="layer/kernel"),)


def call(kind: str, inputs: Sequence[object], output: object, **facts: Any) -> Call:
    operation = type(kind, (), {"weights": (), "trainable_weights": (), **facts})()
    return Call(operation, tuple(inputs), (output,))


def convolution(source: object, output: object, *, trained: bool = True) -> Call:
    trainable = KERNEL if trained else ()
    return call("Conv2D", [source], output, weights=KERNEL, trainable_weights=trainable)


def activation(name: str, source: object, output: object) -> Call:
    return call("Activation", [source], output, activation=SimpleNamespace(__name__=name))


def step(calls: list[Call], tensors: Sequence[object], sizes: Sequence[int]) -> StepMemory:
    by_id = {id(tensor): size for tensor, size in zip(tensors, sizes, strict=True)}
    return step_memory(calls, [tensors[-1]], by_id)


def test_a_convolution_keeps_its_input_and_a_relu_its_output() -> None:
    image, convolved, relu, out = tensors = [object() for _ in range(4)]
    calls = [
        call("InputLayer", [], image),
        convolution(image, convolved),
        activation("relu", convolved, relu),
        convolution(relu, out),
    ]

    # At the relu: the image and its own output are kept; gradients of convolved and relu are
    # there. At the last convolution: the same are kept, with gradients of relu and of out.
    assert step(calls, tensors, [1, 10, 100, 1000]) == StepMemory(101, 1100)
    assert step(calls, tensors, [1, 1000, 100, 10]) == StepMemory(101, 1100)


@pytest.mark.parametrize(("name", "kept"), [("relu", 1 + 100), ("silu", 1 + 10 + 100)])
def test_what_an_activation_keeps_depends_on_its_gradient(name: str, kept: int) -> None:
    image, convolved, active, out = tensors = [object() for _ in range(4)]
    calls = [
        call("InputLayer", [], image),
        convolution(image, convolved),
        activation(name, convolved, active),
        convolution(active, out),
    ]

    assert step(calls, tensors, [1, 10, 100, 1000]).activations == kept


def test_frozen_layers_before_the_first_trained_one_have_no_gradients_and_keep_nothing() -> None:
    image, frozen, out = tensors = [object() for _ in range(3)]
    calls = [
        call("InputLayer", [], image),
        convolution(image, frozen, trained=False),
        convolution(frozen, out),
    ]

    assert step(calls, tensors, [1, 10, 100]) == StepMemory(10, 100)


def test_a_forward_pass_may_take_more_than_the_gradients() -> None:
    image, large, out = tensors = [object() for _ in range(3)]
    calls = [
        call("InputLayer", [], image),
        convolution(image, large, trained=False),
        call("GlobalAveragePooling2D", [large], out),
    ]

    assert step(calls, tensors, [1, 10000, 2]) == StepMemory(10002, 0)


def test_an_unknown_kind_is_assumed_to_need_its_inputs_and_outputs() -> None:
    image, convolved, strange = tensors = [object() for _ in range(3)]
    calls = [
        call("InputLayer", [], image),
        convolution(image, convolved),
        call("Strange", [convolved], strange),
    ]

    assert step(calls, tensors, [1, 10, 100]) == StepMemory(111, 110)


def test_the_total_is_the_sum_of_its_parts() -> None:
    assert ActivationMemory(weights=1, activations=2, gradients=4, optimizer=8).total == 15


def model(precision: str = "float32") -> Any:
    import keras

    image = keras.Input((8, 8, 1), dtype=precision)
    x = keras.layers.Conv2D(4, 3, padding="same", name="a", dtype=precision)(image)
    x = keras.layers.Activation("relu", name="a_relu", dtype=precision)(x)
    x = keras.layers.Conv2D(2, 3, padding="same", name="b", dtype=precision)(x)
    return keras.Model(image, {"out": x})


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(("precision", "size"), [("float32", 4), ("float16", 2)])
def test_the_memory_of_a_network_is_that_of_its_batch_and_its_precision(
    precision: str, size: int
) -> None:
    inspection = poise.inspect(model(precision))
    cells, parameters = 8 * 8, (9 * 4 + 4) + (9 * 4 * 2 + 2)

    running = inspection.activation_memory(batch_size=3)
    training = inspection.activation_memory(batch_size=3, training=True)

    assert running == ActivationMemory(
        weights=size * parameters, activations=3 * size * cells * (4 + 4)
    )
    assert training == ActivationMemory(
        weights=size * parameters,
        activations=3 * size * cells * (1 + 4),  # the image and the output of the relu
        gradients=3 * size * cells * (4 + 4) + size * parameters,
        optimizer=2 * size * parameters,
    )


@pytest.mark.usefixtures("keras")
def test_an_optimizer_without_slots_keeps_nothing() -> None:
    memory = poise.inspect(model()).activation_memory(training=True, optimizer_slots=0)

    assert memory.optimizer == 0

"""Looking into Keras models and running them, the same on every backend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

ROUNDS = 20
"""How often weights are made smaller, at most: a tenth each time."""

LARGEST = 10.0
"""Magnitude that outputs of a network with its first weights may have, of images in 0…1, and be
compared as they are. At a thousand, gates of SE-ResNet-152 that are open in one order of summing
are closed in another."""

TOLERANCE = 1e-5
"""Largest difference of equal outputs, against the largest magnitude of them."""


def graph_layers(model: Any) -> Iterator[Any]:
    """Every layer of a model's graph, and of the models inside of it, but for the inputs."""
    import keras

    for layer in model.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            yield layer
        yield from graph_layers(layer) if hasattr(layer, "layers") else ()


def weights_by_layer(model: Any) -> dict[str, list[tuple[int, ...]]]:
    """Layer name → shapes of its weights, for the layers that have some."""
    return {
        layer.name: [tuple(weight.shape) for weight in layer.weights]
        for layer in graph_layers(model)
        if layer.weights
    }


def random_inputs(model: Any, batch: int = 2, seed: int = 0) -> list[Array]:
    """Uniform random arrays in 0…1, one for each input of a model whose sizes are known."""
    generator = np.random.default_rng(seed)
    return [
        generator.random((batch, *tensor.shape[1:]), dtype=np.float32) for tensor in model.inputs
    ]


def only(inputs: list[Any]) -> Any:
    """The inputs of a model as Keras wants them: one stands alone."""
    return inputs[0] if len(inputs) == 1 else inputs


def run(model: Any, inputs: list[Array], *, training: bool = False) -> dict[str, Array]:
    """A model's outputs by name, in inference mode unless ``training``."""
    import keras

    outputs = model(only(inputs), training=training)
    return {name: np.array(keras.ops.convert_to_numpy(tensor)) for name, tensor in outputs.items()}


def shrink_kernels(model: Any, inputs: list[Array]) -> None:
    """Make a network's first weights smaller until its outputs are no larger than ``LARGEST``.

    Before training nothing keeps numbers small in inference, where normalizations have seen no
    image yet. Hundreds of layers may then amplify an image a millionfold, and with it each
    difference of rounding: that says nothing of the network as it will be used. What a layer
    multiplies by a number of its own stays as large. Outputs that stay large or are not finite
    after all rounds are left to the checks that compare them.

    Args:
        model: whose weights change, if need be.
        inputs: what it is run on.
    """
    kernels = [weight for weight in model.trainable_weights if len(weight.shape) > 1]
    for _ in range(ROUNDS):
        outputs = run(model, inputs).values()
        if (
            max((float(np.max(np.abs(array), initial=0)) for array in outputs), default=0)
            <= LARGEST
        ):
            return
        for kernel in kernels:
            kernel.assign(kernel * 0.9)


def difference(
    expected: dict[str, Array], actual: dict[str, Array], tolerance: float = TOLERANCE
) -> str:
    """Where two models' outputs differ by more than a tolerance, in words, or nothing."""
    if list(expected) != list(actual):
        return f"outputs {sorted(actual)} instead of {sorted(expected)}"
    for name, values in expected.items():
        if values.shape != actual[name].shape:
            return f"{name} of shape {actual[name].shape} instead of {values.shape}"
        most = float(np.max(np.abs(values - actual[name]), initial=0))
        largest = float(np.max(np.abs(values), initial=0))
        if not most <= tolerance * max(largest, 1e-3):
            return f"{name} differs by {most:.2g}, its largest magnitude being {largest:.2g}"
    return ""


def arrays_of(weights: Any) -> list[Array]:
    """The values of weights, copied."""
    import keras

    return [np.array(keras.ops.convert_to_numpy(weight)) for weight in weights]

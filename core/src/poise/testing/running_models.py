"""Inspect and run Keras models, the same on every backend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

ROUNDS = 20
"""How often weights are reduced at most, by a tenth each time."""

LARGEST = 10.0
"""Largest magnitude at which outputs of a network with its initial weights, for images in 0…1, are
compared without shrinking weights. At a thousand, gates of SE-ResNet-152 open or close with the
order of summation."""

TOLERANCE = 1e-5
"""Largest difference of equal outputs, relative to their largest magnitude."""


def graph_layers(model: Any) -> Iterator[Any]:
    """Every layer of a model's graph and of nested models, except inputs."""
    import keras

    for layer in model.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            yield layer
        yield from graph_layers(layer) if hasattr(layer, "layers") else ()


def weights_by_layer(model: Any) -> dict[str, list[tuple[int, ...]]]:
    """Layer name → shapes of its weights, for layers with weights."""
    return {
        layer.name: [tuple(weight.shape) for weight in layer.weights]
        for layer in graph_layers(model)
        if layer.weights
    }


def random_inputs(model: Any, batch: int = 2, seed: int = 0) -> list[Array]:
    """Uniform random arrays in 0…1, one for each input of a model with fixed sizes."""
    generator = np.random.default_rng(seed)
    return [
        generator.random((batch, *tensor.shape[1:]), dtype=np.float32) for tensor in model.inputs
    ]


def only(inputs: list[Any]) -> Any:
    """The inputs of a model as Keras expects them: a single one without a list."""
    return inputs[0] if len(inputs) == 1 else inputs


def run(model: Any, inputs: list[Array], *, training: bool = False) -> dict[str, Array]:
    """A model's outputs by name, in inference mode unless ``training``."""
    import keras

    outputs = model(only(inputs), training=training)
    return {name: np.array(keras.ops.convert_to_numpy(tensor)) for name, tensor in outputs.items()}


def shrink_kernels(model: Any, inputs: list[Array]) -> None:
    """Reduce a network's initial weights until its outputs are at most ``LARGEST``.

    In inference before training, normalizations have no statistics to keep numbers small.
    Hundreds of layers may then amplify an image, and each rounding difference, a millionfold,
    which a trained network does not. Factors that are not weights stay as they are. The checks
    that compare outputs report outputs that stay large, or are not finite, after all rounds.

    Args:
        model: the model, whose weights may change.
        inputs: the inputs to run it on.
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
    """Where two models' outputs differ by more than a tolerance, in words; empty if nowhere."""
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

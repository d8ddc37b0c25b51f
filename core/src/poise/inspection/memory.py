"""How much memory a network takes, for prediction and for a step of training.

Poise follows the calls of the graph in order, forward and backward, and adds up which arrays are
needed at the same time. A backend may take less, where it computes in place or fuses layers, and
more for the working space of a convolution.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from poise.inspection.graph import Call

ADAM = 2
"""Numbers that Adam keeps for each weight that it trains."""

_NOTHING = """
InputLayer Identity Add Subtract Negative Average Concatenate Stack Split GetItem Cast Rescaling
UpSampling2D ZeroPadding2D Cropping2D Reshape Flatten Permute RepeatVector Transpose Squeeze
ExpandDims AveragePooling2D AveragePool GlobalAveragePooling2D Mean Sum Resizing Resize
PadToMultiple CropToImage EnsureRGB NormalizeChannels Normalization
"""
_INPUTS = """
BatchNormalization LayerNormalization GroupNormalization UnitNormalization PReLU Multiply Divide
Maximum Minimum Absolute Square Power Clip HardSigmoid Silu HardSilu Gelu Softplus Selu
"""
_OUTPUTS = """
ReLU LeakyReLU ELU Softmax Relu Relu6 LeakyRelu Elu Sigmoid Tanh Sqrt Exp Dropout SpatialDropout2D
GaussianDropout AlphaDropout
"""
NEEDED: Mapping[str, tuple[bool, bool]] = {
    **dict.fromkeys(_NOTHING.split(), (False, False)),
    **dict.fromkeys(_INPUTS.split(), (True, False)),
    **dict.fromkeys(_OUTPUTS.split(), (False, True)),
}
"""Kind of a layer or operation → whether its gradient needs the inputs, and the outputs.

Any other kind is assumed to need both, as the maximum of a pooling does.
"""

FROM_OUTPUTS = frozenset(("relu", "relu6", "leaky_relu", "elu", "sigmoid", "tanh", "softmax"))
"""Activations whose gradient is computed from their outputs; others need their inputs."""


@attrs.frozen(kw_only=True)
class ActivationMemory:
    """The most memory that a network takes at a time, in bytes.

    It counts the arrays of the network alone: neither the program and its libraries, nor images
    and targets that wait.

    Attributes:
        weights: all weights.
        activations: outputs of layers, of all images of the batch.
        gradients: those of outputs of layers and those of the weights; 0 for prediction.
        optimizer: what the optimizer keeps for each weight that it trains; 0 for prediction.
    """

    weights: int
    activations: int
    gradients: int = 0
    optimizer: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.activations + self.gradients + self.optimizer


@attrs.frozen
class StepMemory:
    """What one image takes when a step of training takes most, in bytes.

    Attributes:
        activations: outputs of layers that are still needed.
        gradients: gradients of outputs of layers.
    """

    activations: int
    gradients: int


def step_memory(
    calls: Sequence[Call], outputs: Sequence[Any], sizes: Mapping[int, int]
) -> StepMemory:
    """Follow a step of training: the calls forward, then their gradients backward.

    Args:
        calls: of the graph, in order of computation.
        outputs: the tensors that the loss is computed from.
        sizes: the ``id`` of each tensor → its bytes.
    """
    forward, kept, gradients = (np.zeros(len(calls), np.int64) for _ in range(3))
    needed = _needed_by(calls)
    differentiated = _differentiated(calls)
    last = _last_uses(calls, outputs)
    for index, call in enumerate(calls):
        for tensor in call.outputs:
            size, end = sizes[id(tensor)], last.get(id(tensor), index) + 1
            first = needed.get(id(tensor))
            forward[index : end if first is None else None] += size
            if first is not None:  # gradients go backward, and the first call needs it last
                kept[first:] += size
            if id(tensor) in differentiated:
                gradients[index:end] += size
    return _at_most(forward, kept, gradients)


def _at_most(
    forward: npt.NDArray[np.int64], kept: npt.NDArray[np.int64], gradients: npt.NDArray[np.int64]
) -> StepMemory:
    most = int((kept + gradients).argmax())
    if forward.max() > kept[most] + gradients[most]:
        return StepMemory(int(forward.max()), 0)
    return StepMemory(int(kept[most]), int(gradients[most]))


def _last_uses(calls: Sequence[Call], outputs: Sequence[Any]) -> dict[int, int]:
    """The index of the last call that uses a tensor; beyond all for what the loss uses."""
    last = {id(tensor): index for index, call in enumerate(calls) for tensor in call.inputs}
    return last | {id(tensor): len(calls) for tensor in outputs}


def _differentiated(calls: Sequence[Call]) -> set[int]:
    """The tensors that have a gradient: those that a weight to be trained has changed."""
    tensors: set[int] = set()
    for call in calls:
        trained = bool(getattr(call.operation, "trainable_weights", ()))
        if trained or any(id(tensor) in tensors for tensor in call.inputs):
            tensors |= {id(tensor) for tensor in call.outputs}
    return tensors


def _needed_by(calls: Sequence[Call]) -> dict[int, int]:
    """The index of the first call whose gradient needs a tensor, for those that any needs."""
    differentiated = _differentiated(calls)
    needed: dict[int, int] = {}
    for index, call in enumerate(calls):
        if any(id(tensor) in differentiated for tensor in call.outputs):
            for tensor in _needs(call):
                needed.setdefault(id(tensor), index)
    return needed


def _needs(call: Call) -> Iterator[Any]:
    """The tensors that the gradient of a call is computed from."""
    of_inputs, of_outputs = _sides(call)
    if of_inputs:
        yield from call.inputs
    if of_outputs:
        yield from call.outputs


def _sides(call: Call) -> tuple[bool, bool]:
    activation = getattr(getattr(call.operation, "activation", None), "__name__", "linear")
    of_activation = (False, False)
    if activation != "linear":
        of_outputs = activation in FROM_OUTPUTS
        of_activation = (not of_outputs, of_outputs)
    if call.kind == "Activation":
        return of_activation
    if _has_kernel(call.operation):
        # What an activation within the layer gets is as large as what it returns.
        trained = bool(getattr(call.operation, "trainable_weights", ()))
        return trained, any(of_activation)
    return NEEDED.get(call.kind, (True, True))


def _has_kernel(operation: Any) -> bool:
    weights = getattr(operation, "weights", ())
    is_nested = hasattr(operation, "layers")
    return not is_nested and any(weight.path.endswith("kernel") for weight in weights)

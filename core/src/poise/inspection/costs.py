"""``inspect``: receptive field, FLOPs, parameters and memory of a built model.

Poise reads all of it from the graph and runs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from poise.errors import BuildError, Fault
from poise.inspection.graph import Call, calls, shapes
from poise.inspection.memory import ADAM, ActivationMemory, step_memory
from poise.messages import figure

if TYPE_CHECKING:
    import keras

Pixels = tuple[int, int]
"""Height and width."""


@attrs.frozen(kw_only=True)
class LayerCost:
    """The cost of one layer, or of an operation without a layer, for one image.

    Attributes:
        name: name of the layer.
        kind: its class.
        shape: shape of its output, with ``None`` for the axis of images and for open sizes; of
            several outputs the first, of several calls the last.
        parameters: numbers in its weights.
        operations: FLOPs: multiplications and additions, one each.
        bytes: memory of its outputs, over all calls.
        receptive_field: height and width of the pixels that a cell of its output depends on;
            ``None`` for the whole image. The largest over all calls.
    """

    name: str
    kind: str
    shape: tuple[int | None, ...]
    parameters: int
    operations: int
    bytes: int
    receptive_field: Pixels | None


@attrs.frozen(kw_only=True)
class Inspection:
    """The cost and the receptive fields of a model, for one image.

    Attributes:
        image: height and width of the image, in pixels.
        parameters: numbers in its weights.
        trainable: numbers in its trainable weights.
        operations: FLOPs of convolutions and dense layers, and of layers with a method
            ``flops(shapes)``: multiplications and additions, one each. The other layers cost
            little by comparison.
        weight_bytes: memory of the weights.
        training_bytes: memory of the outputs of all layers, which gradients need.
        inference_bytes: most memory of outputs that are needed at the same time.
        trainable_bytes: memory of the trainable weights.
        kept_bytes: memory of the outputs that are held when a step of training takes most.
        gradient_bytes: memory of the gradients of outputs at that time.
        receptive_fields: output → height and width of the pixels that a cell of it depends
            on; ``None`` for the whole image.
        layers: the same by layer, in the order of computation.
        assumed: layers of unknown kinds. Poise assumes that they cost nothing and work cell by
            cell, or on the whole image if they change its size. A layer whose class has
            ``cell_by_cell``, true or false for the whole image, is not among them.
    """

    image: Pixels
    parameters: int
    trainable: int
    operations: int
    weight_bytes: int
    training_bytes: int
    inference_bytes: int
    trainable_bytes: int
    kept_bytes: int
    gradient_bytes: int
    receptive_fields: Mapping[str, Pixels | None]
    layers: tuple[LayerCost, ...] = attrs.field(repr=False)
    assumed: tuple[str, ...] = ()

    def activation_memory(
        self, *, batch_size: int = 1, training: bool = False, optimizer_slots: int = ADAM
    ) -> ActivationMemory:
        """The most memory that the network takes at a time, for a batch.

        For prediction these are the weights and the largest set of outputs that are needed at the
        same time. For a step of training they are the weights, the outputs that gradients need,
        the gradients themselves, and what the optimizer keeps. Each array counts with its type, so
        that a network in mixed precision takes less.

        Args:
            batch_size: images in a batch.
            training: whether the network is trained.
            optimizer_slots: numbers that the optimizer keeps for each weight: 2 for Adam.
        """
        if not training:
            return ActivationMemory(
                weights=self.weight_bytes, activations=self.inference_bytes * batch_size
            )
        return ActivationMemory(
            weights=self.weight_bytes,
            activations=self.kept_bytes * batch_size,
            gradients=self.gradient_bytes * batch_size + self.trainable_bytes,
            optimizer=self.trainable_bytes * optimizer_slots,
        )

    def __str__(self) -> str:
        fields = {
            name: "the whole image" if seen is None else f"{seen[0]} × {seen[1]} pixels"
            for name, seen in self.receptive_fields.items()
        }
        lines = [
            f"parameters       {self.parameters:,}, {self.trainable:,} of them trainable",
            f"FLOPs            {figure(self.operations / 1e9)} billion",
            f"weights          {_mebibytes(self.weight_bytes)}",
            f"memory, training {_mebibytes(self.training_bytes)}",
            f"memory, running  {_mebibytes(self.inference_bytes)}",
            *(f"receptive field  {text} ({name})" for name, text in fields.items()),
        ]
        title = f"one image of {self.image[0]} × {self.image[1]} pixels"
        unknown = [f"unknown layers   {', '.join(self.assumed)}"] if self.assumed else []
        return "\n".join([title, *(f"  {line}" for line in [*lines, *unknown])])


def inspect(model: keras.Model, image: Sequence[int] | None = None) -> Inspection:
    """The cost of a model, and the receptive fields of its outputs.

    Args:
        model: a model from ``poise.build``, or any functional Keras model of one image
            ``(N, H, W, C)`` without nested models.
        image: height and width of the image in pixels, if the model leaves them open.

    Raises:
        BuildError: the size is open and ``image`` is missing, or ``image`` has another size
            than the model.
    """
    from poise.inspection.receptive_field import receptive_fields

    height, width = size = _size(model, image)
    model_calls = calls(model)
    of_tensors = shapes(model, (*size, model.inputs[0].shape[3]))
    seen, unknown = receptive_fields(model)
    groups = _by_operation(model_calls)
    layers = tuple(_cost(group, of_tensors, seen) for group in groups)
    outputs = outputs_of(model)
    sizes = {
        id(out): _memory(of_tensors[id(out)], out.dtype)
        for call in model_calls
        for out in call.outputs
    }
    step = step_memory(model_calls, model.outputs, sizes)
    return Inspection(
        image=(height, width),
        parameters=model.count_params(),
        trainable=sum(math.prod(weight.shape) for weight in model.trainable_weights),
        operations=sum(layer.operations for layer in layers),
        weight_bytes=sum(_memory(weight.shape, weight.dtype) for weight in model.weights),
        training_bytes=sum(layer.bytes for layer in layers),
        inference_bytes=_most_at_once(model, model_calls, of_tensors),
        trainable_bytes=sum(_memory(each.shape, each.dtype) for each in model.trainable_weights),
        kept_bytes=step.activations,
        gradient_bytes=step.gradients,
        receptive_fields={
            name: seen[tensor._keras_history.operation.name] for name, tensor in outputs.items()
        },
        layers=layers,
        assumed=tuple(unknown),
    )


def outputs_of(model: Any) -> dict[str, Any]:
    """Name of each output of a model → its tensor."""
    outputs = model.output
    if isinstance(outputs, dict):
        return outputs
    tensors = outputs if isinstance(outputs, list | tuple) else [outputs]
    return {tensor._keras_history.operation.name: tensor for tensor in tensors}


def _size(model: Any, image: Sequence[int] | None) -> Pixels:
    of_model = tuple(model.inputs[0].shape[1:3])
    size = of_model if image is None else tuple(image)[:2]
    for fixed, length in zip(of_model, size, strict=True):
        if length is None:
            what = "the model takes images of any size; pass one, as in inspect(model, (512, 512))"
            raise BuildError([Fault(what, "image")])
        if fixed not in (None, length):
            sides = " × ".join("any" if side is None else str(side) for side in of_model)
            what = f"must be {sides} pixels, as in the model, got {size}"
            raise BuildError([Fault(what, "image")])
    return int(size[0]), int(size[1])


def _by_operation(model_calls: Sequence[Call]) -> list[list[Call]]:
    """The calls of each layer or operation: a single one unless a layer is shared."""
    groups: dict[str, list[Call]] = {}
    for call in model_calls:
        groups.setdefault(call.name, []).append(call)
    return list(groups.values())


def _cost(
    group: Sequence[Call],
    of_tensors: Mapping[int, tuple[int, ...]],
    seen: Mapping[str, Pixels | None],
) -> LayerCost:
    last = group[-1]
    return LayerCost(
        name=last.name,
        kind=last.kind,
        shape=tuple(last.outputs[0].shape),
        # Operations without a layer have no weights.
        parameters=sum(math.prod(w.shape) for w in getattr(last.operation, "weights", ())),
        operations=sum(_operations(call, of_tensors) for call in group),
        bytes=sum(_bytes(call, of_tensors) for call in group),
        receptive_field=seen[last.name],
    )


def _operations(call: Call, of_tensors: Mapping[int, tuple[int, ...]]) -> int:
    """FLOPs of a convolution or dense layer, or what the layer says; 0 for any other."""
    layer = call.operation
    count = getattr(layer, "flops", None)
    if callable(count):
        flops: Any = count([of_tensors[id(tensor)] for tensor in call.inputs])
        return int(flops)
    if hasattr(layer, "layers"):  # a nested model: its cost is unknown
        return 0
    kernels = [
        weight
        for weight in getattr(layer, "weights", ())
        if weight.path.rpartition("/")[2].endswith("kernel")
    ]
    if not kernels:
        return 0
    shape = of_tensors[id(call.outputs[0])]
    # A transposed convolution computes once per cell of its input.
    at = of_tensors[id(call.inputs[0])] if "Transpose" in call.kind else shape
    cells = math.prod(at[1:-1])
    biased = math.prod(shape) if getattr(layer, "use_bias", False) else 0
    return 2 * cells * sum(int(math.prod(kernel.shape)) for kernel in kernels) + int(biased)


def _bytes(call: Call, of_tensors: Mapping[int, tuple[int, ...]]) -> int:
    return sum(_memory(of_tensors[id(output)], output.dtype) for output in call.outputs)


def _memory(shape: Sequence[int], dtype: str) -> int:
    import numpy as np

    # NumPy has no bfloat16.
    each: int = 2 if dtype == "bfloat16" else np.dtype(dtype).itemsize
    return each * math.prod(shape)


def _most_at_once(
    model: Any, model_calls: Sequence[Call], of_tensors: Mapping[int, tuple[int, ...]]
) -> int:
    """The most bytes in use at any time; each output is kept until its last use."""
    last = {id(tensor): index for index, call in enumerate(model_calls) for tensor in call.inputs}
    last |= {id(tensor): len(model_calls) for tensor in model.outputs}
    held: dict[int, int] = {}
    most = 0
    for index, call in enumerate(model_calls):
        held |= {id(out): _memory(of_tensors[id(out)], out.dtype) for out in call.outputs}
        most = max(most, sum(held.values()))
        held = {key: size for key, size in held.items() if last.get(key, -1) > index}
    return most


def _mebibytes(count: int) -> str:
    return f"{figure(count / 2**20)} MiB"

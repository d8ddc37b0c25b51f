"""``inspect``: receptive field, operations, parameters and memory of a built model.

All of it is read from the graph; nothing is run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from poise.errors import BuildError, Fault
from poise.inspection.graph import Call, calls, shapes

if TYPE_CHECKING:
    import keras

Pixels = tuple[int, int]
"""Height and width."""


@attrs.frozen(kw_only=True)
class LayerCost:
    """What one layer, or an operation that is none, costs, for one image.

    Attributes:
        name: of the layer.
        kind: its class.
        shape: of its output, with ``None`` for images and for sizes that are open; the first
            of several, and that of the last call of a layer that is shared.
        parameters: numbers in its weights.
        operations: multiplications and additions, one each.
        bytes: of its outputs, of all calls.
        receptive_field: height and width of the pixels that a cell of its output depends on;
            ``None`` for all of the image. Of several calls, the most that is seen.
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
    """What a model costs and sees, for one image.

    Attributes:
        image: height and width of the image, in pixels.
        parameters: numbers in its weights.
        trainable: those of them that are trained.
        operations: multiplications and additions of convolutions and dense layers, one each;
            what the other layers do costs little beside them.
        weight_bytes: memory of the weights.
        training_bytes: memory of every layer's output, all of which are kept for gradients.
        inference_bytes: memory of the outputs that are needed at one time, at most.
        receptive_fields: output → height and width of the pixels that a cell of it depends
            on; ``None`` for all of the image.
        layers: the same by layer, in the order of computation.
        assumed: layers of kinds that are not known here, which are taken to cost nothing, and
            to work cell by cell, or on all of the image if they change its size.
    """

    image: Pixels
    parameters: int
    trainable: int
    operations: int
    weight_bytes: int
    training_bytes: int
    inference_bytes: int
    receptive_fields: Mapping[str, Pixels | None]
    layers: tuple[LayerCost, ...] = attrs.field(repr=False)
    assumed: tuple[str, ...] = ()

    def __str__(self) -> str:
        fields = {
            name: "all of the image" if seen is None else f"{seen[0]} × {seen[1]} pixels"
            for name, seen in self.receptive_fields.items()
        }
        lines = [
            f"parameters       {self.parameters:,}, {self.trainable:,} of them trainable",
            f"operations       {self.operations / 1e9:.3g} billion",
            f"weights          {_mebibytes(self.weight_bytes)}",
            f"memory, training {_mebibytes(self.training_bytes)}",
            f"memory, running  {_mebibytes(self.inference_bytes)}",
            *(f"receptive field  {text} ({name})" for name, text in fields.items()),
        ]
        title = f"one image of {self.image[0]} × {self.image[1]} pixels"
        unknown = [f"not known        {', '.join(self.assumed)}"] if self.assumed else []
        return "\n".join([title, *(f"  {line}" for line in [*lines, *unknown])])


def inspect(model: keras.Model, image: Sequence[int] | None = None) -> Inspection:
    """What a model costs, and what its outputs see of the image.

    Args:
        model: made by ``poise.build``, or any functional Keras model of one image
            ``(N, H, W, C)`` whose layers are not nested.
        image: height and width of the image, in pixels, where the model leaves them open.

    Raises:
        BuildError: the size is open and none is given, or it does not fit.
    """
    from poise.inspection.receptive_field import receptive_fields

    height, width = size = _size(model, image)
    every = calls(model)
    of_tensors = shapes(model, (*size, model.inputs[0].shape[3]))
    seen, unknown = receptive_fields(model)
    layers = tuple(_cost(of_one, of_tensors, seen) for of_one in _by_operation(every))
    outputs = {name: one._keras_history.operation.name for name, one in _outputs(model).items()}
    return Inspection(
        image=(height, width),
        parameters=model.count_params(),
        trainable=sum(math.prod(one.shape) for one in model.trainable_weights),
        operations=sum(one.operations for one in layers),
        weight_bytes=sum(_memory(one.shape, one.dtype) for one in model.weights),
        training_bytes=sum(one.bytes for one in layers),
        inference_bytes=_most_at_once(model, every, of_tensors),
        receptive_fields={name: seen[layer] for name, layer in outputs.items()},
        layers=layers,
        assumed=tuple(unknown),
    )


def _outputs(model: Any) -> dict[str, Any]:
    outputs = model.output
    if isinstance(outputs, dict):
        return outputs
    every = outputs if isinstance(outputs, list | tuple) else [outputs]
    return {one._keras_history.operation.name: one for one in every}


def _size(model: Any, image: Sequence[int] | None) -> Pixels:
    of_model = tuple(model.inputs[0].shape[1:3])
    given = of_model if image is None else tuple(image)[:2]
    for has, wants in zip(of_model, given, strict=True):
        if wants is None:
            what = "the model takes images of any size; give one, as in inspect(model, (512, 512))"
            raise BuildError([Fault(what, "image")])
        if has not in (None, wants):
            what = f"the model takes images of {of_model[0]} × {of_model[1]} pixels, got {given}"
            raise BuildError([Fault(what, "image")])
    return int(given[0]), int(given[1])


def _by_operation(every: Sequence[Call]) -> list[list[Call]]:
    """The calls of each layer or operation: one, unless a layer is shared."""
    found: dict[str, list[Call]] = {}
    for call in every:
        found.setdefault(call.name, []).append(call)
    return list(found.values())


def _cost(
    of_one: Sequence[Call],
    of_tensors: Mapping[int, tuple[int, ...]],
    seen: Mapping[str, Pixels | None],
) -> LayerCost:
    last = of_one[-1]
    return LayerCost(
        name=last.name,
        kind=last.kind,
        shape=tuple(last.outputs[0].shape),
        # Operations that are no layers have no weights.
        parameters=sum(math.prod(one.shape) for one in getattr(last.operation, "weights", ())),
        operations=sum(_operations(call, of_tensors) for call in of_one),
        bytes=sum(_bytes(call, of_tensors) for call in of_one),
        receptive_field=seen[last.name],
    )


def _operations(call: Call, of_tensors: Mapping[int, tuple[int, ...]]) -> int:
    """Multiplications and additions of a convolution or dense layer; 0 of any other."""
    layer = call.operation
    if hasattr(layer, "layers"):  # a model as a layer: what it computes is not known here
        return 0
    kernels = [
        weight
        for weight in getattr(layer, "weights", ())
        if weight.path.rpartition("/")[2].endswith("kernel")
    ]
    if not kernels:
        return 0
    shape = of_tensors[id(call.outputs[0])]
    # A transposed convolution is computed at each cell that it is given.
    at = of_tensors[id(call.inputs[0])] if "Transpose" in call.kind else shape
    cells = math.prod(at[1:-1])
    biased = math.prod(shape) if getattr(layer, "use_bias", False) else 0
    return 2 * cells * sum(int(math.prod(one.shape)) for one in kernels) + int(biased)


def _bytes(call: Call, of_tensors: Mapping[int, tuple[int, ...]]) -> int:
    return sum(_memory(of_tensors[id(one)], one.dtype) for one in call.outputs)


def _memory(shape: Sequence[int], dtype: str) -> int:
    import numpy as np

    # NumPy has no bfloat16 of its own.
    each: int = 2 if dtype == "bfloat16" else np.dtype(dtype).itemsize
    return each * math.prod(shape)


def _most_at_once(
    model: Any, every: Sequence[Call], of_tensors: Mapping[int, tuple[int, ...]]
) -> int:
    """The most bytes that must be kept at any one time, each until its last use."""
    last = {id(tensor): index for index, call in enumerate(every) for tensor in call.inputs}
    last |= {id(tensor): len(every) for tensor in model.outputs}
    held: dict[int, int] = {}
    most = 0
    for index, call in enumerate(every):
        held |= {id(one): _memory(of_tensors[id(one)], one.dtype) for one in call.outputs}
        most = max(most, sum(held.values()))
        held = {one: size for one, size in held.items() if last.get(one, -1) > index}
    return most


def _mebibytes(count: int) -> str:
    return f"{count / 2**20:.3g} MiB"

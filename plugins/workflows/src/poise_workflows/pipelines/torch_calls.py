"""Keras on PyTorch without its needless copies.

Keras copies the input of every convolution and pooling into the layout ``(N, C, H, W)``, that of a
convolution back from it, and its kernel, too; and it adds the bias in a pass of its own. PyTorch
computes in the layout that images of Keras have already, and adds the bias while it convolves. Each
call of an operation of Keras costs more than a call of PyTorch's, which small images show.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

IMAGES = 4
"""Axes of a batch of images, and of the kernel of a convolution of images."""

OFTEN_OF_CROPS = 20
"""After how many batches of a size crops are recorded: they come in many sizes of batches."""

OF_VALUES = (
    *("item", "numpy", "tolist", "nonzero", "__array__"),
    *("__bool__", "__int__", "__float__", "__complex__", "__index__"),
)
"""Methods of tensors that show their values to Python, which may decide by them."""

AGREES = 1e-4
"""Largest difference from Keras, as a part of the largest value of an output; that of exports."""


class TorchFunction:
    """A model that predicts as Keras does, in fewer passes over the memory and fewer calls.

    The first batch is predicted by Keras, and once more without its copies. Where both agree, the
    copies are left out from then on. Of a size of batches that comes often, PyTorch records its
    operations, which takes seconds. Where they give the same for the next batch, later ones repeat
    them without Keras. What differs or cannot be recorded is left to Keras.

    Args:
        function: the ``keras.Model`` that is called.
        biases: what ``keep_kernels`` returned.
        often: after how many batches of a size its operations are recorded.
    """

    def __init__(self, function: Any, biases: dict[int, Any], often: int = 2) -> None:
        self._keras, self._biases, self._often = function, biases, often
        self._agrees: bool | None = None
        self._seen: Counter[int] = Counter()
        self._recorded: dict[int, Any] = {}
        self._proven: set[int] = set()

    def predict_on_batch(self, images: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        """The outputs by name."""
        count = len(images)
        repeated = self._repeated(images)
        if repeated is not None and count in self._proven:
            return repeated
        outputs = self._quickly(images) if self._agrees else self._predicted(images)
        self._seen[count] += 1
        if repeated is not None:  # of another batch than the recorded one
            self._prove(count, _agree(repeated, outputs))
        elif self._agrees and self._seen[count] == self._often:
            self._recorded[count] = self._record(images)
        return outputs

    def _repeated(self, images: npt.NDArray[Any]) -> dict[str, Any] | None:
        """What the recorded operations give, if there are any and they can be repeated."""
        recorded = self._recorded.get(len(images))
        if recorded is None:
            return None
        try:
            return _called(recorded, images)
        except Exception:  # noqa: BLE001 - as in `_record`; Keras raises what is to be raised
            self._prove(len(images), False)
            return None

    def _predicted(self, images: npt.NDArray[Any]) -> dict[str, Any]:
        """The outputs of Keras as it is, and once whether those without copies are the same."""
        outputs: dict[str, Any] = self._keras.predict_on_batch(images)
        if self._agrees is None:
            self._agrees = _agree(self._quickly(images), outputs)
        return outputs

    def _quickly(self, images: npt.NDArray[Any]) -> dict[str, Any]:
        with _mode()(self._biases):
            outputs: dict[str, Any] = self._keras.predict_on_batch(images)
        return outputs

    def _record(self, images: npt.NDArray[Any]) -> Any:
        """The operations as a function; ``None`` if a layer needs Python for more than those."""
        from torch.fx.experimental.proxy_tensor import make_fx

        def outputs_of(batch: Any) -> dict[str, Any]:
            outputs: dict[str, Any] = self._keras(batch, training=False)
            return outputs

        try:
            with _no_gradients(), _mode()(self._biases, refuses_values=True):
                recorded = make_fx(outputs_of)(_tensor(images))
        except Exception:  # noqa: BLE001 - whatever a layer does there, Keras can do it
            return None
        return None if _has_shapes_of_values(recorded) else recorded

    def _prove(self, count: int, agrees: bool) -> None:
        """Take what was recorded from now on, or never."""
        if agrees:
            self._proven.add(count)
        else:
            self._recorded[count] = None


def _has_shapes_of_values(recorded: Any) -> bool:
    """Whether a shape depends on values: Python may have decided by it while it was recorded."""
    import torch

    of_values = {torch.Tag.dynamic_output_shape, torch.Tag.data_dependent_output}
    return any(of_values & set(getattr(node.target, "tags", ())) for node in recorded.graph.nodes)


def _called(recorded: Any, images: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
    from keras import ops

    with _no_gradients():
        outputs = recorded(_tensor(images))
        return {name: ops.convert_to_numpy(output) for name, output in outputs.items()}


def _tensor(images: npt.NDArray[Any]) -> Any:
    from keras import ops

    return ops.convert_to_tensor(images)


def _no_gradients() -> Any:
    import torch

    return torch.no_grad()


def keep_kernels(model: Any) -> dict[int, Any]:
    """Store the kernels of convolutions in the layout in which PyTorch takes them.

    Keras permutes a kernel ``(H, W, I, O)`` to ``(O, I, H, W)`` and asks for it in the layout of
    images, which is a copy in every call. The values and the shape of the weights stay.

    Returns:
        Address of a kernel → the bias of its convolution.
    """
    import keras

    biases = {}
    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.Conv2D):
            kernel = layer.kernel.value
            kernel.data = kernel.data.permute(3, 0, 1, 2).contiguous().permute(1, 2, 3, 0)
            if layer.bias is not None:
                biases[kernel.data_ptr()] = layer.bias.value
    return biases


def _agree(here: Mapping[str, npt.NDArray[Any]], there: Mapping[str, npt.NDArray[Any]]) -> bool:
    return all(_differ_little(here[name], there[name]) for name in there)


def _differ_little(here: npt.NDArray[Any], there: npt.NDArray[Any]) -> bool:
    largest = float(np.abs(there).max(initial=0))
    return float(np.abs(here - there).max(initial=0)) <= AGREES * largest


@functools.cache
def _mode() -> Any:
    import torch
    from torch.overrides import TorchFunctionMode

    contiguous, layout = torch.Tensor.contiguous, torch.channels_last
    values = frozenset(getattr(torch.Tensor, name) for name in OF_VALUES)

    class Quick(TorchFunctionMode):
        """Leaves out copies that change the layout alone, and adds biases in convolutions."""

        def __init__(self, biases: dict[int, Any], *, refuses_values: bool = False) -> None:
            super().__init__()
            self._biases = biases
            self._refused = values if refuses_values else frozenset()
            self._added = 0

        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            options = kwargs or {}
            if func in self._refused:
                raise TypeError(f"{func.__name__} depends on values")
            if func is contiguous and len(args) == 1 and not options:
                (images,) = args
                if images.dim() == IMAGES and images.is_contiguous(memory_format=layout):
                    return images
            elif func is torch.conv2d and len(args) == 2 and "bias" not in options:
                bias = self._biases.get(args[1].data_ptr())
                if bias is not None:
                    self._added = bias.data_ptr()
                    return func(*args, bias=bias, **options)
            elif func is torch.add and len(args) == 2 and not options and self._added:
                images, bias = args
                if isinstance(bias, torch.Tensor) and bias.data_ptr() == self._added:
                    self._added = 0
                    return images
            return func(*args, **options)

    return Quick

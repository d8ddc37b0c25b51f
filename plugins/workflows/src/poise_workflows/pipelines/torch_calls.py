"""Keras on PyTorch without its needless copies.

Keras copies the input of every convolution and pooling into the layout ``(N, C, H, W)``, that of a
convolution back from it, and its kernel, too; and it adds the bias in a pass of its own. PyTorch
computes in the layout that images of Keras have already, and adds the bias while it convolves.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

IMAGES = 4
"""Axes of a batch of images, and of the kernel of a convolution of images."""

AGREES = 1e-4
"""Largest difference from Keras, as a part of the largest value of an output; that of exports."""


class TorchFunction:
    """A model that predicts as Keras does, in fewer passes over the memory.

    The first batch is predicted in both ways. Where they differ, Keras goes on alone.

    Args:
        function: the ``keras.Model`` that is called.
        biases: what ``keep_kernels`` returned.
    """

    def __init__(self, function: Any, biases: dict[int, Any]) -> None:
        self._keras, self._biases = function, biases
        self._agrees: bool | None = None

    def predict_on_batch(self, images: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        """The outputs by name."""
        if self._agrees:
            return self._quickly(images)
        expected: dict[str, Any] = self._keras.predict_on_batch(images)
        if self._agrees is None:
            quick = self._quickly(images)
            self._agrees = all(_agree(quick[name], expected[name]) for name in expected)
        return expected

    def _quickly(self, images: npt.NDArray[Any]) -> dict[str, Any]:
        with _mode()(self._biases):
            outputs: dict[str, Any] = self._keras.predict_on_batch(images)
        return outputs


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


def _agree(here: npt.NDArray[Any], there: npt.NDArray[Any]) -> bool:
    largest = float(np.abs(there).max(initial=0))
    return float(np.abs(here - there).max(initial=0)) <= AGREES * largest


@functools.cache
def _mode() -> Any:
    import torch
    from torch.overrides import TorchFunctionMode

    contiguous, layout = torch.Tensor.contiguous, torch.channels_last

    class Quick(TorchFunctionMode):
        """Leaves out copies that change the layout alone, and adds biases in convolutions."""

        def __init__(self, biases: dict[int, Any]) -> None:
            super().__init__()
            self._biases = biases
            self._added = 0

        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            options = kwargs or {}
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

"""A network as one would write it in PyTorch: the layers of a Keras model, one after the other."""

from __future__ import annotations

from typing import Any

import keras
import torch
from torch import nn
from torch.nn import functional


class Plain(nn.Module):
    """The layers of a U-Net with its weights, on images ``(N, C, H, W)``.

    Args:
        model: the functional Keras model: convolutions, ReLU, pooling, upsampling, concatenation.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.steps: list[tuple[str, str, list[str]]] = []
        self.convolutions = nn.ModuleDict()
        self.outputs = {name: _layer_of(tensor) for name, tensor in model.output.items()}
        for layer in model.layers:
            sources = [] if _is_input(layer) else _sources(layer)
            self.steps.append((layer.name, type(layer).__name__, sources))
            if isinstance(layer, keras.layers.Conv2D):
                self.convolutions[layer.name] = _convolution(layer)

    def forward(self, images: Any) -> dict[str, Any]:
        done: dict[str, Any] = {}
        for name, kind, sources in self.steps:
            x = [done[source] for source in sources]
            if kind == "InputLayer":
                done[name] = images
            elif kind in ("PadToMultiple", "CropToImage"):  # images that fit are left as they are
                done[name] = x[0]
            elif kind == "Conv2D":
                done[name] = self.convolutions[name](x[0])
            elif kind == "Activation":
                done[name] = functional.relu(x[0])
            elif kind == "MaxPooling2D":
                done[name] = functional.max_pool2d(x[0], 2)
            elif kind.endswith("UpSampling2D"):
                done[name] = functional.interpolate(x[0], scale_factor=2, mode="bilinear")
            elif kind == "Concatenate":
                done[name] = torch.cat(x, dim=1)
            else:
                raise TypeError(f"{name}: no plain {kind}")
        return {name: done[layer] for name, layer in self.outputs.items()}


def _is_input(layer: Any) -> bool:
    return isinstance(layer, keras.layers.InputLayer)


def _sources(layer: Any) -> list[str]:
    tensors = layer.input if isinstance(layer.input, list) else [layer.input]
    return [_layer_of(tensor) for tensor in tensors]


def _layer_of(tensor: Any) -> str:
    return str(tensor._keras_history.operation.name)


def _convolution(layer: Any) -> Any:
    kernel, bias = layer.get_weights()
    *size, inputs, filters = kernel.shape
    conv = nn.Conv2d(inputs, filters, tuple(size), padding="same")
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy()))
        conv.bias.copy_(torch.from_numpy(bias))
    return conv

"""Layers that prepare images for networks trained on ImageNet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="poise")
class EnsureRGB(keras.layers.Layer):
    """Repeats one channel three times: gray ``(N, H, W, 1)`` in, ``(N, H, W, 3)`` out."""

    cell_by_cell = True

    def call(self, images: Any) -> Any:
        return ops.repeat(images, 3, axis=-1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], 3)


@keras.saving.register_keras_serializable(package="poise")
class NormalizeChannels(keras.layers.Layer):
    """Scales images, and shifts and scales each channel: ``(scale · x - mean) / std``.

    Args:
        scale: the value that 1 is scaled to: 255, or 1.
        mean: mean of each channel, after scaling.
        std: standard deviation of each channel, after scaling.
        reverse: whether channels are reversed first (RGB to BGR). ``mean`` and
            ``std`` are in the reversed order.
    """

    cell_by_cell = True

    def __init__(
        self,
        scale: float = 1.0,
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (1.0, 1.0, 1.0),
        reverse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.scale, self.reverse = float(scale), bool(reverse)
        self.mean, self.std = tuple(mean), tuple(std)

    def call(self, images: Any) -> Any:
        x = ops.flip(images, axis=-1) if self.reverse else images
        # Fold the constants here, so a call is one multiplication and one addition.
        factor = [self.scale / std for std in self.std]
        shift = [-mean / std for mean, std in zip(self.mean, self.std, strict=True)]
        return x * ops.convert_to_tensor(factor, dtype=x.dtype) + ops.convert_to_tensor(
            shift, dtype=x.dtype
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        own = {"scale": self.scale, "mean": list(self.mean), "std": list(self.std)}
        return {**super().get_config(), **own, "reverse": self.reverse}

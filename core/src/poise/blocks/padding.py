"""Padding to a multiple and cropping back, inside the model."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


def _up(size: int | None, multiple: int) -> int | None:
    return None if size is None else -(-size // multiple) * multiple


@keras.saving.register_keras_serializable(package="poise")
class PadToMultiple(keras.layers.Layer):
    """Pads with zeros at the bottom and the right, up to the next multiple.

    Input ``(N, H, W, C)``, output ``(N, H', W', C)`` with H' and W' the next multiples. As in
    SLEAP, the origin of image coordinates does not move.

    Args:
        multiple: padded height and width are multiples of this, in pixels.
    """

    def __init__(self, multiple: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.multiple = multiple

    def call(self, images: Any) -> Any:
        # Padding by a constant and cropping to the size works on every backend, even if
        # sizes are known only when the model runs.
        height, width = ops.shape(images)[1:3]
        most = self.multiple - 1
        padded = ops.pad(images, [[0, 0], [0, most], [0, most], [0, 0]])
        return padded[
            :,
            : (height + most) // self.multiple * self.multiple,
            : (width + most) // self.multiple * self.multiple,
            :,
        ]

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, height, width, channels = input_shape
        return (batch, _up(height, self.multiple), _up(width, self.multiple), channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "multiple": self.multiple}


@keras.saving.register_keras_serializable(package="poise")
class CropToImage(keras.layers.Layer):
    """Crops a map of a padded image to the cells of the image without padding.

    Inputs ``[maps (N, h, w, C), image (N, H, W, c)]``, output
    ``(N, ceil(H / stride), ceil(W / stride), C)``.

    Args:
        stride: input pixels per cell of the maps.
    """

    def __init__(self, stride: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stride = stride

    def call(self, inputs: Any) -> Any:
        maps, image = inputs
        height, width = ops.shape(image)[1:3]
        return maps[
            :,
            : (height + self.stride - 1) // self.stride,
            : (width + self.stride - 1) // self.stride,
            :,
        ]

    def compute_output_shape(self, input_shape: Any) -> Any:
        maps, image = input_shape
        cells = [None if size is None else -(-size // self.stride) for size in image[1:3]]
        return (maps[0], *cells, maps[3])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "stride": self.stride}

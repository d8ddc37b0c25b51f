"""Padding to a multiple and cropping back, inside the model."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


def _up(size: int | None, multiple: int, minimum: int = 1) -> int | None:
    return None if size is None else -(-max(size, minimum) // multiple) * multiple


def _are_numbers(*sizes: Any) -> bool:
    # Inside of a compiled function sizes may be tensors.
    return all(isinstance(size, int) for size in sizes)


@keras.saving.register_keras_serializable(package="poise")
class PadToMultiple(keras.layers.Layer):
    """Pads with zeros at the bottom and the right, up to the next multiple.

    Input ``(N, H, W, C)``, output ``(N, H', W', C)`` with H' and W' the next multiples. As in
    SLEAP, the origin of image coordinates does not move.

    Args:
        multiple: padded height and width are multiples of this, in pixels.
        minimum: padded height and width are at least this, in pixels.
    """

    def __init__(self, multiple: int, minimum: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.multiple, self.minimum = multiple, minimum

    def call(self, images: Any) -> Any:
        height, width = ops.shape(images)[1:3]
        if not _are_numbers(height, width):
            return self._padded_by_a_constant(images, height, width)
        below, right = self._padded(height) - height, self._padded(width) - width
        if not below and not right:
            return images
        return ops.pad(images, [[0, 0], [0, below], [0, right], [0, 0]])

    def _padded(self, size: Any) -> Any:
        return _up(size, self.multiple, self.minimum)

    def _padded_by_a_constant(self, images: Any, height: Any, width: Any) -> Any:
        # Padding by a constant and cropping to the size needs no size before the model runs.
        least = self._padded(1)
        most = least - 1
        padded = ops.pad(images, [[0, 0], [0, most], [0, most], [0, 0]])
        sizes = [
            (size + self.multiple - 1) // self.multiple * self.multiple for size in (height, width)
        ]
        if least > self.multiple:
            sizes = [ops.maximum(size, least) for size in sizes]
        return padded[:, : sizes[0], : sizes[1], :]

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, height, width, channels = input_shape
        return (batch, self._padded(height), self._padded(width), channels)

    def get_config(self) -> dict[str, Any]:
        own = {"multiple": self.multiple, "minimum": self.minimum}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="poise")
class CropToImage(keras.layers.Layer):
    """Crops a map of a padded image to the cells of the image without padding.

    Inputs ``[maps (N, h, w, C), image (N, H, W, c), padded image (N, H', W', c)]``, output
    ``(N, ceil(H / stride), ceil(W / stride), C)``, where the stride is H' / h: that of the maps,
    not of the head. SLEAP built maps that are finer or coarser than it says.
    """

    def call(self, inputs: Any) -> Any:
        maps, image, padded = inputs
        sizes = zip(*(ops.shape(x)[1:3] for x in (maps, image, padded)), strict=True)
        rows, columns = (_cells(*of_axis) for of_axis in sizes)
        if _are_numbers(rows, columns) and tuple(maps.shape[1:3]) == (rows, columns):
            return maps
        return maps[:, :rows, :columns, :]

    def compute_output_shape(self, input_shape: Any) -> Any:
        maps, image, padded = input_shape
        sizes = zip(maps[1:3], image[1:3], padded[1:3], strict=True)
        cells = [None if None in of_axis else _cells(*of_axis) for of_axis in sizes]
        return (maps[0], *cells, maps[3])


def _cells(of_padded: Any, image: Any, padded: Any) -> Any:
    """How many cells the image reaches, of those that the padded image has."""
    return (image * of_padded + padded - 1) // padded

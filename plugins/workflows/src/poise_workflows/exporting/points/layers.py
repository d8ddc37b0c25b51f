"""The steps of a graph that are layers, since they need more than Keras knows while it plans one.

That is how many images there are; and Keras marks products with plain numbers as sparse then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from poise import editions
from poise.editions import Edition
from poise.specs import GraphDecoding


class Step(keras.layers.Layer):
    """Arithmetic of images or places.

    Args:
        function: from tensors to a tensor.
        edition: which is in force meanwhile.
    """

    def __init__(self, function: Callable[..., Any], edition: Edition, **options: Any) -> None:
        super().__init__(**options)
        self._compute = function
        self._edition: Edition = edition

    def call(self, *tensors: Any) -> Any:
        """What the function makes of tensors."""
        with editions.edition(self._edition):
            return self._compute(*tensors)


class Decoded(keras.layers.Layer):
    """Decodes a network's predictions by the rules of its head type.

    Args:
        decoding: of the head type.
        edition: of the model.
    """

    def __init__(self, decoding: GraphDecoding, edition: Edition, **options: Any) -> None:
        super().__init__(**options)
        self._decoding = decoding
        self._edition: Edition = edition

    def call(self, predictions: Any, centroid_scores: Any = None) -> Any:
        """The outputs of ``GraphDecoding``.

        Args:
            predictions: the last stack's outputs by name.
            centroid_scores: ``(N,)`` of a first stage.
        """
        given = {} if centroid_scores is None else {"centroid_scores": centroid_scores}
        with editions.edition(self._edition):
            return self._decoding.call(predictions, **given)


class Crops(keras.layers.Layer):
    """Cuts crops out of images; see ``poise_workflows.pipelines.crops.cut_crops``.

    Args:
        side: of the crops, in pixels.
        as_sleap: see there.
    """

    def __init__(self, side: int, *, as_sleap: bool, **options: Any) -> None:
        super().__init__(**options)
        self._side, self._as_sleap = side, as_sleap

    def call(self, images: Any, centers: Any) -> Any:
        """Cut a crop around each center.

        Args:
            images: ``(N, H, W, C)``, with the values of uint8.
            centers: ``(N, K, 2)``, x then y in pixels; NaN gives a crop of whatever is at 0.

        Returns:
            ``(N · K, side, side, C)``, truncated.
        """
        _, height, width, channels = images.shape
        centers = ops.where(ops.isnan(centers), 0.0, centers)
        columns = _Axis(self._places(centers[..., 0, None], width), width)
        rows = _Axis(self._places(centers[..., 1, None], height), height)
        first = ops.arange(ops.shape(images)[0], dtype="int32")[:, None, None] * height
        pixels = ops.reshape(images, (-1, channels))

        def along(line: Any) -> Any:
            begins = (first + line)[..., :, None] * width
            low, high = (
                ops.take(pixels, begins + column[..., None, :], axis=0)
                for column in (columns.low, columns.high)
            )
            return low + (high - low) * columns.weight[..., None, :, None]

        above, below = along(rows.low), along(rows.high)
        crops = above + (below - above) * rows.weight[..., :, None, None]
        inside = ops.logical_and(rows.inside[..., :, None], columns.inside[..., None, :])
        crops = ops.where(inside[..., None], ops.floor(crops), 0.0)
        return ops.reshape(crops, (-1, self._side, self._side, channels))

    def _places(self, centers: Any, length: int) -> Any:
        """Where samples along an axis are, ``(N, K, side)``; operations in the host's order."""
        side = self._side
        half, steps = (side - 1) / 2, np.arange(side, dtype="float32")
        if not self._as_sleap or side == 1 or length == 1:
            return centers - half + steps
        last = float(length - 1)
        start, end = (centers - half) / last, (centers + half) / last
        step = (end - start) * last / float(side - 1)
        return start * last + steps * step


class _Axis:
    """The pixels around samples along an axis of an image.

    Args:
        places: ``(N, K, side)``, in pixels.
        length: of the axis, in pixels.
    """

    def __init__(self, places: Any, length: int) -> None:
        floor = ops.floor(places)
        self.inside = ops.logical_and(places >= 0, places <= length - 1)
        self.weight = places - floor
        low = ops.cast(ops.clip(floor, -1.0, float(length)), "int32")
        self.low, self.high = (ops.clip(low + step, 0, length - 1) for step in (0, 1))

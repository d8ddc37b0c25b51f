"""Adapt weights of networks for RGB images to another number of channels.

Each channel of the new image counts as gray. The weights of a channel are the mean over red,
green and blue, scaled in kernels to keep the sum over all channels. A gray image then gives the
same result as the image repeated to three channels.
"""

from __future__ import annotations

from typing import Any

from poise.weights import Record

RGB = 3


def adapted(record: Record, channels: int) -> Record:
    """A record of a layer that sees the image, adapted to another number of channels.

    Args:
        record: a kernel ``(rows, columns, 3 · k, channels out)``, or a vector ``(3 · k,)``; k
            is 1 unless the layer sees k pixels of the image side by side.
        channels: k times the number of channels of the image.

    Returns:
        The record with ``channels`` in place of 3 · k; unchanged if it has no such axis.
    """
    is_kernel = len(record.shape) == 4
    axis = 2 if is_kernel else 0
    if len(record.shape) not in (1, 4) or record.shape[axis] in (0, channels):
        return record
    pixels, rest = divmod(record.shape[axis], RGB)
    if rest or channels % pixels:
        return record
    shape = (*record.shape[:axis], channels, *record.shape[axis + 1 :])

    def read() -> Any:
        import numpy as np

        array = record.read()
        apart = array.reshape(*array.shape[:axis], pixels, RGB, *array.shape[axis + 1 :])
        mean = apart.mean(axis=axis + 1, keepdims=True)
        each = np.repeat(
            mean * (RGB * pixels / channels if is_kernel else 1), channels // pixels, axis + 1
        )
        return each.reshape(shape)

    return Record(record.layer, record.role, shape, read)

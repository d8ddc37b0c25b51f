"""Weights of networks for RGB images, for images of another number of channels.

The rule: each channel of such an image counts as gray. What belongs to a channel is the
mean over red, green and blue, and kernels are scaled so that the sum over all channels stays
what it was. A gray image then gives what it would give repeated to three channels.
"""

from __future__ import annotations

from typing import Any

from poise.weights import Record

RGB = 3


def adapted(record: Record, channels: int) -> Record:
    """A record of a layer that sees the image, for images of so many channels.

    Args:
        record: a kernel ``(rows, columns, 3 · k, channels out)``, or a vector ``(3 · k,)``; k
            is 1 unless the layer sees k pixels of the image side by side.
        channels: k times those of the images.

    Returns:
        The record with ``channels`` in place of 3 · k; the same if it has no such axis.
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

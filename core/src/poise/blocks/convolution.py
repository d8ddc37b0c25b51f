"""Convolution blocks of UNet and LEAP."""

from __future__ import annotations

from typing import Literal

from keras import layers

from poise.specs import Tensor


def max_pool(x: Tensor, name: str) -> Tensor:
    """Halve the resolution of ``x`` by 2×2 max pooling, in one layer named ``name``.

    Args:
        x: features ``(N, H, W, C)``.
        name: name of the layer.

    Returns:
        Features ``(N, ⌈H/2⌉, ⌈W/2⌉, C)``.
    """
    return layers.MaxPooling2D(2, strides=2, padding="same", name=name)(x)


def conv_block(
    x: Tensor,
    prefix: str,
    *,
    filters: int,
    convs: int,
    kernel_size: int = 3,
    pool: Literal["before", "after"] | None = None,
) -> Tensor:
    """Apply convolutions with bias, each followed by a relu layer, and optionally one pooling.

    Names: ``{prefix}_conv{k}`` and ``{prefix}_act{k}_relu`` with k from 0, and
    ``{prefix}_pool``.

    Args:
        x: features ``(N, H, W, C)``.
        prefix: the prefix of all layer names.
        filters: channels of every convolution.
        convs: number of convolutions.
        kernel_size: height and width of the kernels, in cells.
        pool: where to halve the resolution: before the convolutions, after them, or
            ``None`` for no pooling.

    Returns:
        Features ``(N, H, W, filters)``, or half the height and width with pooling.
    """
    if pool == "before":
        x = max_pool(x, f"{prefix}_pool")
    for k in range(convs):
        conv = layers.Conv2D(filters, kernel_size, padding="same", name=f"{prefix}_conv{k}")
        x = conv(x)
        x = layers.Activation("relu", name=f"{prefix}_act{k}_relu")(x)
    if pool == "after":
        x = max_pool(x, f"{prefix}_pool")
    return x

"""The upsampling steps. Imports Keras."""

from __future__ import annotations

from collections.abc import Sequence

from keras import layers

from poise.blocks.normalization import batch_normalization
from poise.fields.channels import channels_at
from poise.specs import Tensor
from poise_resnet.config import UpsamplingConfig


def upsample(
    x: Tensor,
    config: UpsamplingConfig,
    *,
    stride: int,
    steps: int,
    sources: Sequence[tuple[int, Tensor]],
) -> list[tuple[int, Tensor]]:
    """Enlarge features step by step.

    Names, where p is ``upsample_s{stride}_to_s{stride / block_stride}``: ``p_interp``, or
    ``p_trans_conv``, ``p_bn`` and ``p_relu``; ``p_skip_conv1x1`` and ``p_skip_add``, or
    ``p_skip_concat``; ``p_refine{k}_conv``, ``p_refine{k}_bn`` and ``p_refine{k}_relu``.

    Args:
        x: features ``(N, H, W, C)``.
        config: the layers of a step.
        stride: the nominal stride of ``x``, in pixels.
        steps: the number of steps.
        sources: features that can be joined, with their strides; of each stride, the first
            is joined.

    Returns:
        The features after each step, with their nominal stride.
    """
    passed = []
    for step in range(steps):
        finer = stride // config.block_stride
        name = f"upsample_s{stride}_to_s{finer}"
        channels = channels_at(config.filters, config.filters_rate, step)
        x = _enlarged(x, config, channels, name)
        source = next((tensor for at, tensor in sources if at == finer), None)
        if source is not None:
            x = _joined(x, source, config.skip_connections, name)
        for k in range(config.refine_convs):
            refine = f"{name}_refine{k}"
            conv = layers.Conv2D(channels, 3, padding="same", name=f"{refine}_conv")
            x = conv(x)
            x = _activated(x, config.batch_norm, refine)
        stride = finer
        passed.append((stride, x))
    return passed


def _enlarged(x: Tensor, config: UpsamplingConfig, channels: int, name: str) -> Tensor:
    factor = config.block_stride
    if config.method == "interpolation":
        return layers.UpSampling2D(factor, interpolation="bilinear", name=f"{name}_interp")(x)
    size = config.transposed_conv_kernel_size
    conv = layers.Conv2DTranspose(
        channels, size, strides=factor, padding="same", name=f"{name}_trans_conv"
    )
    return _activated(conv(x), config.batch_norm, name)


def _joined(x: Tensor, source: Tensor, how: str | None, name: str) -> Tensor:
    if how == "concatenate":
        return layers.Concatenate(name=f"{name}_skip_concat")([source, x])
    if how == "add":
        if source.shape[-1] != x.shape[-1]:
            conv = layers.Conv2D(x.shape[-1], 1, name=f"{name}_skip_conv1x1")
            source = conv(source)
        return layers.Add(name=f"{name}_skip_add")([source, x])
    return x


def _activated(x: Tensor, batch_norm: bool, name: str) -> Tensor:
    if batch_norm:
        x = batch_normalization(name=f"{name}_bn")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)

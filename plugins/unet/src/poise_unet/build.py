"""The network of a UNet configuration. Imports Keras; the plugin imports it when building."""

from __future__ import annotations

from functools import partial

from poise.blocks import (
    DecoderBlock,
    Stage,
    conv_block,
    encoder_decoder,
    max_pool,
    upsampling_block,
)
from poise.fields.channels import channels_at
from poise.specs import Features, Tensor
from poise_unet.config import UNetConfig

CONVS = 2
"""Convolutions in each block of stem and encoder."""

STEM_KERNEL = 7
"""Height and width of the stem's kernels; all others are 3×3."""


def build(config: UNetConfig, image: Tensor) -> list[Features]:
    """Build the network.

    Layer names are those of SLEAP 1.4: ``stem{i}_…``, ``stack{t}_enc{i}_…`` and
    ``stack{t}_dec{j}_s{a}_to_s{b}_…``.

    Args:
        config: the configuration to build.
        image: Keras tensor ``(N, H, W, C)``; H and W multiples of ``config.max_stride``.

    Returns:
        For each stack, features ``(N, H/stride, W/stride, channels)`` by stride, from
        ``max_stride`` down to ``output_stride``.
    """
    return encoder_decoder(
        image,
        stem=_stem(config),
        encoder=_encoder(config),
        decoder=_decoder(config),
        stacks=config.stacks,
    )


def _channels(config: UNetConfig, stride: int) -> int:
    return channels_at(config.filters, config.filters_rate, stride.bit_length() - 1)


def _halvings(first: int, last: int) -> list[int]:
    """Strides from ``first`` (included) up to ``last`` (excluded), each twice the one before."""
    return [first << i for i in range(last.bit_length() - first.bit_length())]


def _down(config: UNetConfig, first: int, last: int, kernel_size: int) -> list[Stage]:
    """Blocks from stride ``first`` on, and the pooling that ends at stride ``last``."""
    blocks = [
        Stage(
            partial(
                conv_block,
                filters=_channels(config, stride),
                convs=CONVS,
                kernel_size=kernel_size,
                pool=None if stride == first else "before",
            ),
            stride,
        )
        for stride in _halvings(first, last)
    ]
    return [*blocks, Stage(max_pool, last, "last_pool")]


def _stem(config: UNetConfig) -> list[Stage]:
    reached = config.stem_stride or 1
    return [] if reached == 1 else _down(config, 1, reached, STEM_KERNEL)


def _encoder(config: UNetConfig) -> list[Stage]:
    stages = _down(config, config.stem_stride or 1, config.max_stride, kernel_size=3)
    if config.middle_block:
        # SLEAP's names; with its settings "contract" does not contract.
        one_conv = partial(conv_block, filters=_channels(config, config.max_stride), convs=1)
        stages += [
            Stage(one_conv, config.max_stride, "middle_expand"),
            Stage(one_conv, config.max_stride, "middle_contract"),
        ]
    return stages


def _decoder(config: UNetConfig) -> list[DecoderBlock]:
    return [
        partial(
            upsampling_block,
            stride=2 * stride,
            filters=_channels(config, stride),
            interpolate=config.up_interpolate,
        )
        for stride in reversed(_halvings(config.output_stride, config.max_stride))
    ]

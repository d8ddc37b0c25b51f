"""The network of a LEAP configuration. Imports Keras; the plugin imports it when building."""

from __future__ import annotations

from functools import partial

from poise.blocks import DecoderBlock, Stage, conv_block, encoder_decoder, upsampling_block
from poise.fields.channels import channels_at
from poise.specs import Features, Tensor
from poise_leap.config import LEAPConfig, down_blocks, up_blocks

CONVS = 3
"""Convolutions in each block of the encoder."""


def build(config: LEAPConfig, image: Tensor) -> list[Features]:
    """Build the network.

    Layer names are those of SLEAP 1.4: ``stack{t}_enc{i}_…`` and
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
        encoder=_encoder(config),
        decoder=_decoder(config),
        stacks=config.stacks,
        skips=False,
    )


def _channels(config: LEAPConfig, level: int) -> int:
    return channels_at(config.filters, config.filters_rate, level)


def _encoder(config: LEAPConfig) -> list[Stage]:
    return [
        Stage(
            partial(conv_block, filters=_channels(config, level), convs=CONVS, pool="after"),
            stride=2 << level,
        )
        for level in range(down_blocks(config))
    ]


def _decoder(config: LEAPConfig) -> list[DecoderBlock]:
    # Levels are counted from the output, not from the image: a coarser output has fewer channels.
    levels = range(up_blocks(config), 0, -1)
    return [
        partial(
            upsampling_block,
            stride=config.output_stride << level,
            filters=_channels(config, level),
            interpolate=config.up_interpolate,
        )
        for level in levels
    ]

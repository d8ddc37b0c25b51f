"""The network of an Hourglass configuration. Imports Keras; imported when building."""

from __future__ import annotations

from functools import partial

from keras import layers

from poise.blocks import DecoderBlock, Stage, encoder_decoder, max_pool
from poise.blocks.normalization import batch_normalization
from poise.specs import Features, Tensor
from poise_hourglass.config import HourglassConfig, channels, levels


def build(config: HourglassConfig, image: Tensor) -> list[Features]:
    """Build the network.

    Layer names are those of SLEAP 1.4: ``stem0_…``, ``stack{t}_enc{i}_…`` and
    ``stack{t}_dec{j}_…``.

    Args:
        config: the configuration to build.
        image: Keras tensor ``(N, H, W, C)``; H and W multiples of ``config.max_stride``.

    Returns:
        For each stack, features ``(N, H/stride, W/stride, channels)`` by stride, from
        ``max_stride`` down to ``output_stride``.
    """
    depth = levels(config)
    return encoder_decoder(
        image,
        stem=[Stage(partial(_stem, config=config), config.stem_stride)],
        encoder=[
            Stage(
                partial(_down, filters=channels(config, level)),
                config.stem_stride << (level + 1),
            )
            for level in range(depth)
        ],
        decoder=_decoder(config, depth),
        stacks=config.stacks,
    )


def _decoder(config: HourglassConfig, depth: int) -> list[DecoderBlock]:
    ups = config.max_stride.bit_length() - config.output_stride.bit_length()
    return [partial(_up, filters=channels(config, depth - 1 - j)) for j in range(ups)]


def _conv(x: Tensor, prefix: str, filters: int, kernel_size: int = 3, strides: int = 1) -> Tensor:
    """Convolution with relu, then batch norm: in this order, as SLEAP has it."""
    conv = layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        activation="relu",
        name=f"{prefix}_conv",
    )
    x = conv(x)
    return batch_normalization(name=f"{prefix}_bn")(x)


def _stem(x: Tensor, prefix: str, config: HourglassConfig) -> Tensor:
    filters, stride = config.stem_filters, config.stem_stride
    x = _conv(x, f"{prefix}_conv7x7", filters, 7, strides=2 if stride == 4 else 1)
    x = _conv(x, f"{prefix}_conv3x3", 2 * filters)
    # With stride 1 the pooling remains: each cell takes the largest of four neighbors.
    x = layers.MaxPooling2D(
        2, strides=1 if stride == 1 else 2, padding="same", name=f"{prefix}_pool"
    )(x)
    return _conv(x, f"{prefix}_conv3x3_out", config.filters)


def _down(x: Tensor, prefix: str, filters: int) -> Tensor:
    return _conv(max_pool(x, f"{prefix}_pool"), f"{prefix}_conv", filters)


def _up(x: Tensor, source: Tensor, prefix: str, filters: int) -> Tensor:
    x = _conv(x, f"{prefix}_conv", filters)
    x = layers.UpSampling2D(2, interpolation="nearest", name=f"{prefix}_nearest")(x)
    source = _conv(source, f"{prefix}_skip", filters)
    return layers.Add(name=f"{prefix}_skip_add")([x, source])

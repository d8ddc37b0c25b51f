"""The configuration of LEAP, as SLEAP 1.4 documents it."""

from __future__ import annotations

from typing import Any

import attrs

from poise.fields import at_most, boolean, integer, is_power_of_two, positive, power_of_two
from poise.fields.channels import keeps_channels
from poise.fields.stacks import stacks_join


def down_blocks(config: Any) -> int:
    """Blocks of the encoder, each of which halves the resolution."""
    return int(config.max_stride).bit_length() - 1


def up_blocks(config: Any) -> int:
    """Blocks of the decoder, each of which doubles the resolution."""
    return down_blocks(config) - (int(config.output_stride).bit_length() - 1)


def _levels(config: Any) -> int:
    """How many channel counts a network of this configuration has."""
    if not (is_power_of_two(config.max_stride) and is_power_of_two(config.output_stride)):
        return 0  # the strides report their own faults
    return max(down_blocks(config), up_blocks(config) + 1)


@attrs.frozen(kw_only=True)
class LEAPConfig:
    """Encoder and decoder in a row, without skip connections.

    Block i of the encoder has ``int(filters · filters_rate^i)`` channels. The decoder counts
    from its end: the last block has ``int(filters · filters_rate)`` channels, the one before
    it ``int(filters · filters_rate^2)``, and so on.

    Attributes:
        max_stride: stride at the bottom of the network, in input pixels: a power of two, with
            one down block for each factor of two. It sets the receptive field; image height
            and width must be multiples of it. Doubling the stride about doubles the
            receptive field and, at ``filters_rate`` 2, quadruples the parameters.
        output_stride: stride of the finest features, in input pixels. 1 keeps the image's
            resolution; coarser features cost much less memory and time, and give coarser
            peaks. The decoder's channels are counted from here: each factor of two divides
            the channels of all its blocks by ``filters_rate``.
        filters: channels of the first block. Parameters grow with its square. Small
            values learn simple scenes and run fast; large ones distinguish more.
        filters_rate: factor of the channels from one block to the next. Counts are
            truncated, not rounded: 5 filters at rate 1.5 give 5, 7, 11. No block may fall
            below one channel.
        up_interpolate: double the resolution by bilinear interpolation instead of
            learned transposed convolutions: fewer parameters and no checkerboard patterns,
            but the network cannot learn how to fill in between cells.
        stacks: how often encoder and decoder are repeated, each refining the features of
            the one before and with separate heads. Cost grows in proportion. More than
            one needs an ``output_stride`` of 1.

    Raises:
        ConfigError: a value outside its domain.
    """

    max_stride: int = attrs.field(default=8, validator=power_of_two(at_least=2))
    output_stride: int = attrs.field(default=1, validator=[power_of_two(), at_most("max_stride")])
    filters: int = attrs.field(default=64, validator=integer(at_least=1))
    filters_rate: float = attrs.field(default=2, validator=[positive(), keeps_channels(_levels)])
    up_interpolate: bool = attrs.field(default=False, validator=boolean())
    stacks: int = attrs.field(
        default=1, validator=[integer(at_least=1), stacks_join(lambda config: 1, "1")]
    )

"""The configuration of UNet, as SLEAP 1.4 documents it."""

from __future__ import annotations

from typing import Any

import attrs

from poise.fields import (
    at_most,
    below,
    boolean,
    integer,
    is_power_of_two,
    optional,
    positive,
    power_of_two,
)
from poise.fields.channels import keeps_channels
from poise.fields.stacks import stacks_join


def _levels(config: Any) -> int:
    """How many channel counts a network of this configuration has."""
    if not is_power_of_two(config.max_stride):
        return 0  # max_stride reports its own fault
    halvings = int(config.max_stride).bit_length() - 1
    return halvings + 1 if config.middle_block is True else halvings


@attrs.frozen(kw_only=True)
class UNetConfig:
    """Encoder and decoder joined by skip connections, at any depth and width.

    Level k has ``int(filters · filters_rate^k)`` channels. Level 0 is the input's
    resolution; each halving starts the next level.

    Attributes:
        stem_stride: stride, in input pixels, that a stem of 7×7 convolutions reaches before
            the first encoder block; the stem is not repeated by ``stacks``. It widens the
            receptive field for few parameters, but no skip connection carries anything
            finer than its stride to the decoder. ``None`` (or 1) means no stem.
        max_stride: stride at the bottom of the network, in input pixels, the stem included:
            a power of two, with one down block for each factor of two. It sets the
            receptive field; image height and width must be multiples of it. Doubling the
            stride about doubles the receptive field and, at ``filters_rate`` 2,
            quadruples the parameters.
        output_stride: stride of the finest features, in input pixels. 1 keeps the image's
            resolution; coarser features cost much less memory and time, and give coarser
            peaks.
        filters: channels of the first block. Parameters grow with its square. Small
            values learn simple scenes and run fast; large ones distinguish more.
        filters_rate: factor of the channels from one level to the next. 2 gives the
            classical UNet; 1.5 keeps deep networks (``max_stride`` 32 and above) small.
            No level may fall below one channel.
        middle_block: two more convolutions at ``max_stride``, between encoder and decoder.
            They widen the receptive field by 4·``max_stride`` pixels and hold a large part
            of the parameters.
        up_interpolate: double the resolution by bilinear interpolation instead of
            learned transposed convolutions: fewer parameters and no checkerboard patterns,
            but the network cannot learn how to fill in between cells.
        stacks: how often encoder and decoder are repeated, each refining the features of
            the one before. Cost grows in proportion. More than one needs an
            ``output_stride`` equal to the stem's stride (1 without a stem).

    Raises:
        ConfigError: a value outside its domain.
    """

    stem_stride: int | None = attrs.field(
        default=None, validator=[optional(power_of_two()), below("max_stride")]
    )
    max_stride: int = attrs.field(default=16, validator=power_of_two(at_least=2))
    output_stride: int = attrs.field(default=1, validator=[power_of_two(), at_most("max_stride")])
    filters: int = attrs.field(default=64, validator=integer(at_least=1))
    filters_rate: float = attrs.field(default=2, validator=[positive(), keeps_channels(_levels)])
    middle_block: bool = attrs.field(default=True, validator=boolean())
    up_interpolate: bool = attrs.field(default=False, validator=boolean())
    stacks: int = attrs.field(
        default=1,
        validator=[
            integer(at_least=1),
            stacks_join(lambda config: config.stem_stride or 1, "stem_stride (1 without a stem)"),
        ],
    )

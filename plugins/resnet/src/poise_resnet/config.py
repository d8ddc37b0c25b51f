"""The configuration of ResNet, as SLEAP 1.4 documents it."""

from __future__ import annotations

from typing import Any

import attrs

from poise.editions import means_sleap
from poise.fields import (
    boolean,
    instance_of,
    integer,
    is_integer,
    is_power_of_two,
    one_of,
    optional,
    positive,
    power_of_two,
    rule,
)
from poise.fields.channels import channels_at
from poise.messages import join_names
from poise_resnet.differences import OUTPUT_STRIDE_UNCHECKED, STRIDE_OF_NO_NETWORK
from poise_resnet.strides import (
    BLOCKS,
    DEEPEST,
    strides_with_upsampling,
    strides_without_upsampling,
    truncated_steps,
)


@attrs.frozen(kw_only=True)
class UpsamplingConfig:
    """A decoder: each step enlarges the features, joins a skip connection and refines them.

    Step k has ``int(filters · filters_rate^k)`` channels, k from 0.

    Attributes:
        method: ``"interpolation"`` resizes bilinearly; ``"transposed_conv"`` learns how to
            fill in between cells, with more parameters.
        skip_connections: how the encoder's features of the same stride are joined.
            ``"concatenate"`` keeps them beside the upsampled ones; ``"add"`` adds them, with
            a 1×1 convolution where channel counts differ (large with interpolation: it maps
            to as many channels as come in); ``None`` leaves them out, which is smallest and
            loses detail.
        block_stride: factor of each step: a power of two. ``max_stride / output_stride``
            must be a power of it. Large factors save steps but blur.
        filters: channels of the first step.
        filters_rate: factor of the channels from one step to the next. No step may fall
            below one channel.
        refine_convs: number of 3×3 convolutions after each step. 0 with interpolation leaves
            a decoder without parameters.
        batch_norm: normalize after each transposed and each refining convolution. SLEAP's
            documentation calls it ``conv_batchnorm``.
        transposed_conv_kernel_size: height and width of transposed convolutions' kernels, in
            cells; read with ``"transposed_conv"`` only. A multiple of ``block_stride`` avoids
            checkerboard patterns.

    Raises:
        ConfigError: a value outside its domain.
    """

    method: str = attrs.field(
        default="interpolation", validator=one_of(("interpolation", "transposed_conv"))
    )
    skip_connections: str | None = attrs.field(
        default=None, validator=optional(one_of(("add", "concatenate")))
    )
    block_stride: int = attrs.field(default=2, validator=power_of_two(at_least=2, floored=False))
    filters: int = attrs.field(default=64, validator=integer(at_least=1))
    filters_rate: float = attrs.field(default=1, validator=positive())
    refine_convs: int = attrs.field(default=2, validator=integer(at_least=0))
    batch_norm: bool = attrs.field(
        default=True, validator=boolean(), metadata={"aliases": ("conv_batchnorm",)}
    )
    transposed_conv_kernel_size: int = attrs.field(default=4, validator=integer(at_least=1))


def _has_a_network(config: Any, max_stride: Any) -> bool:
    return not is_integer(max_stride) or max_stride <= DEEPEST or means_sleap(STRIDE_OF_NO_NETWORK)


def _valid_strides(config: Any) -> list[int]:
    """The strides that the finest features can have; empty if another field is at fault."""
    if not is_power_of_two(config.max_stride):
        return []
    if config.upsampling is None:
        return strides_without_upsampling(config.max_stride)
    factor = getattr(config.upsampling, "block_stride", None)
    if factor is None or factor == 1 or not is_power_of_two(factor):
        return []  # block_stride reports its own fault
    return strides_with_upsampling(config.max_stride, factor)


def _has_the_stride(config: Any, output_stride: Any) -> bool:
    valid = _valid_strides(config)
    return not valid or output_stride in valid or means_sleap(OUTPUT_STRIDE_UNCHECKED)


def _list_valid_strides(config: Any, output_stride: Any) -> str:
    valid = join_names(sorted(_valid_strides(config)))
    if config.upsampling is None:
        return f"without upsampling and with max_stride {config.max_stride}: {valid}"
    factor = config.upsampling.block_stride
    return f"with max_stride {config.max_stride} and upsampling.block_stride {factor}: {valid}"


def _step_without_channels(config: Any) -> int | None:
    """The first upsampling step that has no channels, or more than can be counted."""
    decoder = config.upsampling
    strides = (config.max_stride, config.output_stride)
    if not isinstance(decoder, UpsamplingConfig) or not all(map(is_power_of_two, strides)):
        return None
    # Neither edition has fewer steps.
    for step in range(truncated_steps(*strides, decoder.block_stride)):
        try:
            if channels_at(decoder.filters, decoder.filters_rate, step) < 1:
                return step
        except OverflowError:
            return step
    return None


def _which_step_has_no_channels(config: Any, decoder: Any) -> str:
    return (
        f"step {_step_without_channels(config)} has int({decoder.filters} · "
        f"{decoder.filters_rate!r}^{_step_without_channels(config)})"
    )


@attrs.frozen(kw_only=True)
class ResNetConfig:
    """A ResNet, pretrained on ImageNet or not, with or without a decoder.

    Attributes:
        version: ``"ResNet50"``, ``"ResNet101"`` or ``"ResNet152"``: 50, 101 or 152
            convolutions, 23.6, 42.7 or 58.4 million parameters. Deeper is slower and, on
            little data, seldom better.
        weights: ``"random"`` starts from random weights and takes images as they are; ``"frozen"``
            and ``"tunable"`` are for ImageNet weights, which ``poise.load_pretrained`` loads
            into the model, and add their preprocessing to it. ``"frozen"`` never trains
            the encoder, batch norm statistics included: fast, and safe with few labels.
            ``"tunable"`` trains all of it.
        upsampling: the decoder; ``None`` for none: heads then sit on the encoder's features
            of their stride, and later layers are not part of the model.
        max_stride: stride at the end of the encoder, in pixels: a power of two up to 32. Image
            height and width must be multiples of it. Below 32, the last stages lose their
            strides and their convolutions are dilated instead: finer features that see as
            much, at four times the cost for each halving.
        output_stride: stride of the finest features, in pixels. A decoder ends there.

    Raises:
        ConfigError: a value outside its domain.
    """

    version: str = attrs.field(default="ResNet50", validator=one_of(BLOCKS))
    weights: str = attrs.field(default="frozen", validator=one_of(("random", "frozen", "tunable")))
    upsampling: UpsamplingConfig | None = attrs.field(
        default=None,
        validator=[
            optional(instance_of(UpsamplingConfig)),
            rule(
                "filters and filters_rate must leave at least one channel at every step",
                lambda config, decoder: _step_without_channels(config) is None,
                _which_step_has_no_channels,
            ),
        ],
    )
    max_stride: int = attrs.field(
        default=32,
        validator=[
            power_of_two(floored=False),
            rule(f"must be at most {DEEPEST}", _has_a_network),
        ],
    )
    output_stride: int = attrs.field(
        default=4,
        validator=[
            power_of_two(floored=False),
            rule("must be a stride that the backbone has", _has_the_stride, _list_valid_strides),
        ],
    )

"""The fields that configure the U-Net decoder of encoders, the same in every plugin.

For a configuration class with the fields ``decoder_filters``, ``decoder_filters_rate``,
``output_stride`` and ``decoder_batchnorm``, whose encoder ends at stride 32.
"""

from __future__ import annotations

from typing import Any

import attrs

from poise.fields.channels import channels_at
from poise.fields.domains import boolean, integer, positive, power_of_two, rule
from poise.scalars import is_integer, is_number

COARSEST = 16
"""The stride of the decoder's coarsest features, which its first stage makes."""


def decoder_filters() -> Any:
    """The field for the channel count of the first stage."""
    return attrs.field(default=256, validator=integer(at_least=1))


def decoder_filters_rate() -> Any:
    """The field for the factor between the channel counts of two stages."""
    return attrs.field(
        default=1.0,
        validator=[
            positive(),
            rule(
                "must leave at least one channel at every stage",
                lambda config, rate: _stage_without_channels(config, rate) is None,
                _which_stage,
            ),
        ],
    )


def output_stride() -> Any:
    """The field for the stride of the finest features."""
    return attrs.field(
        default=2,
        validator=[
            power_of_two(floored=False),
            rule(
                f"must be at most {COARSEST}",
                lambda config, stride: not is_integer(stride) or stride <= COARSEST,
            ),
        ],
    )


def decoder_batchnorm() -> Any:
    """The field for whether the decoder normalizes."""
    return attrs.field(default=True, validator=boolean())


def _stages(config: Any) -> int:
    """The number of stages of the decoder; 0 if ``output_stride`` has a fault."""
    stride = config.output_stride
    return 5 - (stride.bit_length() - 1) if is_integer(stride) and 1 <= stride <= COARSEST else 0


def _stage_without_channels(config: Any, rate: Any) -> int | None:
    filters = config.decoder_filters
    if not is_integer(filters) or filters < 1 or not (is_number(rate) and rate > 0):
        return None
    for stage in range(_stages(config)):
        try:
            if channels_at(filters, rate, stage) < 1:
                return stage
        except OverflowError:
            return stage
    return None


def _which_stage(config: Any, rate: Any) -> str:
    stage = _stage_without_channels(config, rate)
    return f"stage {stage} has int({config.decoder_filters} · {rate!r}^{stage})"

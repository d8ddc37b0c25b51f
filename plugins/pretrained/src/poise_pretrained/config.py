"""The configuration of pretrained encoders, as SLEAP 1.4 documents it."""

from __future__ import annotations

from typing import Any

import attrs

from poise.channels import channels_at
from poise.errors import suggestion
from poise.fields import Domain, boolean, integer, positive, power_of_two, rule
from poise_pretrained.names import ENCODERS

COARSEST = 16
"""The coarsest features that the decoder makes: those of its first stage."""


def _known() -> list[str]:
    from poise import registry

    return sorted({*ENCODERS, *registry.default().encoders})


def _is_known(name: Any) -> bool:
    from poise import registry

    # What comes with this plugin is known without a look at what is installed.
    return isinstance(name, str) and (name in ENCODERS or name in registry.default().encoders)


ENCODER = Domain(
    "the name of an installed encoder",
    _is_known,
    # Asked for when it is needed, for other distributions may bring encoders along.
    lambda: {"enum": _known()},
    lambda value: suggestion(value, _known()),
)


def _stages(config: Any) -> int:
    """How many stages the decoder has; 0 if what decides it is at fault itself."""
    stride = config.output_stride
    return 5 - (stride.bit_length() - 1) if type(stride) is int and 1 <= stride <= COARSEST else 0


def _stage_without_channels(config: Any, rate: Any) -> int | None:
    filters = config.decoder_filters
    if type(filters) is not int or filters < 1 or not (type(rate) in (int, float) and rate > 0):
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


@attrs.frozen(kw_only=True)
class PretrainedEncoderConfig:
    """An encoder made for image classification, with a U-Net decoder.

    The encoder halves the resolution five times; the decoder doubles it again, joining the
    encoder's features of each stride, up to ``output_stride``. Image height and width must be
    multiples of 32.

    Attributes:
        encoder: one of the 32 names of SLEAP's documentation, or any other installed encoder
            (``poise list encoders``). ``efficientnetb0`` and ``mobilenetv2`` are small and
            quick, ``resnet50`` is a middle way, ``senet154`` the largest.
        pretrained: whether the encoder is to start from weights that were trained on
            ImageNet: ``poise.load_pretrained`` puts them in. Good with few labels. Images are
            then brought to what those weights were trained on, inside the network. If false,
            the encoder takes images as they are, and starts from nothing.
        decoder_filters: channels of the decoder's first stage. Its parameters grow with the
            square of it.
        decoder_filters_rate: factor of the channels from one stage of the decoder to the
            next. 0.5 gives the classical shape, which is cheap where features are large; 1
            keeps the number. No stage may fall below one channel.
        output_stride: stride of the finest features, in pixels: 1, 2, 4, 8 or 16. Coarser
            features cost less time and memory, and give coarser peaks. At 1, the last stage
            has no features of the encoder to join.
        decoder_batchnorm: normalize after each convolution of the decoder. It steadies
            training; with batches of one or two images, networks without it may do better.

    Raises:
        ConfigError: a value outside its domain.
    """

    encoder: str = attrs.field(default="efficientnetb0", validator=ENCODER)
    pretrained: bool = attrs.field(default=True, validator=boolean())
    decoder_filters: int = attrs.field(default=256, validator=integer(at_least=1))
    decoder_filters_rate: float = attrs.field(
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
    output_stride: int = attrs.field(
        default=2,
        validator=[
            power_of_two(floored=False),
            rule(
                f"must be at most {COARSEST}",
                lambda config, stride: type(stride) is not int or stride <= COARSEST,
            ),
        ],
    )
    decoder_batchnorm: bool = attrs.field(default=True, validator=boolean())

"""The configuration of pretrained encoders, as SLEAP 1.4 documents it."""

from __future__ import annotations

from typing import Any

import attrs

from poise.fields import Domain, boolean, decoder
from poise.messages import suggestion
from poise_pretrained.names import ENCODERS


def _installed() -> list[str]:
    from poise import registry

    return sorted({*ENCODERS, *registry.default().encoders})


def _is_installed(name: Any) -> bool:
    from poise import registry

    # This plugin's own encoders need no lookup of installed plugins.
    return isinstance(name, str) and (name in ENCODERS or name in registry.default().encoders)


ENCODER = Domain(
    "the name of an installed encoder",
    _is_installed,
    # Evaluated on use, because other distributions may provide encoders.
    lambda: {"enum": _installed()},
    lambda value: suggestion(value, _installed()),
)


@attrs.frozen(kw_only=True)
class PretrainedEncoderConfig:
    """An encoder made for image classification, with a U-Net decoder.

    The encoder halves the resolution, as often as its ``max_stride`` says, which is 32 for most;
    the decoder doubles it again, up to ``output_stride``, joining the encoder's features of each
    stride that it has. Image height and width must be multiples of that number.

    Attributes:
        encoder: one of the 32 names of SLEAP's documentation, or any other installed encoder
            (``poise list encoders``). ``efficientnetb0`` and ``mobilenetv2`` are small and
            quick, ``resnet50`` is a middle way, ``senet154`` the largest.
        pretrained: whether the encoder starts from weights that were trained on ImageNet,
            which ``poise.load_pretrained`` loads. Good with few labels. The network then
            normalizes images as those weights expect. If false, the encoder takes images as
            they are and starts from random weights.
        decoder_filters: channels of the decoder's first stage. Its parameters grow with the
            square of it.
        decoder_filters_rate: factor of the channels from one stage of the decoder to the
            next. 0.5 gives the classical shape, which is cheap where features are large; 1
            keeps the number. No stage may fall below one channel.
        output_stride: stride of the finest features, in pixels: 1, 2, 4, 8 or 16. Coarser
            features cost less time and memory, and give coarser peaks. The last stages have no
            encoder features to join where the encoder has none: at 1, and at 2 for encoders
            that begin at stride 4, as ConvNeXt.
        decoder_batchnorm: normalize after each convolution of the decoder. It steadies
            training; with batches of one or two images, networks without it may do better.

    Raises:
        ConfigError: a value outside its domain.
    """

    encoder: str = attrs.field(default="efficientnetb0", validator=ENCODER)
    pretrained: bool = attrs.field(default=True, validator=boolean())
    decoder_filters: int = decoder.decoder_filters()
    decoder_filters_rate: float = decoder.decoder_filters_rate()
    output_stride: int = decoder.output_stride()
    decoder_batchnorm: bool = decoder.decoder_batchnorm()

"""The configuration of KerasCV's backbones. Needs neither Keras nor KerasCV."""

from __future__ import annotations

import attrs

from poise.fields import decoder, one_of
from poise.libraries.variants import weights_of
from poise_keras_cv.presets import PRESETS
from poise_keras_cv.variants import VARIANTS


@attrs.frozen(kw_only=True)
class KerasCVConfig:
    """One of KerasCV's backbones as the encoder, with a U-Net decoder.

    The encoder halves the resolution five times; the decoder doubles it again, joining the
    encoder's features of each stride, up to ``output_stride``. Image height and width must be
    multiples of 32.

    Attributes:
        variant: name of the network. ``efficientnetv2_b0`` and ``mobilenet_v3_small`` are small and
            quick, ``resnet50`` and ``csp_darknet_m`` are a middle way, ``mit_b2`` sees the
            whole image at once; ``efficientnetv2_l`` is the largest.
        weights: the encoder's initial weights; ``poise.load_pretrained`` loads them. The
            name of a KerasCV preset, found in Kaggle's cache on this machine; or the
            path of a weights file, or of a folder that a preset was saved to. ``None`` starts
            from random weights.
        decoder_filters: channels of the decoder's first stage. Its parameters grow with the
            square of it.
        decoder_filters_rate: factor of the channels from one stage of the decoder to the
            next. 0.5 gives the classical shape, which is cheap where features are large; 1
            keeps the number. No stage may fall below one channel.
        output_stride: stride of the finest features, in pixels: 1, 2, 4, 8 or 16. Coarser
            features cost less time and memory, and give coarser peaks. Where the encoder has
            no features of a stride (1; and 2 in some variants), there is nothing to join.
        decoder_batchnorm: normalize after each convolution of the decoder. It steadies
            training; with batches of one or two images, networks without it may do better.

    Raises:
        ConfigError: a value outside its domain.
    """

    variant: str = attrs.field(default="efficientnetv2_b0", validator=one_of(VARIANTS))
    weights: str | None = attrs.field(default=None, validator=[*weights_of(PRESETS)])
    decoder_filters: int = decoder.decoder_filters()
    decoder_filters_rate: float = decoder.decoder_filters_rate()
    output_stride: int = decoder.output_stride()
    decoder_batchnorm: bool = decoder.decoder_batchnorm()

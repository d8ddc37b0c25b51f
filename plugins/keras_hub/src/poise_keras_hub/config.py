"""The configuration of KerasHub's backbones. Needs neither Keras nor KerasHub."""

from __future__ import annotations

import attrs

from poise.fields import decoder, one_of
from poise.libraries.variants import weights_of
from poise_keras_hub.normalizations import NORMALIZATIONS
from poise_keras_hub.presets import PRESETS
from poise_keras_hub.variants import VARIANTS


@attrs.frozen(kw_only=True)
class KerasHubConfig:
    """One of KerasHub's backbones as the encoder, with a U-Net decoder.

    The encoder halves the resolution five times; the decoder doubles it again, joining the
    encoder's features of each stride, up to ``output_stride``. Image height and width must be
    multiples of 32.

    Attributes:
        variant: name of the network. ``efficientnet_b0`` and ``resnet_18`` are small and quick,
            ``resnet_vd_50`` and ``csp_darknet_53`` are a middle way, ``mit_b2`` sees the whole
            image at once; ``mit_b5`` is the largest.
        weights: the encoder's initial weights; ``poise.load_pretrained`` loads them. The
            name of a KerasHub preset, found in Kaggle's cache on this machine; or the
            path of a weights file, or of a folder that a preset was saved to. ``None`` starts
            from random weights.
        normalization: how images in 0…1 are normalized for the encoder: ``"imagenet"``
            (ImageNet's mean and std, as most presets expect), ``"unit"`` (left in 0…1),
            ``"signed"`` (-1…1), ``"pixels"`` (0…255). A preset states its own
            normalization, and ``poise.load_pretrained`` refuses one that differs.
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

    variant: str = attrs.field(default="resnet_18", validator=one_of(VARIANTS))
    weights: str | None = attrs.field(default=None, validator=[*weights_of(PRESETS)])
    normalization: str = attrs.field(default="imagenet", validator=one_of(NORMALIZATIONS))
    decoder_filters: int = decoder.decoder_filters()
    decoder_filters_rate: float = decoder.decoder_filters_rate()
    output_stride: int = decoder.output_stride()
    decoder_batchnorm: bool = decoder.decoder_batchnorm()

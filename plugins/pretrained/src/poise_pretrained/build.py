"""The network of a configuration. Imports Keras; the plugin imports it when building."""

from __future__ import annotations

from poise.blocks.encoder_unet import encoder_unet
from poise.blocks.image_inputs import EnsureRGB
from poise.editions import means_sleap
from poise.errors import BuildError, Fault
from poise.specs import Features, Tensor
from poise_pretrained.config import PretrainedEncoderConfig
from poise_pretrained.differences import (
    DECODER_BATCHNORM_IGNORED,
    GRAY_REPEATED,
    IMAGES_NOT_NORMALIZED,
)
from poise_pretrained.encoders import encoder_named


def build(config: PretrainedEncoderConfig, image: Tensor) -> list[Features]:
    """Build the network.

    Layer names: the encoder's own; ``center_block…`` and ``decoder_stage{i}…``; before the
    encoder ``normalize``, or ``ensure_rgb`` in edition sleap-1.4.

    Args:
        config: the configuration to build.
        image: Keras tensor ``(N, H, W, C)`` in 0…1; H and W multiples of 32.

    Returns:
        One mapping of strides to features ``(N, H/stride, W/stride, channels)``: the output
        of each stage of the decoder.

    Raises:
        BuildError: the image's number of channels is invalid.
    """
    encoder = encoder_named(config.encoder)
    if config.pretrained and means_sleap(GRAY_REPEATED):
        image = _as_rgb(image)
    features = encoder_unet(
        encoder,
        image,
        normalized=config.pretrained and not means_sleap(IMAGES_NOT_NORMALIZED),
        output_stride=config.output_stride,
        filters=config.decoder_filters,
        filters_rate=config.decoder_filters_rate,
        batch_norm=config.decoder_batchnorm or means_sleap(DECODER_BATCHNORM_IGNORED),
    )
    return [features]


def _as_rgb(image: Tensor) -> Tensor:
    channels = image.shape[-1]
    if channels == 3:
        return image
    if channels == 1:
        return EnsureRGB(name="ensure_rgb")(image)
    what = (
        f"images must have 1 or 3 channels for SLEAP 1.4's pretrained encoders, got {channels}; "
        "edition '2026', or pretrained false, takes any number"
    )
    raise BuildError([Fault(what, "model.backbone.pretrained_encoder.pretrained")])

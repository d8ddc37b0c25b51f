"""An encoder with the U-Net decoder: the network of every backbone that takes encoders."""

from __future__ import annotations

from poise.blocks.image_inputs import NormalizeChannels
from poise.blocks.unet_decoder import unet_decoder
from poise.specs import EncoderSpec, Features, Normalization, Tensor


def encoder_unet(
    encoder: EncoderSpec,
    image: Tensor,
    *,
    normalized: bool,
    output_stride: int,
    filters: int,
    filters_rate: float,
    batch_norm: bool = True,
) -> Features:
    """Normalize an image, encode it, and decode the features.

    Args:
        encoder: any encoder, first-party or third-party.
        image: ``(N, H, W, C)`` in 0…1; H and W multiples of ``encoder.max_stride``.
        normalized: whether to normalize images as for the encoder's published weights.
        output_stride: stride of the finest features, in pixels.
        filters: channels of the decoder's first stage.
        filters_rate: factor of the channels from stage to stage.
        batch_norm: whether the decoder normalizes.

    Returns:
        The decoder's features ``(N, H/stride, W/stride, channels)`` by stride.
    """
    x = image
    if normalized and encoder.normalization is not None:
        x = normalize(image, encoder.normalization)
    return unet_decoder(
        encoder.build(x),
        output_stride=output_stride,
        filters=filters,
        filters_rate=filters_rate,
        batch_norm=batch_norm,
        center=encoder.ends_in_pooling,
    )


def normalize(image: Tensor, normalization: Normalization) -> Tensor:
    """Normalize an image for an encoder, in a layer named ``normalize``.

    Channels of an image that is not RGB count as gray. Each gets the mean of the values for
    red, green and blue, which is also how published weights are adapted to gray images.

    Args:
        image: ``(N, H, W, C)`` in 0…1.
        normalization: the normalization of RGB images.
    """
    channels = image.shape[-1]
    mean, std = normalization.mean, normalization.std
    if channels != 3:
        mean, std = ((sum(rgb) / 3,) * channels for rgb in (mean, std))
    return NormalizeChannels(
        scale=normalization.scale,
        mean=mean,
        std=std,
        reverse=normalization.reverse and channels == 3,
        name="normalize",
    )(image)

"""The decoder that all encoders share: the upsampling path of a U-Net, stage by stage."""

from __future__ import annotations

from keras import layers

from poise.blocks.normalization import batch_normalization
from poise.fields.channels import channels_at
from poise.specs import Features, Tensor

CENTER_FILTERS = 512


def unet_decoder(
    features: Features,
    *,
    output_stride: int,
    filters: int,
    filters_rate: float,
    batch_norm: bool = True,
    center: bool = False,
) -> Features:
    """Double the resolution stage by stage, concatenating the encoder's features.

    Stage i, from 0 at the bottom, has ``int(filters · filters_rate^i)`` channels. It consists
    of nearest upsampling, concatenation ``[upsampled, skip]`` if the encoder has features of
    that stride, and twice a 3×3 convolution, batch norm and ReLU. Names:
    ``decoder_stage{i}_upsampling``, ``_concat``, and ``decoder_stage{i}a_conv``, ``a_bn``,
    ``a_relu``, ``b_conv``, ``b_bn``, ``b_relu``; before them ``center_block1_…`` and
    ``center_block2_…`` if there is a center.

    Args:
        features: features of the encoder by stride; the decoder begins at the largest stride.
        output_stride: stride of the last stage, in pixels of the encoder's input.
        filters: channels of the first stage.
        filters_rate: growth factor of the channels from stage to stage.
        batch_norm: whether batch norm follows each convolution; without it they have a bias.
        center: whether to begin with two convolutions of 512 channels, for an encoder that
            ends in a pooling.

    Returns:
        The features after each stage by stride, down to ``output_stride``.
    """
    stride = max(features)
    x = features[stride]
    if center:
        for name in ("center_block1_", "center_block2_"):
            x = _convolved(x, name, CENTER_FILTERS, batch_norm)
    decoded: Features = {}
    stage = 0
    while stride > output_stride:
        stride //= 2
        name = f"decoder_stage{stage}"
        x = layers.UpSampling2D(2, interpolation="nearest", name=f"{name}_upsampling")(x)
        if stride in features:
            x = layers.Concatenate(name=f"{name}_concat")([x, features[stride]])
        for half in "ab":
            x = _convolved(
                x, f"{name}{half}_", channels_at(filters, filters_rate, stage), batch_norm
            )
        decoded[stride] = x
        stage += 1
    return decoded


def _convolved(x: Tensor, name: str, filters: int, batch_norm: bool) -> Tensor:
    conv = layers.Conv2D(
        filters,
        3,
        padding="same",
        use_bias=not batch_norm,
        kernel_initializer="he_uniform",
        name=f"{name}conv",
    )
    x = conv(x)
    if batch_norm:
        x = batch_normalization(name=f"{name}bn")(x)
    return layers.Activation("relu", name=f"{name}relu")(x)

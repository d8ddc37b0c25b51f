"""The decoder that all encoders share: a U-Net's way up, stage by stage."""

from __future__ import annotations

from keras import layers

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
    """Double the resolution step by step, joining the encoder's features on the way.

    Stage i, from 0 at the bottom, has ``int(filters · filters_rate^i)`` channels: nearest
    upsampling, concatenation ``[upsampled, skip]`` where the encoder has features of that
    stride, and twice a 3×3 convolution, batch norm and ReLU. Names:
    ``decoder_stage{i}_upsampling``, ``_concat``, and ``decoder_stage{i}a_conv``, ``a_bn``,
    ``a_relu``, ``b_conv``, ``b_bn``, ``b_relu``; before them ``center_block1_…`` and
    ``center_block2_…`` if there is a center.

    Args:
        features: the encoder's, by stride; the largest stride is where the decoder begins.
        output_stride: where it ends, in pixels of the encoder's input.
        filters: channels of the first stage.
        filters_rate: factor of the channels from stage to stage.
        batch_norm: whether convolutions are normalized; those that are not have a bias.
        center: begin with two convolutions of 512 channels, for an encoder that ends in a
            pooling.

    Returns:
        The features after each stage, by stride, ``output_stride`` among them.
    """
    stride = max(features)
    x = features[stride]
    if center:
        for name in ("center_block1_", "center_block2_"):
            x = _convolved(x, name, CENTER_FILTERS, batch_norm)
    passed: Features = {}
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
        passed[stride] = x
        stage += 1
    return passed


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
        x = layers.BatchNormalization(name=f"{name}bn")(x)
    return layers.Activation("relu", name=f"{name}relu")(x)

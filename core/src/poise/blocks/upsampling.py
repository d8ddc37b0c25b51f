"""The upsampling block of UNet and LEAP."""

from __future__ import annotations

from keras import layers

from poise.specs import Tensor


def upsampling_block(
    x: Tensor,
    source: Tensor | None,
    prefix: str,
    *,
    stride: int,
    filters: int,
    interpolate: bool,
    refine_convs: int = 2,
) -> Tensor:
    """Double the resolution, join the skip source if there is one, and refine.

    Names, where p is ``{prefix}_s{stride}_to_s{stride/2}``: ``p_interp_bilinear``, or
    ``p_trans_conv`` and ``p_trans_conv_act_relu``; ``p_skip_concat``; ``p_refine_conv{k}``
    and ``p_refine_conv{k}_act_relu``.

    Args:
        x: features ``(N, H, W, C)``.
        source: features ``(N, 2H, 2W, D)``, placed before the upsampled ones in the
            concatenation; ``None`` for no skip.
        prefix: the prefix of all layer names.
        stride: input pixels per cell of ``x``.
        filters: channels of every convolution.
        interpolate: resize bilinearly (half-pixel centers, channels kept) instead of by a
            learned 3×3 transposed convolution.
        refine_convs: number of 3×3 convolutions after the skip.

    Returns:
        Features ``(N, 2H, 2W, filters)``.
    """
    p = f"{prefix}_s{stride}_to_s{stride // 2}"
    if interpolate:
        x = layers.UpSampling2D(2, interpolation="bilinear", name=f"{p}_interp_bilinear")(x)
    else:
        conv = layers.Conv2DTranspose(filters, 3, strides=2, padding="same", name=f"{p}_trans_conv")
        x = conv(x)
        x = layers.Activation("relu", name=f"{p}_trans_conv_act_relu")(x)
    if source is not None:
        x = layers.Concatenate(name=f"{p}_skip_concat")([source, x])
    for k in range(refine_convs):
        conv = layers.Conv2D(filters, 3, padding="same", name=f"{p}_refine_conv{k}")
        x = conv(x)
        x = layers.Activation("relu", name=f"{p}_refine_conv{k}_act_relu")(x)
    return x

"""The network down to its coarsest features. Imports Keras.

Layer names are those of Keras applications' ResNets, and of SLEAP's files.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import attrs
from keras import layers

from poise.blocks.normalization import batch_normalization
from poise.editions import means_sleap
from poise.specs import Tensor
from poise_resnet.differences import DILATION_WITHOUT_EFFECT
from poise_resnet.strides import Stage, stages, stem_steps


@attrs.frozen
class Offered:
    """Features of the encoder, in the order in which it makes them.

    Attributes:
        stride: stride of the features, in pixels.
        features: ``(N, H/stride, W/stride, C)``.
        is_stage: whether they end a stage rather than a part of the stem.
    """

    stride: int
    features: Tensor
    is_stage: bool


def encode(x: Tensor, *, version: str, max_stride: int, trainable: bool) -> list[Offered]:
    """Build the stem and the stages.

    Args:
        x: images ``(N, H, W, C)``; H and W multiples of ``max_stride``.
        version: ``ResNet50``, ``ResNet101`` or ``ResNet152``.
        max_stride: stride of the last stage's output.
        trainable: whether the layers train; otherwise batch norm keeps its statistics.

    Returns:
        Features of the stem's convolution, of its pooling, and of the four stages.
    """
    offered = list(_stem(x, max_stride, trainable))
    for stage in stages(version, max_stride):
        features = _stage(offered[-1].features, stage, trainable)
        offered.append(Offered(stage.stride, features, is_stage=True))
    return offered


def _stem(x: Tensor, max_stride: int, trainable: bool) -> Iterator[Offered]:
    step, pool_step = stem_steps(max_stride)
    x = layers.ZeroPadding2D(3, name="conv1_pad", trainable=trainable)(x)
    conv = layers.Conv2D(64, 7, strides=step, name="conv1_conv", trainable=trainable)
    x = conv(x)
    x = _norm_relu(x, "conv1", trainable)
    yield Offered(step, x, is_stage=False)
    x = layers.ZeroPadding2D(1, name="pool1_pad", trainable=trainable)(x)
    x = layers.MaxPooling2D(3, strides=pool_step, name="pool1_pool", trainable=trainable)(x)
    yield Offered(step * pool_step, x, is_stage=False)


def _stage(x: Tensor, stage: Stage, trainable: bool) -> Tensor:
    as_sleap = means_sleap(DILATION_WITHOUT_EFFECT)
    for block in range(1, stage.blocks + 1):
        first = block == 1
        x = _block(
            x,
            f"{stage.name}_block{block}",
            channels=stage.channels,
            widen=first,
            step=stage.step if first else 1,
            dilation=1 if as_sleap else stage.dilation,
            pointwise_dilation=stage.rate if as_sleap and first else 1,
            trainable=trainable,
        )
    return x


def _block(
    x: Tensor,
    name: str,
    *,
    channels: int,
    widen: bool,
    step: int,
    dilation: int,
    pointwise_dilation: int,
    trainable: bool,
) -> Tensor:
    """A bottleneck: 1×1, 3×3 and 1×1 convolutions beside a shortcut."""
    conv = partial(layers.Conv2D, padding="same", trainable=trainable)
    norm = partial(_norm, trainable=trainable)
    # On 1×1 kernels a dilation does nothing; SLEAP's files have it there.
    narrow = partial(conv, kernel_size=1, strides=step, dilation_rate=pointwise_dilation)
    shortcut = x
    if widen:
        widened = narrow(4 * channels, name=f"{name}_0_conv")(x)
        shortcut = norm(widened, f"{name}_0")
    x = narrow(channels, name=f"{name}_1_conv")(x)
    x = _norm_relu(x, f"{name}_1", trainable)
    x = conv(channels, 3, dilation_rate=dilation, name=f"{name}_2_conv")(x)
    x = _norm_relu(x, f"{name}_2", trainable)
    x = norm(conv(4 * channels, 1, name=f"{name}_3_conv")(x), f"{name}_3")
    x = layers.Add(name=f"{name}_add", trainable=trainable)([shortcut, x])
    return layers.Activation("relu", name=f"{name}_out", trainable=trainable)(x)


def _norm(x: Tensor, name: str, trainable: bool) -> Tensor:
    norm = batch_normalization(epsilon=1.001e-5, name=f"{name}_bn", trainable=trainable)
    return norm(x)


def _norm_relu(x: Tensor, name: str, trainable: bool) -> Tensor:
    x = _norm(x, name, trainable)
    return layers.Activation("relu", name=f"{name}_relu", trainable=trainable)(x)

"""EfficientNet B0 to B7, as trained in 2019. Imports Keras; imported when building.

These differ from ``keras.applications``, whose networks rescale and normalize inside and drop less.
"""

from __future__ import annotations

import math

from keras import initializers, layers

from poise.blocks.normalization import batch_normalization
from poise.specs import Features, Tensor

SCALES = {
    "efficientnetb0": (1.0, 1.0),
    "efficientnetb1": (1.0, 1.1),
    "efficientnetb2": (1.1, 1.2),
    "efficientnetb3": (1.2, 1.4),
    "efficientnetb4": (1.4, 1.8),
    "efficientnetb5": (1.6, 2.2),
    "efficientnetb6": (1.8, 2.6),
    "efficientnetb7": (2.0, 3.1),
}
"""Factors of channels and of depth."""

STAGES = (
    (3, 1, 16, 1, 1),
    (3, 2, 24, 6, 2),
    (5, 2, 40, 6, 2),
    (3, 3, 80, 6, 2),
    (5, 3, 112, 6, 1),
    (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)
"""Kernel, blocks, channels, expansion and stride of the network before scaling."""

STEM_FILTERS, TOP_FILTERS = 32, 1280
DROP_RATE = 0.2
BLOCKS = sum(repeats for _, repeats, _, _, _ in STAGES)
"""The number of steps in which drop rates rise, at any depth: deeper networks drop more."""

SKIPS = {2: 2, 4: 3, 8: 4, 16: 6}
"""Stride → the stage whose first expansion has its features."""


def build(name: str, image: Tensor) -> Features:
    """Build the network.

    Layer names: ``stem_conv``, ``stem_bn``, ``stem_activation``; for each block
    ``block{stage}{letter}_`` with ``expand_conv``, ``expand_bn``, ``expand_activation``,
    ``dwconv``, ``bn``, ``activation``, ``se_…``, ``project_conv``, ``project_bn``, ``drop``
    and ``add``; ``top_conv``, ``top_bn``, ``top_activation``.

    Args:
        name: ``efficientnetb0`` to ``efficientnetb7``.
        image: ``(N, H, W, C)``; H and W multiples of 32.

    Returns:
        Features ``(N, H/stride, W/stride, channels)`` of strides 2 to 32.
    """
    width, depth = SCALES[name]
    x = _conv(image, _rounded(STEM_FILTERS, width), 3, "stem_conv", stride=2)
    x = _norm_swish(x, "stem_")
    expanded: dict[str, Tensor] = {}
    done = 0
    for stage, (kernel, repeats, filters, expansion, stride) in enumerate(STAGES, 1):
        for index in range(math.ceil(depth * repeats)):
            prefix = f"block{stage}{chr(ord('a') + index)}_"
            if expansion > 1:
                expanded[prefix] = _expanded(x, prefix, expansion)
            x = _block(
                x,
                expanded.get(prefix, x),
                prefix,
                filters=_rounded(filters, width),
                kernel=kernel,
                stride=1 if index else stride,
                drop_rate=DROP_RATE * done / BLOCKS,
            )
            done += 1
    x = _conv(x, _rounded(TOP_FILTERS, width), 1, "top_conv")
    features = {stride: expanded[f"block{stage}a_"] for stride, stage in SKIPS.items()}
    return {**features, 32: _norm_swish(x, "top_")}


def _expanded(x: Tensor, prefix: str, expansion: int) -> Tensor:
    x = _conv(x, x.shape[-1] * expansion, 1, f"{prefix}expand_conv")
    return _norm_swish(x, f"{prefix}expand_")


def _block(
    entry: Tensor,
    x: Tensor,
    prefix: str,
    *,
    filters: int,
    kernel: int,
    stride: int,
    drop_rate: float,
) -> Tensor:
    conv = layers.DepthwiseConv2D(
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        depthwise_initializer=_initializer(),
        name=f"{prefix}dwconv",
    )
    x = _norm_swish(conv(x), prefix)
    x = _squeezed(x, prefix, max(1, int(entry.shape[-1] * 0.25)))
    x = _conv(x, filters, 1, f"{prefix}project_conv")
    x = batch_normalization(name=f"{prefix}project_bn")(x)
    if stride > 1 or entry.shape[-1] != filters:
        return x
    if drop_rate:
        # Drops the whole block of an image or nothing.
        x = layers.Dropout(drop_rate, noise_shape=(None, 1, 1, 1), name=f"{prefix}drop")(x)
    return layers.Add(name=f"{prefix}add")([x, entry])


def _squeezed(x: Tensor, prefix: str, filters: int) -> Tensor:
    y = layers.GlobalAveragePooling2D(keepdims=True, name=f"{prefix}se_squeeze")(x)
    for name, channels, activation in (
        ("se_reduce", filters, "swish"),
        ("se_expand", x.shape[-1], "sigmoid"),
    ):
        conv = layers.Conv2D(
            channels,
            1,
            activation=activation,
            kernel_initializer=_initializer(),
            name=f"{prefix}{name}",
        )
        y = conv(y)
    return layers.Multiply(name=f"{prefix}se_excite")([x, y])


def _conv(x: Tensor, filters: int, kernel: int, name: str, stride: int = 1) -> Tensor:
    conv = layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer=_initializer(),
        name=name,
    )
    return conv(x)


def _norm_swish(x: Tensor, prefix: str) -> Tensor:
    x = batch_normalization(name=f"{prefix}bn")(x)
    return layers.Activation("swish", name=f"{prefix}activation")(x)


def _initializer() -> initializers.Initializer:
    return initializers.VarianceScaling(2.0, mode="fan_out", distribution="truncated_normal")


def _rounded(filters: int, width: float) -> int:
    """The multiple of 8 nearest to ``filters · width``, but not below nine tenths of it."""
    exact = filters * width
    nearest = max(8, int(exact + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * exact else nearest + 8

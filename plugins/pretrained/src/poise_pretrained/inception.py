"""Inception-v3 and Inception-ResNet-v2. Imports Keras; imported when building."""

from __future__ import annotations

from keras import layers

from poise.blocks.normalization import batch_normalization
from poise.specs import Features, Tensor
from poise_pretrained.inception_table import (
    LAST_FILTERS,
    SKIPS,
    STEM,
    TABLES,
    Block,
    Conv,
    Fork,
    Pool,
    Step,
)


def build(name: str, image: Tensor) -> Features:
    """Build the network.

    Layer names: ``stem_{i}_``, and for each block ``{block}_{branch}_{i}_`` with ``conv``,
    ``bn`` and ``relu`` (``a`` and ``b`` after i where a branch forks), ``…_pool``; a
    residual block's ``{block}_mixed``, ``_conv``, ``_scale``, ``_add`` and ``_ac``.

    Args:
        name: ``inceptionv3`` or ``inceptionresnetv2``.
        image: ``(N, H, W, C)``; H and W multiples of 32.

    Returns:
        Features ``(N, H/stride, W/stride, channels)`` of strides 2 to 32.
    """
    features: Features = {}
    x = image
    for index, step in enumerate(STEM):
        if isinstance(step, Pool):
            features[2 * 2 ** len(features)] = x
        x = _step(x, f"stem_{index}", step)
    strides = {block: stride for stride, block in SKIPS[name].items()}
    for block in TABLES[name]:
        x = _block(x, block)
        if block.name in strides:
            features[strides[block.name]] = x
    if name in LAST_FILTERS:
        last = layers.Conv2D(LAST_FILTERS[name], 1, use_bias=False, name="conv_7b")
        x = last(x)
        x = batch_normalization(scale=False, name="conv_7b_bn")(x)
        x = layers.Activation("relu", name="conv_7b_ac")(x)
    features[32] = x
    return features


def _block(x: Tensor, block: Block) -> Tensor:
    outputs = []
    for index, branch in enumerate(block.branches):
        y = x
        for position, step in enumerate(branch):
            y = _step(y, f"{block.name}_{index}_{position}", step)
        outputs.append(y)
    if block.scale is None:
        return layers.Concatenate(name=block.name)(outputs)
    y = layers.Concatenate(name=f"{block.name}_mixed")(outputs)
    y = layers.Conv2D(x.shape[-1], 1, name=f"{block.name}_conv")(y)
    y = layers.Rescaling(block.scale, name=f"{block.name}_scale")(y)
    x = layers.Add(name=f"{block.name}_add")([x, y])
    return layers.Activation("relu", name=f"{block.name}_ac")(x) if block.relu else x


def _step(x: Tensor, prefix: str, step: Step) -> Tensor:
    if isinstance(step, Conv):
        return _conv(x, prefix, step)
    if isinstance(step, Fork):
        both = [_conv(x, f"{prefix}a", step.first), _conv(x, f"{prefix}b", step.second)]
        return layers.Concatenate(name=f"{prefix}_concat")(both)
    pool, stride = (layers.MaxPooling2D, 2) if step.kind == "max" else (layers.AveragePooling2D, 1)
    return pool(3, strides=stride, padding="same", name=f"{prefix}_pool")(x)


def _conv(x: Tensor, prefix: str, conv: Conv) -> Tensor:
    layer = layers.Conv2D(
        conv.filters,
        (conv.rows, conv.columns),
        strides=conv.stride,
        padding="same",
        use_bias=False,
        name=f"{prefix}_conv",
    )
    x = layer(x)
    x = batch_normalization(scale=False, name=f"{prefix}_bn")(x)
    return layers.Activation("relu", name=f"{prefix}_relu")(x)

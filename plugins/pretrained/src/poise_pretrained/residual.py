"""The networks of the residual family. Imports Keras; imported when building."""

from __future__ import annotations

from typing import Any

from keras import initializers, layers

from poise.blocks.grouped_convolution import GroupedConv2D
from poise.blocks.normalization import batch_normalization
from poise.specs import Features, Tensor
from poise_pretrained.residual_table import Residual, stem_names

SQUEEZED_TO = 16
"""Squeeze and excitation reduces the channels by this factor."""


def build(table: Residual, image: Tensor) -> Features:
    """Build the network.

    Layer names: ``bn_data``, ``conv0``, ``bn0``, ``relu0``, ``pooling0``, and for each unit
    ``stage{s}_unit{u}_`` with ``conv{k}``, ``bn{k}``, ``relu{k}``, ``sc``, ``sc_bn``,
    ``se_reduce``, ``se_expand`` and, after the sum, ``relu``.

    Args:
        table: which member of the family.
        image: ``(N, H, W, C)``; H and W multiples of 32.

    Returns:
        Features ``(N, H/stride, W/stride, channels)`` of strides 2 to 32.
    """
    x = _stem(table, image)
    features: Features = {2: x}
    x = layers.ZeroPadding2D(1, name="pooling0_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pooling0")(x)
    unit_of = _preactivated_unit if table.preactivated else _activated_unit
    for stage, unit in table.each_unit():
        x, entry = unit_of(table, x, stage, unit)
        if not table.offers_entries:
            features[2 ** (stage + 1)] = x
        elif unit == 1 and stage > 1:
            features[2**stage] = entry
    if table.preactivated:
        x = _norm_relu(table, x, "", "1")
    features[32] = x
    return features


def _stem(table: Residual, x: Tensor) -> Tensor:
    if table.stem == "normalized":
        norm = batch_normalization(scale=False, epsilon=table.epsilon, name="bn_data")
        x = norm(x)
    deep = table.stem == "deep"
    for index, number in enumerate(stem_names(table)):
        filters, kernel = (64 if index < 2 else 128, 3) if deep else (64, 7)
        x = _conv(table, x, f"conv{number}", filters, kernel, stride=1 if index else 2)
        x = _norm_relu(table, x, "", number)
    return x


def _preactivated_unit(table: Residual, x: Tensor, stage: int, unit: int) -> tuple[Tensor, Tensor]:
    """A unit's output, and the ReLU before its first convolution."""
    prefix, shortcut = f"stage{stage}_unit{unit}_", x
    entry = x = _norm_relu(table, x, prefix, "1")
    for number in range(1, len(table.channels) + 1):
        if number > 1:
            x = _norm_relu(table, x, prefix, str(number))
        x = _unit_conv(table, x, stage, unit, number)
    if unit == 1:
        shortcut = _shortcut(table, entry, stage)
    if table.squeeze:
        x = _squeezed(table, x, prefix)
    return layers.Add(name=f"{prefix}add")([x, shortcut]), entry


def _activated_unit(table: Residual, x: Tensor, stage: int, unit: int) -> tuple[Tensor, Tensor]:
    """A unit's output, and the ReLU after its first convolution."""
    prefix, shortcut = f"stage{stage}_unit{unit}_", x
    x = entry = _norm_relu(table, _unit_conv(table, x, stage, unit, 1), prefix, "1")
    x = _norm_relu(table, _unit_conv(table, x, stage, unit, 2), prefix, "2")
    x = _norm(table, _unit_conv(table, x, stage, unit, 3), f"{prefix}bn3")
    if unit == 1:
        shortcut = _norm(table, _shortcut(table, shortcut, stage), f"{prefix}sc_bn")
    if table.squeeze:
        x = _squeezed(table, x, prefix)
    x = layers.Add(name=f"{prefix}add")([x, shortcut])
    return layers.Activation("relu", name=f"{prefix}relu")(x), entry


def _unit_conv(table: Residual, x: Tensor, stage: int, unit: int, number: int) -> Tensor:
    enters = unit == 1 and stage > 1
    return _conv(
        table,
        x,
        f"stage{stage}_unit{unit}_conv{number}",
        table.channels[number - 1] << (stage - 1),
        table.kernels[number - 1],
        stride=2 if enters and number == table.strided else 1,
        groups=table.groups if number == 2 else 1,
    )


def _shortcut(table: Residual, x: Tensor, stage: int) -> Tensor:
    filters = table.channels[-1] << (stage - 1)
    kernel, stride = (1, 1) if stage == 1 else (table.shortcut, 2)
    return _conv(table, x, f"stage{stage}_unit1_sc", filters, kernel, stride=stride)


def _conv(
    table: Residual,
    x: Tensor,
    name: str,
    filters: int,
    kernel: int,
    *,
    stride: int = 1,
    groups: int = 1,
) -> Tensor:
    settings: dict[str, Any] = {"strides": stride, "use_bias": False, "name": name}
    if stride == 1:
        settings["padding"] = "same"
    elif kernel > 1:
        # Pads all sides equally; Keras' "same" would pad only the bottom and the right.
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    if groups == 1:
        conv = layers.Conv2D(filters, kernel, kernel_initializer=table.initializer, **settings)
    else:
        conv = GroupedConv2D(
            filters, kernel, groups=groups, kernel_initializer=_per_group(table), **settings
        )
    return conv(x)


def _per_group(table: Residual) -> Any:
    """The initializer of a grouped kernel: as if each group were drawn separately."""
    if table.initializer == "glorot_uniform":
        # A group has as many output as input channels; the whole kernel has far more outputs.
        return initializers.VarianceScaling(1.0, mode="fan_in", distribution="uniform")
    return table.initializer


def _squeezed(table: Residual, x: Tensor, prefix: str) -> Tensor:
    channels = x.shape[-1]
    y = layers.GlobalAveragePooling2D(keepdims=True, name=f"{prefix}se_squeeze")(x)
    for name, filters, activation in (
        ("se_reduce", channels // SQUEEZED_TO, "relu"),
        ("se_expand", channels, "sigmoid"),
    ):
        conv = layers.Conv2D(
            filters,
            1,
            activation=activation,
            kernel_initializer=table.initializer,
            name=f"{prefix}{name}",
        )
        y = conv(y)
    return layers.Multiply(name=f"{prefix}se_excite")([x, y])


def _norm(table: Residual, x: Tensor, name: str) -> Tensor:
    return batch_normalization(epsilon=table.epsilon, name=name)(x)


def _norm_relu(table: Residual, x: Tensor, prefix: str, number: str) -> Tensor:
    x = _norm(table, x, f"{prefix}bn{number}")
    return layers.Activation("relu", name=f"{prefix}relu{number}")(x)

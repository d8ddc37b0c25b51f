"""Replacements for layers of KerasCV that Keras cannot load or name. Imports Keras.

Every composite layer becomes its component layers: a saved model then holds only Keras' own
layers, and loads without KerasCV.
"""

from __future__ import annotations

from typing import Any

from keras import layers

from poise.libraries.mix_transformer import mix_transformer
from poise.libraries.replay import Rule, copy_layer, layer_name_of
from poise.specs import Tensor


def _convolved(block: Any, x: Tensor, name: str) -> Tensor:
    """A convolution with batch norm and SiLU, which KerasCV has as a Lambda."""
    convolution, normalization, _ = block.layers
    x = copy_layer(convolution, x, f"{name}_conv")
    x = copy_layer(normalization, x, f"{name}_bn")
    return layers.Activation("silu", name=f"{name}_silu")(x)


def _sequential(block: Any, inputs: list[Tensor]) -> Tensor:
    return _convolved(block, inputs[0], block.name)


def _cross_stage_partial(block: Any, inputs: list[Tensor]) -> Tensor:
    name = block.name
    x = _convolved(block.darknet_conv1, inputs[0], f"{name}_1")
    past = _convolved(block.darknet_conv2, inputs[0], f"{name}_2")
    for i in range(block.num_bottlenecks):
        before = x
        for half, convolution in zip("ab", block.bottleneck_convs[2 * i : 2 * i + 2], strict=True):
            x = _convolved(convolution, x, f"{name}_bottleneck{i}{half}")
        if block.residual:
            x = layers.Add(name=f"{name}_bottleneck{i}_add")([before, x])
    x = layers.Concatenate(name=f"{name}_concat")([x, past])
    return _convolved(block.darknet_conv3, x, f"{name}_3")


def _mobile(block: Any, inputs: list[Tensor]) -> Tensor:
    """A MobileNet block of EfficientNetV2, fused or not; its layers keep their names."""
    x, name = inputs[0], block.name
    fused = not hasattr(block, "depthwise")
    if block.expand_ratio != 1:
        x = _normalized(block.conv1, block.bn1, x)
        x = _activated(block, x, "expand_activation")
    if not fused:
        x = _normalized(block.depthwise, block.bn2, x)
        x = _activated(block, x, "activation")
    if 0 < block.se_ratio <= 1:
        squeezed = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}se_squeeze")(x)
        squeezed = copy_layer(block.se_conv1, squeezed, block.se_conv1.name)
        squeezed = copy_layer(block.se_conv2, squeezed, block.se_conv2.name)
        x = layers.Multiply(name=f"{name}se_excite")([x, squeezed])
    x = _normalized(block.output_conv, block.bn3, x)
    if fused and block.expand_ratio == 1:
        x = _activated(block, x, "project_activation")
    if block.strides == 1 and block.input_filters == block.output_filters:
        if block.survival_probability:
            x = copy_layer(block.dropout, x, f"{name}drop")
        x = layers.Add(name=f"{name}add")([x, inputs[0]])
    return x


def _normalized(convolution: Any, normalization: Any, x: Tensor) -> Tensor:
    return copy_layer(
        normalization, copy_layer(convolution, x, convolution.name), f"{normalization.name}"
    )


def _activated(block: Any, x: Tensor, what: str) -> Tensor:
    return layers.Activation(block.activation, name=f"{block.name}{what}")(x)


def _squeeze_and_excite(block: Any, inputs: list[Tensor]) -> Tensor:
    """Squeeze and excitation of MobileNetV3, whose last activation cannot be loaded."""
    (x,) = inputs
    name = f"{layer_name_of(x)}_se"
    squeezed = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_squeeze")(x)
    squeezed = copy_layer(block.squeeze_conv, squeezed, f"{name}_reduce")
    squeezed = copy_layer(block.excite_conv, squeezed, f"{name}_expand", activation="hard_sigmoid")
    return layers.Multiply(name=f"{name}_excite")([x, squeezed])


def _hard_swish(multiply: Any, inputs: list[Tensor]) -> Tensor:
    """MobileNetV3's ``x · (relu6(x + 3) / 6)``: two layers, a product and a sum."""
    x = inputs[0]
    if not isinstance(multiply, layers.Layer):
        return x  # the division by 6
    return layers.Activation("hard_silu", name=f"{layer_name_of(x)}_hard_silu")(x)


def _relu(relu: Any, inputs: list[Tensor]) -> Tensor:
    x = inputs[0]
    if isinstance(relu, layers.Layer):
        return x  # a part of the hard swish
    return layers.Activation("relu", name=f"{layer_name_of(x)}_relu")(x)


CSP_DARKNET: dict[str, Rule] = {
    "Sequential": _sequential,
    "CrossStagePartial": _cross_stage_partial,
}
EFFICIENTNET_V2: dict[str, Rule] = {"FusedMBConvBlock": _mobile, "MBConvBlock": _mobile}
MOBILENET_V3: dict[str, Rule] = {
    "SqueezeAndExcite2D": _squeeze_and_excite,
    "Multiply": _hard_swish,
    "ReLU": _relu,
}
RULES: dict[str, dict[str, Rule]] = {
    "CSPDarkNetBackbone": CSP_DARKNET,
    "EfficientNetV2Backbone": EFFICIENTNET_V2,
    "MobileNetV3Backbone": MOBILENET_V3,
    "MiTBackbone": mix_transformer(across=True),
}
"""By the library's class; other classes need no replacement."""

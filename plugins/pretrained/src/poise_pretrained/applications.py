"""The encoders from ``keras.applications``. Imports Keras."""

from __future__ import annotations

import attrs
import keras

from poise.libraries.replay import is_automatic, layer_name_of
from poise.specs import Features, Tensor


@attrs.frozen
class Application:
    """A network of ``keras.applications``, and the layers whose outputs are the features.

    Attributes:
        function: the function that builds it.
        layers: stride → name of the layer; the published files use the same names.
    """

    function: str
    layers: dict[int, str]


def _vgg(function: str, convs: int) -> Application:
    last = {2**block: f"block{block + 1}_conv{convs}" for block in (2, 3, 4)}
    return Application(function, {2: "block2_conv2", **last, 32: "block5_pool"})


def _densenet(function: str) -> Application:
    transitions = {2**pool: f"pool{pool}_conv" for pool in (2, 3, 4)}
    return Application(function, {2: "conv1_relu", **transitions, 32: "relu"})


APPLICATIONS = {
    "vgg16": _vgg("VGG16", 3),
    "vgg19": _vgg("VGG19", 4),
    "densenet121": _densenet("DenseNet121"),
    "densenet169": _densenet("DenseNet169"),
    "densenet201": _densenet("DenseNet201"),
    "mobilenet": Application(
        "MobileNet",
        {
            2: "conv_pw_1_relu",
            4: "conv_pw_3_relu",
            8: "conv_pw_5_relu",
            16: "conv_pw_11_relu",
            32: "conv_pw_13_relu",
        },
    ),
    "mobilenetv2": Application(
        "MobileNetV2",
        {
            2: "block_1_expand_relu",
            4: "block_3_expand_relu",
            8: "block_6_expand_relu",
            16: "block_13_expand_relu",
            32: "out_relu",
        },
    ),
}


def build(name: str, image: Tensor) -> Features:
    """Build the network, with the layer names of ``keras.applications``.

    DenseNet's two layers of padding are unnamed there. Here they are called ``conv1_pad`` and
    ``pool1_pad``, as in ResNet.

    Args:
        name: name of the encoder.
        image: ``(N, H, W, C)``; H and W multiples of 32.

    Returns:
        Features ``(N, H/stride, W/stride, channels)`` of strides 2 to 32.
    """
    application = APPLICATIONS[name]
    make = getattr(keras.applications, application.function)
    # Without weights nothing is downloaded, and any number of channels is accepted.
    model = make(include_top=False, weights=None, input_tensor=image)
    for layer in model.layers:
        # Keras names DenseNet's padding by a count of all layers made in the process.
        if isinstance(layer, keras.layers.ZeroPadding2D) and is_automatic(layer):
            if layer.input is image:
                layer.name = "conv1_pad"
            elif layer_name_of(layer.input) == "conv1_relu":
                layer.name = "pool1_pad"
    return {stride: model.get_layer(layer).output for stride, layer in application.layers.items()}

"""The network of a configuration. Imports Keras, and KerasCV when a network is built."""

from __future__ import annotations

from typing import Any

from poise.blocks.encoder_unet import encoder_unet
from poise.blocks.libraries import SIDE, library
from poise.blocks.replay import pyramid
from poise.specs import EncoderSpec, Features, Tensor
from poise_keras_cv.config import KerasCVConfig
from poise_keras_cv.rules import RULES
from poise_keras_cv.variants import VARIANTS


def build(config: KerasCVConfig, image: Tensor) -> list[Features]:
    """Make the network.

    Layer names: KerasCV's where it gives them; those of the layers before, and what the layer
    does, where it leaves them to Keras; and ``decoder_stage{i}…``.

    Args:
        config: what to build.
        image: Keras tensor ``(N, H, W, C)`` in 0…1; H and W multiples of 32.

    Returns:
        One mapping of strides to features ``(N, H/stride, W/stride, channels)``: what comes
        out of each stage of the decoder.

    Raises:
        BuildError: KerasCV is not installed.
    """
    variant = config.variant

    def encode(image: Tensor) -> Features:
        return features(variant, backbone(variant, image.shape[-1]), image)

    decoded = encoder_unet(
        EncoderSpec(key=variant, build=encode),
        image,
        # KerasCV's weights were trained on images in 0…1, as they come here.
        normalized=False,
        output_stride=config.output_stride,
        filters=config.decoder_filters,
        filters_rate=config.decoder_filters_rate,
        batch_norm=config.decoder_batchnorm,
    )
    return [decoded]


def backbone(variant: str, channels: int) -> Any:
    """KerasCV's own model of a variant, by its constructor: nothing is looked up or fetched.

    Args:
        variant: its name.
        channels: of the images.

    Raises:
        BuildError: KerasCV is not installed.
    """
    models = library("keras_cv", "keras-cv tensorflow", "keras_cv").models
    entry = VARIANTS[variant]
    return getattr(models, entry.cls)(
        include_rescaling=False, input_shape=(SIDE, SIDE, channels), **entry.arguments
    )


def features(variant: str, model: Any, image: Tensor) -> Features:
    """The features of KerasCV's model on an image, with its weights.

    Args:
        variant: its name.
        model: KerasCV's model of it.
        image: ``(N, H, W, C)``; H and W multiples of 32.

    Returns:
        Features ``(N, H/stride, W/stride, channels)`` of strides 2 or 4 to 32.
    """
    levels = [model.get_layer(name).output for name in model.pyramid_level_inputs.values()]
    return pyramid(model, levels, image, RULES.get(VARIANTS[variant].cls, {}))

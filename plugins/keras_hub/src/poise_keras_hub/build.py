"""The network of a configuration. Imports Keras, and KerasHub when a network is built."""

from __future__ import annotations

from typing import Any

from poise.blocks.encoder_unet import encoder_unet
from poise.blocks.libraries import SIDE, library
from poise.blocks.replay import pyramid
from poise.specs import EncoderSpec, Features, Tensor
from poise_keras_hub.config import KerasHubConfig
from poise_keras_hub.normalizations import NORMALIZATIONS
from poise_keras_hub.rules import RULES
from poise_keras_hub.variants import VARIANTS


def build(config: KerasHubConfig, image: Tensor) -> list[Features]:
    """Make the network.

    Layer names: KerasHub's where it gives them; those of the layers before, and what the layer
    does, where it leaves them to Keras; ``decoder_stage{i}…``; before the encoder ``normalize``.

    Args:
        config: what to build.
        image: Keras tensor ``(N, H, W, C)`` in 0…1; H and W multiples of 32.

    Returns:
        One mapping of strides to features ``(N, H/stride, W/stride, channels)``: what comes
        out of each stage of the decoder.

    Raises:
        BuildError: KerasHub is not installed.
    """
    variant = config.variant

    def encode(image: Tensor) -> Features:
        return features(variant, backbone(variant, image.shape[-1]), image)

    decoded = encoder_unet(
        EncoderSpec(key=variant, build=encode, normalization=NORMALIZATIONS[config.normalization]),
        image,
        normalized=True,
        output_stride=config.output_stride,
        filters=config.decoder_filters,
        filters_rate=config.decoder_filters_rate,
        batch_norm=config.decoder_batchnorm,
    )
    return [decoded]


def backbone(variant: str, channels: int) -> Any:
    """KerasHub's own model of a variant, by its constructor: nothing is looked up or fetched.

    Args:
        variant: its name.
        channels: of the images.

    Raises:
        BuildError: KerasHub is not installed.
    """
    models = library("keras_hub", "keras-hub", "keras_hub").models
    entry = VARIANTS[variant]
    size = "input_shape" if entry.cls == "EfficientNetBackbone" else "image_shape"
    return getattr(models, entry.cls)(**{size: (SIDE, SIDE, channels)}, **entry.arguments)


def features(variant: str, model: Any, image: Tensor) -> Features:
    """The features of KerasHub's model on an image, with its weights.

    Args:
        variant: its name.
        model: KerasHub's model of it.
        image: ``(N, H, W, C)``; H and W multiples of 32.

    Returns:
        Features ``(N, H/stride, W/stride, channels)`` of strides 2 or 4 to 32.
    """
    levels = list(model.pyramid_outputs.values())
    return pyramid(model, levels, image, RULES.get(VARIANTS[variant].cls, {}))

"""KerasHub's image networks for Poise: the backbone ``keras_hub``, with a U-Net decoder."""

from __future__ import annotations

from collections.abc import Sequence

from poise.hookspecs import hookimpl
from poise.specs import BackboneSpec, Features, PublishedWeights, Tensor
from poise_keras_hub.config import KerasHubConfig
from poise_keras_hub.presets import PRESETS

__all__ = ["KerasHubConfig"]


@hookimpl
def poise_backbones() -> list[BackboneSpec]:
    return [
        BackboneSpec(
            key="keras_hub",
            config=KerasHubConfig,
            build=_build,
            max_stride=lambda config: 32,
            summary="One of KerasHub's backbones as the encoder, with a U-Net decoder",
            paper="Watson et al.: KerasHub. 2024. https://github.com/keras-team/keras-hub",
            pretrained=_pretrained,
            published=_published,
            examples={
                "plain layers": KerasHubConfig(variant="resnet_18", decoder_filters=8),
                "composite layers": KerasHubConfig(
                    variant="mit_b0",
                    normalization="unit",
                    decoder_filters=16,
                    decoder_filters_rate=0.5,
                    output_stride=4,
                    decoder_batchnorm=False,
                ),
            },
        )
    ]


def _build(config: KerasHubConfig, image: Tensor) -> list[Features]:
    from poise_keras_hub.build import build  # Keras and KerasHub are imported only to build

    return build(config, image)


def _pretrained(config: KerasHubConfig) -> PublishedWeights | None:
    if config.weights is None:
        return None
    return _weights(config.variant, config.weights, config.normalization)


def _published() -> Sequence[PublishedWeights]:
    return [_weights(preset.variant, name, "imagenet") for name, preset in PRESETS.items()]


def _weights(variant: str, source: str, normalization: str) -> PublishedWeights:
    from poise_keras_hub.weights import weights

    return weights(variant, source, normalization)

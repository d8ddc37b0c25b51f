"""KerasCV's backbones for Poise: the backbone ``keras_cv``, an encoder with a U-Net decoder."""

from __future__ import annotations

from collections.abc import Sequence

from poise.hookspecs import hookimpl
from poise.specs import BackboneSpec, Features, PublishedWeights, Tensor
from poise_keras_cv.config import KerasCVConfig
from poise_keras_cv.presets import PRESETS

__all__ = ["KerasCVConfig"]


@hookimpl
def poise_backbones() -> list[BackboneSpec]:
    return [
        BackboneSpec(
            key="keras_cv",
            config=KerasCVConfig,
            build=_build,
            max_stride=lambda config: 32,
            summary="One of KerasCV's backbones as the encoder, with a U-Net decoder",
            paper="Wood et al.: KerasCV. 2022. https://github.com/keras-team/keras-cv",
            pretrained=_pretrained,
            published=_published,
            examples={
                "plain layers": KerasCVConfig(variant="resnet18", decoder_filters=8),
                "composite layers": KerasCVConfig(
                    variant="csp_darknet_tiny",
                    decoder_filters=16,
                    decoder_filters_rate=0.5,
                    output_stride=4,
                    decoder_batchnorm=False,
                ),
            },
        )
    ]


def _build(config: KerasCVConfig, image: Tensor) -> list[Features]:
    from poise_keras_cv.build import build  # Keras and KerasCV are imported only to build

    return build(config, image)


def _pretrained(config: KerasCVConfig) -> PublishedWeights | None:
    return _weights(config.variant, config.weights) if config.weights is not None else None


def _published() -> Sequence[PublishedWeights]:
    return [_weights(preset.variant, name) for name, preset in PRESETS.items()]


def _weights(variant: str, source: str) -> PublishedWeights:
    from poise_keras_cv.weights import weights

    return weights(variant, source)

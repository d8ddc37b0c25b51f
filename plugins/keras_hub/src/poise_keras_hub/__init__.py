"""KerasHub's image networks for Poise: the backbone ``keras_hub``, with a U-Net decoder."""

from __future__ import annotations

from poise.hookspecs import hookimpl
from poise.specs import BackboneSpec
from poise_keras_hub.build import LIBRARY
from poise_keras_hub.config import KerasHubConfig

__all__ = ["KerasHubConfig"]


@hookimpl
def poise_backbones() -> list[BackboneSpec]:
    return [
        BackboneSpec(
            key="keras_hub",
            config=KerasHubConfig,
            build=LIBRARY.build,
            max_stride=lambda config: 32,
            output_stride=lambda config: int(config.output_stride),
            summary="One of KerasHub's backbones as the encoder, with a U-Net decoder",
            paper="Watson et al.: KerasHub. 2024. https://github.com/keras-team/keras-hub",
            pretrained=LIBRARY.pretrained,
            published=LIBRARY.published,
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

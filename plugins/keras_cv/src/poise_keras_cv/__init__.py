"""KerasCV's backbones for Poise: the backbone ``keras_cv``, an encoder with a U-Net decoder."""

from __future__ import annotations

from poise.hookspecs import hookimpl
from poise.specs import BackboneSpec
from poise_keras_cv.build import LIBRARY
from poise_keras_cv.config import KerasCVConfig

__all__ = ["KerasCVConfig"]


@hookimpl
def poise_backbones() -> list[BackboneSpec]:
    return [
        BackboneSpec(
            key="keras_cv",
            config=KerasCVConfig,
            build=LIBRARY.build,
            max_stride=lambda config: 32,
            output_stride=lambda config: int(config.output_stride),
            summary="One of KerasCV's backbones as the encoder, with a U-Net decoder",
            paper="Wood et al.: KerasCV. 2022. https://github.com/keras-team/keras-cv",
            pretrained=LIBRARY.pretrained,
            published=LIBRARY.published,
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

"""Pretrained encoders for Poise: the backbone ``pretrained_encoder``, and 32 encoders."""

from __future__ import annotations

from collections.abc import Sequence

from poise.hookspecs import hookimpl
from poise.specs import BackboneSpec, EncoderSpec, Features, OldNames, PublishedWeights, Tensor
from poise_pretrained.config import PretrainedEncoderConfig
from poise_pretrained.differences import DIFFERENCES
from poise_pretrained.encoders import encoder_named, encoders

__all__ = ["PretrainedEncoderConfig"]

PAPER = (
    "Ronneberger, Fischer, Brox: U-Net: Convolutional Networks for Biomedical Image "
    "Segmentation. MICCAI 2015. https://arxiv.org/abs/1505.04597 (the decoder; each encoder "
    "names its own paper)"
)


@hookimpl
def poise_encoders() -> list[EncoderSpec]:
    return list(encoders().values())


@hookimpl
def poise_backbones() -> list[BackboneSpec]:
    return [
        BackboneSpec(
            key="pretrained_encoder",
            config=PretrainedEncoderConfig,
            build=_build,
            max_stride=lambda config: encoder_named(config.encoder).max_stride,
            output_stride=lambda config: int(config.output_stride),
            encoders=lambda config: (config.encoder,),
            minimum_size=lambda config: encoder_named(config.encoder).minimum_size,
            summary="An ImageNet encoder, one of 32 or a third-party one, with a U-Net decoder",
            paper=PAPER,
            differences=DIFFERENCES,
            pretrained=_pretrained,
            published=_published,
            old_names=_old_names,
            examples={
                "normalized": PretrainedEncoderConfig(
                    encoder="resnet18", decoder_filters=8, output_stride=4
                ),
                "as it is": PretrainedEncoderConfig(
                    encoder="resnet18",
                    pretrained=False,
                    decoder_filters=16,
                    decoder_filters_rate=0.5,
                    output_stride=1,
                    decoder_batchnorm=False,
                ),
            },
        )
    ]


def _build(config: PretrainedEncoderConfig, image: Tensor) -> list[Features]:
    from poise_pretrained.build import build  # Keras is imported only to build

    return build(config, image)


def _pretrained(config: PretrainedEncoderConfig) -> PublishedWeights | None:
    pretrained = encoder_named(config.encoder).pretrained
    return pretrained() if config.pretrained and pretrained is not None else None


def _published() -> Sequence[PublishedWeights]:
    return [spec.pretrained() for spec in encoders().values() if spec.pretrained is not None]


def _old_names(config: PretrainedEncoderConfig) -> OldNames:
    old_names = encoder_named(config.encoder).old_names
    return old_names() if old_names is not None else {}

"""ResNet for Poise: the backbone with the key ``resnet``."""

from __future__ import annotations

import attrs

from poise.editions import means_sleap
from poise.errors import ConfigError, Fault
from poise.hookspecs import hookimpl
from poise.specs import BackboneSpec, Features, PublishedWeights, Tensor
from poise_resnet.config import ResNetConfig, UpsamplingConfig
from poise_resnet.differences import DIFFERENCES, DILATION_WITHOUT_EFFECT
from poise_resnet.imagenet import published_weights
from poise_resnet.strides import BLOCKS, stages, stem_steps

__all__ = ["ResNetConfig", "UpsamplingConfig"]

PAPER = (
    "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition. CVPR 2016. "
    "https://arxiv.org/abs/1512.03385"
)


@hookimpl
def poise_backbones() -> list[BackboneSpec]:
    return [
        BackboneSpec(
            key="resnet",
            config=ResNetConfig,
            build=_build,
            max_stride=lambda config: int(config.max_stride),
            output_stride=lambda config: int(config.output_stride),
            at_stride=_at_stride,
            summary="ResNet50, 101 or 152, optionally with ImageNet weights and a decoder",
            paper=PAPER,
            receptive_field=_receptive_field,
            differences=DIFFERENCES,
            pretrained=_pretrained,
            published=lambda: [published_weights(version) for version in BLOCKS],
            notes=_notes,
            examples={
                "stem and first stage": ResNetConfig(weights="random"),
                "decoder, frozen": ResNetConfig(
                    output_stride=8,
                    upsampling=UpsamplingConfig(
                        filters=8, refine_convs=1, skip_connections="concatenate"
                    ),
                ),
                "transposed, dilated": ResNetConfig(
                    weights="tunable",
                    max_stride=16,
                    output_stride=4,
                    upsampling=UpsamplingConfig(
                        method="transposed_conv",
                        skip_connections="add",
                        block_stride=4,
                        filters=8,
                        filters_rate=1.5,
                        refine_convs=0,
                        batch_norm=False,
                        transposed_conv_kernel_size=8,
                    ),
                ),
            },
        )
    ]


def _build(config: ResNetConfig, image: Tensor) -> list[Features]:
    from poise_resnet.build import build  # Keras is imported only to build

    return build(config, image)


def _at_stride(config: ResNetConfig, stride: int) -> ResNetConfig:
    if config.upsampling is None and stride > config.max_stride:
        # In no edition: the encoder's features are those of its strides.
        what = f"must be at most max_stride without upsampling, got {stride}"
        raise ConfigError([Fault(what, "output_stride")])
    return attrs.evolve(config, output_stride=stride)


def _pretrained(config: ResNetConfig) -> PublishedWeights | None:
    return None if config.weights == "random" else published_weights(config.version)


def _receptive_field(config: ResNetConfig) -> int:
    """Pixels that a cell of the last stage sees."""
    step, pool_step = stem_steps(config.max_stride)
    seen, stride = 7 + 2 * step, step * pool_step
    for stage in stages(config.version, config.max_stride):
        stride *= stage.step
        dilation = 1 if means_sleap(DILATION_WITHOUT_EFFECT) else stage.dilation
        seen += stage.blocks * 2 * dilation * stride
    return seen


def _notes(config: ResNetConfig) -> list[str]:
    if config.upsampling is not None or config.output_stride == config.max_stride:
        return []
    stride = config.output_stride
    note = (
        f"without upsampling, a head of stride {stride} uses no more of the network than its "
        f"features of that stride; upsampling, or max_stride {stride}, uses all of it"
    )
    return [note]

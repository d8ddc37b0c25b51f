"""UNet for Poise: the backbone with the key ``unet``."""

from __future__ import annotations

from poise.hookspecs import hookimpl
from poise.specs import BackboneSpec, Features, Tensor
from poise_unet.config import UNetConfig

__all__ = ["UNetConfig"]

PAPER = (
    "Ronneberger, Fischer, Brox: U-Net: Convolutional Networks for Biomedical Image "
    "Segmentation. MICCAI 2015. https://arxiv.org/abs/1505.04597"
)


@hookimpl
def poise_backbones() -> list[BackboneSpec]:
    return [
        BackboneSpec(
            key="unet",
            config=UNetConfig,
            build=_build,
            max_stride=lambda config: int(config.max_stride),
            output_stride=lambda config: int(config.output_stride),
            stacks=lambda config: int(config.stacks),
            summary="Encoder and decoder with skip connections, any depth and width",
            paper=PAPER,
            receptive_field=_receptive_field,
            examples={
                "small": UNetConfig(filters=4, max_stride=8),
                "stem": UNetConfig(filters=4, max_stride=16, stem_stride=4),
                "no middle block": UNetConfig(filters=4, max_stride=8, middle_block=False),
                "interpolation": UNetConfig(filters=4, max_stride=8, up_interpolate=True),
                "two stacks": UNetConfig(filters=4, max_stride=8, stacks=2),
                "stacks on a stem": UNetConfig(
                    filters=4, max_stride=8, stem_stride=2, output_stride=2, stacks=2
                ),
                "rate 1.5": UNetConfig(filters=5, filters_rate=1.5, max_stride=16),
                "coarse output": UNetConfig(filters=4, max_stride=16, output_stride=4),
                "encoder alone": UNetConfig(filters=4, max_stride=8, output_stride=8),
            },
        )
    ]


def _build(config: UNetConfig, image: Tensor) -> list[Features]:
    from poise_unet.build import build  # Keras is imported only to build

    return build(config, image)


def _receptive_field(config: UNetConfig) -> int:
    """Pixels that a cell at the bottom sees."""
    stem = config.stem_stride or 1
    # Two convolutions and a pooling for each factor of two: 7×7 in the stem, 3×3 after it.
    in_stem, in_encoder = 13 * (stem - 1), 5 * (config.max_stride - stem)
    return 1 + in_stem + in_encoder + (4 * config.max_stride if config.middle_block else 0)

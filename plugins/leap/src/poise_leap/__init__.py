"""LEAP for Poise: the backbone with the key ``leap``."""

from __future__ import annotations

from poise.editions import Difference
from poise.hookspecs import hookimpl
from poise.specs import BackboneSpec, Features, Tensor
from poise_leap.config import LEAPConfig

__all__ = ["LEAPConfig"]

PAPER = (
    "Pereira et al.: Fast animal pose estimation using deep neural networks. "
    "Nature Methods 2019. https://doi.org/10.1038/s41592-018-0234-5"
)

# Both editions refuse such a size or pad it: SLEAP itself padded its images before training and
# prediction.
MAPS_LARGER_THAN_THE_IMAGE = Difference(
    name="maps_larger_than_the_image",
    sleap="an image whose size is not a multiple of max_stride gave maps larger than the image "
    "(56 × 56 for 50 × 50); it is refused, or padded and the maps cropped, as in edition 2026",
    documented="image sizes are multiples of max_stride, or are padded to them and the maps "
    "cropped: by auto_pad, or in a model that is built for any size",
    path="max_stride",
)


@hookimpl
def poise_backbones() -> list[BackboneSpec]:
    return [
        BackboneSpec(
            key="leap",
            config=LEAPConfig,
            build=_build,
            max_stride=lambda config: int(config.max_stride),
            output_stride=lambda config: int(config.output_stride),
            stacks=lambda config: int(config.stacks),
            summary="Encoder and decoder without skip connections: small and fast",
            paper=PAPER,
            # Three 3×3 convolutions and a pooling for each factor of two.
            receptive_field=lambda config: 1 + 7 * (int(config.max_stride) - 1),
            differences=(MAPS_LARGER_THAN_THE_IMAGE,),
            examples={
                "small": LEAPConfig(filters=4, max_stride=4),
                "interpolation": LEAPConfig(filters=4, up_interpolate=True),
                "two stacks": LEAPConfig(filters=4, max_stride=4, stacks=2),
                "rate 1.5": LEAPConfig(filters=5, filters_rate=1.5),
                "coarse output": LEAPConfig(filters=4, output_stride=4),
                "encoder alone": LEAPConfig(filters=4, output_stride=8),
            },
        )
    ]


def _build(config: LEAPConfig, image: Tensor) -> list[Features]:
    from poise_leap.build import build  # Keras is imported only to build

    return build(config, image)

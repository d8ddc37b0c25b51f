"""Stacked Hourglass for Poise: the backbone with the key ``hourglass``."""

from __future__ import annotations

from poise.editions import Difference
from poise.hookspecs import hookimpl
from poise.specs import BackboneSpec, Features, Tensor
from poise_hourglass.config import HourglassConfig

__all__ = ["HourglassConfig"]

PAPER = (
    "Newell, Yang, Deng: Stacked Hourglass Networks for Human Pose Estimation. "
    "ECCV 2016. https://arxiv.org/abs/1603.06937"
)

# Both editions refuse it: the network that SLEAP built could not be trained, because no target
# had the size of its maps.
STEM_COARSER_THAN_IT_IS = Difference(
    name="stem_coarser_than_it_is",
    sleap="a stem_stride of 8 or more made a stem of stride 2, whose features were labeled "
    "with stem_stride; it is refused, as in edition 2026",
    documented="the stem reaches stem_stride, which is 1, 2 or 4",
    path="stem_stride",
)


@hookimpl
def poise_backbones() -> list[BackboneSpec]:
    small = {"max_stride": 8, "stem_filters": 4, "filters": 4, "filter_increase": 2}
    return [
        BackboneSpec(
            key="hourglass",
            config=HourglassConfig,
            build=_build,
            max_stride=lambda config: int(config.max_stride),
            output_stride=lambda config: int(config.output_stride),
            stacks=lambda config: int(config.stacks),
            summary="Stem and repeated hourglasses, each with separate heads",
            paper=PAPER,
            receptive_field=_receptive_field,
            differences=(STEM_COARSER_THAN_IT_IS,),
            examples={
                "small": HourglassConfig(**small, stem_stride=2, output_stride=2, stacks=1),
                "three stacks": HourglassConfig(**small),
                "no stem stride": HourglassConfig(
                    **small, stem_stride=1, output_stride=1, stacks=2
                ),
                "coarse output": HourglassConfig(
                    **{**small, "max_stride": 32}, output_stride=8, stacks=1
                ),
                "encoder alone": HourglassConfig(**small, output_stride=8, stacks=1),
                "same filters": HourglassConfig(
                    **{**small, "max_stride": 16, "filter_increase": 0}, stacks=1
                ),
            },
        )
    ]


def _build(config: HourglassConfig, image: Tensor) -> list[Features]:
    from poise_hourglass.build import build  # Keras is imported only to build

    return build(config, image)


def _receptive_field(config: HourglassConfig) -> int:
    """Pixels that a cell at the bottom of the first stack sees."""
    # A pooling and a 3×3 convolution for each factor of two, after the stem. The stem's first
    # convolution and its pooling may have a stride.
    return 5 * config.max_stride + {1: 7, 2: 4, 4: 1}[config.stem_stride]

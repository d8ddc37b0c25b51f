"""Where SLEAP 1.4 and its documentation differ about ResNet."""

from __future__ import annotations

from typing import Any

from poise.editions import Difference
from poise_resnet.strides import DEEPEST, exact_steps, truncated_steps


def _head_on_the_stem(config: Any) -> bool:
    # At every other stride the first features are also the deepest.
    return bool(config.upsampling is None and config.output_stride == 4 < config.max_stride)


def _has_dilation(config: Any) -> bool:
    return bool(config.max_stride < DEEPEST)


def _loses_steps(config: Any) -> bool:
    if config.upsampling is None or config.output_stride > config.max_stride:
        return False
    pair = (config.max_stride, config.output_stride, config.upsampling.block_stride)
    return truncated_steps(*pair) != exact_steps(*pair)


def _deeper_than_the_network(config: Any) -> bool:
    return bool(config.max_stride > DEEPEST)


def _coarser_than_the_network(config: Any) -> bool:
    return bool(config.upsampling is not None and config.output_stride > config.max_stride)


FIRST_FEATURES_OF_A_STRIDE = Difference(
    name="resnet_first_features_of_a_stride",
    sleap="without upsampling, a head of stride 4 sits on the pooled stem (64 channels), and the "
    "rest of the network is cut off: a default model has 3,651 parameters",
    documented="without upsampling, a head sits on the deepest features of its stride: at "
    "stride 4 those of conv2 (256 channels)",
    path="output_stride",
    touches=_head_on_the_stem,
)

DILATION_WITHOUT_EFFECT = Difference(
    name="resnet_dilation_without_effect",
    sleap="where max_stride removes strides, 1×1 convolutions are dilated, which does "
    "nothing: the receptive field shrinks with max_stride",
    documented="where max_stride removes strides, 3×3 convolutions are dilated instead, which "
    "keeps the receptive field",
    path="max_stride",
    touches=_has_dilation,
)

STEPS_LOST_TO_ROUNDING = Difference(
    name="resnet_steps_lost_to_rounding",
    sleap="the number of upsampling steps is a truncated quotient of logarithms: rounding loses "
    "some (8 to 4 has none), and the output is coarser than its nominal stride",
    documented="the number of upsampling steps is exact; a stride that no number of steps "
    "reaches is refused",
    path="upsampling.block_stride",
    touches=_loses_steps,
)

STRIDE_OF_NO_NETWORK = Difference(
    name="resnet_stride_of_no_network",
    sleap=f"max_stride above {DEEPEST} builds the network of {DEEPEST} and reports the larger "
    "number as its stride",
    documented=f"max_stride above {DEEPEST} is refused",
    path="max_stride",
    touches=_deeper_than_the_network,
)

OUTPUT_COARSER_THAN_THE_NETWORK = Difference(
    name="resnet_output_coarser_than_the_network",
    sleap="with upsampling, a head whose output_stride is above max_stride gets the features of "
    "max_stride, which bear the head's stride: 64 is a network of stride 32",
    documented="a head whose output_stride is above max_stride is refused",
    path="output_stride",
    touches=_coarser_than_the_network,
)

OUTPUT_STRIDE_UNCHECKED = Difference(
    name="resnet_output_stride_unchecked",
    sleap="the head's output_stride replaces the backbone's, which is not read: any value is "
    "accepted",
    documented="output_stride must be a stride that the backbone has",
    path="output_stride",
)

DIFFERENCES = (
    FIRST_FEATURES_OF_A_STRIDE,
    DILATION_WITHOUT_EFFECT,
    STEPS_LOST_TO_ROUNDING,
    STRIDE_OF_NO_NETWORK,
    OUTPUT_COARSER_THAN_THE_NETWORK,
    OUTPUT_STRIDE_UNCHECKED,
)

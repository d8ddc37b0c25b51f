"""The network of a ResNet configuration. Imports Keras; the plugin imports it when building."""

from __future__ import annotations

from poise.editions import means_sleap
from poise.errors import BuildError, Fault
from poise.specs import Features, Tensor
from poise_resnet.config import ResNetConfig, UpsamplingConfig
from poise_resnet.decoder import upsample
from poise_resnet.differences import FIRST_FEATURES_OF_A_STRIDE, STEPS_LOST_TO_ROUNDING
from poise_resnet.encoder import Offered, encode
from poise_resnet.preprocessing import preprocessed
from poise_resnet.strides import DEEPEST, exact_steps, truncated_steps


def build(config: ResNetConfig, image: Tensor) -> list[Features]:
    """Build the network.

    Args:
        config: the configuration to build.
        image: Keras tensor ``(N, H, W, C)`` in 0…1; H and W multiples of
            ``config.max_stride``; C 1 or 3 unless ``config.weights`` is ``"random"``.

    Returns:
        One mapping of strides to features ``(N, H/stride, W/stride, channels)``: with a
        decoder, the encoder's last features and those after each step; otherwise the
        encoder's.

    Raises:
        BuildError: the image's channels or the strides are invalid.
    """
    trainable = config.weights != "frozen"
    x = image if config.weights == "random" else preprocessed(image, trainable)
    offered = encode(x, version=config.version, max_stride=config.max_stride, trainable=trainable)
    if config.upsampling is None:
        return [_encoder_features(offered, config)]
    return [_decoder_features(offered, config, config.upsampling)]


def _encoder_features(offered: list[Offered], config: ResNetConfig) -> Features:
    # A head of stride max_stride sits on the last stage, even if others have that stride.
    last = {config.max_stride: offered[-1].features}
    usable = [source for source in offered if source.stride >= config.output_stride]
    if means_sleap(FIRST_FEATURES_OF_A_STRIDE):
        usable.reverse()  # keeps the first features of each stride
    return {source.stride: source.features for source in usable} | last


def _decoder_features(
    offered: list[Offered], config: ResNetConfig, decoder: UpsamplingConfig
) -> Features:
    strides = (config.max_stride, config.output_stride, decoder.block_stride)
    as_sleap = means_sleap(STEPS_LOST_TO_ROUNDING)
    steps = truncated_steps(*strides) if as_sleap else exact_steps(*strides)
    if steps is None:
        what = f"must be max_stride {strides[0]} over a power of {strides[2]}, got {strides[1]}"
        raise BuildError([Fault(what, "model.backbone.resnet.output_stride")])
    passed_strides = [
        config.max_stride // decoder.block_stride**step for step in range(1, steps + 1)
    ]
    joined = decoder.skip_connections and any(
        source.stride in passed_strides for source in offered if source.is_stage
    )
    if config.max_stride > DEEPEST and joined:
        what = (
            f"must be null at max_stride {config.max_stride}, where the features to join differ "
            f"in size, got {decoder.skip_connections!r}; or set max_stride {DEEPEST}"
        )
        raise BuildError([Fault(what, "model.backbone.resnet.upsampling.skip_connections")])
    passed = upsample(
        offered[-1].features,
        decoder,
        stride=config.max_stride,
        steps=steps,
        sources=[(source.stride, source.features) for source in offered if source.is_stage],
    )
    last = passed[-1][1] if passed else offered[-1].features
    # In edition sleap-1.4 the last features always bear the requested stride.
    return {config.max_stride: offered[-1].features} | dict(passed) | {config.output_stride: last}

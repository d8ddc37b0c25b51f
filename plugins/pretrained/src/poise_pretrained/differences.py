"""Where SLEAP 1.4 and its documentation differ about pretrained encoders."""

from __future__ import annotations

from typing import Any

from poise.editions import Difference


def _pretrained(config: Any) -> bool:
    return bool(config.pretrained)


DECODER_BATCHNORM_IGNORED = Difference(
    name="pretrained_encoder_batchnorm_ignored",
    sleap="decoder_batchnorm is ignored: the decoder always has batch norm",
    documented="with decoder_batchnorm false, the decoder has no batch norm and its convolutions "
    "have a bias",
    path="decoder_batchnorm",
    touches=lambda config: not config.decoder_batchnorm,
)

IMAGES_NOT_NORMALIZED = Difference(
    name="pretrained_encoder_images_not_normalized",
    sleap="the pretrained encoder gets images in 0…1, whatever its weights were trained on",
    documented="with pretrained true, the network's first layer, normalize, converts images in "
    "0…1 to the input that the published weights were trained on",
    path="pretrained",
    touches=_pretrained,
)

GRAY_REPEATED = Difference(
    name="pretrained_encoder_gray_repeated",
    sleap="with pretrained true, gray images are repeated to three channels (ensure_rgb), and "
    "images that are neither gray nor RGB are refused",
    documented="the first layers have as many channels as the images; published weights "
    "are adapted to images that are not RGB: each channel gets the mean over red, green and "
    "blue, and kernels are scaled to keep their sum",
    path="pretrained",
    touches=_pretrained,
)

DIFFERENCES = (DECODER_BATCHNORM_IGNORED, IMAGES_NOT_NORMALIZED, GRAY_REPEATED)

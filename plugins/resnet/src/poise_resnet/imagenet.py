"""The published ImageNet weights for ResNet. Needs no Keras.

They are the weights of Keras applications, without the classifier; SLEAP loads the same files.
File names, addresses and checksums are those that Keras itself states.
"""

from __future__ import annotations

from poise.specs import PublishedWeights
from poise_resnet.strides import BLOCKS, STAGES

ADDRESS = "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"

MD5 = {
    "ResNet50": "4d473c1dd8becc155b73f8504c6f6626",
    "ResNet101": "88cf7a10940856eca736dc7b7e228a21",
    "ResNet152": "ee4c566cf9a93f14d82f913c2dc6dd0c",
}

PARAMETERS = {"ResNet50": 23_587_712, "ResNet101": 42_658_176, "ResNet152": 58_370_944}

LICENSES = {
    "ResNet50": "MIT (Keras applications; ported from Kaiming He's, which are under MIT)",
    "ResNet101": "MIT (Keras applications; no license is stated for the weights themselves)",
    "ResNet152": "MIT (Keras applications; no license is stated for the weights themselves)",
}


def published_weights(version: str) -> PublishedWeights:
    """The weights of a version: ``ResNet50``, ``ResNet101`` or ``ResNet152``."""
    file = f"{version.lower()}_weights_tf_dim_ordering_tf_kernels_notop.h5"
    return PublishedWeights(
        name=f"{version.lower()}-imagenet-notop",
        title=f"{version}'s ImageNet weights",
        file=file,
        url=ADDRESS + file,
        checksum=f"md5:{MD5[version]}",
        layers=layers_with_weights(version),
        license=LICENSES[version],
        size=4 * PARAMETERS[version],
    )


def layers_with_weights(version: str) -> tuple[str, ...]:
    """The encoder's layers that own weights, in Keras' order of a model's layers."""
    names = ["conv1_conv", "conv1_bn"]
    for stage, blocks in zip(STAGES, BLOCKS[version], strict=True):
        for block in range(1, blocks + 1):
            prefix = f"{stage}_block{block}"
            # Keras orders by distance from the output, where the shortcut joins late.
            last = ("0_conv", "3_conv", "0_bn", "3_bn") if block == 1 else ("3_conv", "3_bn")
            names += [f"{prefix}_{part}" for part in ("1_conv", "1_bn", "2_conv", "2_bn", *last)]
    return tuple(names)
